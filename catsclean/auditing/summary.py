"""The figures and settings of an audit, as ``audit.json`` has them."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import PIL
import simplejpeg

from catsclean.auditing.open_questions import NAMED
from catsclean.core import names
from catsclean.core.evidence import INCOMPLETE, Dataset, Evidence, Outcome
from catsclean.core.limits import Limits
from catsclean.core.state import SCHEMA_VERSION, StateFolder
from catsclean.core.version import __version__
from catsclean.errors import StateError
from catsclean.scan.layout import find_doubt, find_sets, find_sets_in_splits
from catsclean.scan.scan import Gathered
from catsclean.validators.base import Validator
from catsclean.validators.judge import Judgement, find_unjudged
from catsclean.validators.registry import state_meanings, validator_of


def summarise(
    evidence: Evidence,
    judged: Judgement,
    validators: Sequence[Validator],
    limits: Limits,
    counted: Gathered,
) -> dict[str, Any]:
    """Return plain figures and settings of an audit, for ``audit.json``."""
    rows, dataset = evidence.rows, evidence.dataset
    unjudged = evidence.ended(*INCOMPLETE)
    named = zip(unjudged["path"], unjudged["outcome"], strict=True)
    failed = any(validator_of(one.validator).makes_incomplete for one in judged.findings)
    return {
        "schema_version": SCHEMA_VERSION,
        "catsclean": __version__,
        "versions": _versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": len(rows),
        "pictures": len(evidence.decoded),
        "bytes": int(rows["size_bytes"].sum()),
        "incomplete": bool(
            len(unjudged) or failed or dataset.unreadable_folders or dataset.linked_folders
        ),
        "not_judged": len(unjudged),
        "links_not_read": len(evidence.ended(Outcome.LINK_NOT_READ)),
        "not_examined": [list(one) for one in islice(named, NAMED)],
        "outcomes": dict(sorted(Counter(rows["outcome"].tolist()).items())),
        "jfif_filter_would_delete": int(evidence.decoded["without_jfif"].sum()),
        "limits": {name: getattr(limits, name) for name in limits.__slots__},
        "validators": {v.name: v.options() for v in validators},
        "meanings": state_meanings(validators),
        "content": None if evidence.content is None else dict(evidence.content.facts),
        "unjudged": find_unjudged(evidence, validators),
        "several_sets": _several_sets(evidence),
        "layout_doubt": _layout_doubt(evidence),
        "dataset": {
            "root": names.encode(dataset.root.name),
            "layout": dataset.layout,
            "forced": dataset.forced,
            "folders": dataset.folders,
            "label_source": dataset.label_source.to_plain(),
            "named_labels": list(dataset.named_labels),
            "splits": list(dataset.splits),
            "other_files": list(dataset.other_files),
            "skipped_folders": [list(pair) for pair in dataset.skipped_folders],
            "unreadable_folders": [list(pair) for pair in dataset.unreadable_folders],
            "linked_folders": [list(pair) for pair in dataset.linked_folders],
            "links_lead_out": dataset.links_lead_out,
            "follow_links": dataset.follow_links,
            "excluded": dataset.excluded,
            "containers": list(dataset.containers),
            "other_containers": _other_containers(dataset),
            "folders_meant": dict(dataset.folders_meant),
        },
        "ignored_by_path": judged.left_out,
        "validator_tracebacks": judged.tracebacks,
        "files_read": counted.read,
        "files_reused": counted.reused,
        "files_recognised": counted.recognised,
        "workers": counted.workers,
        "plan_notes": list(counted.plan_notes),
    }


def _other_containers(dataset: Dataset) -> list[str]:
    """Return the containers of the last audit that this one leaves out although they are there."""
    if not dataset.containers or dataset.state_path is None:
        return []
    try:
        earlier = StateFolder(dataset.root, dataset.state_path).read_summary().get("dataset")
    except StateError:
        return []
    known = earlier.get("containers") if isinstance(earlier, dict) else None
    others = set(map(str, known if isinstance(known, list) else ())) - set(dataset.containers)
    try:
        return sorted(one for one in others if (dataset.root / names.decode(one)).is_file())
    except ValueError:
        return []  # somebody else may have written it


def _several_sets(evidence: Evidence) -> list[str]:
    dataset = evidence.dataset
    if _asked(dataset) or dataset.layout == "flat":
        return []
    find = find_sets_in_splits if dataset.layout == "splits" else find_sets
    return find(evidence.folders.tolist())


def _asked(dataset: Dataset) -> bool:
    """Tell whether nothing is open about the classes: the user said it, or no folder names them."""
    return dataset.forced or not dataset.label_source.by_folders


def _layout_doubt(evidence: Evidence) -> dict[str, list[str]]:
    """Return both levels of folders if either may be the classes; empty if there is no doubt."""
    dataset = evidence.dataset
    doubt = None if _asked(dataset) else find_doubt(set(evidence.folders.tolist()))
    return {} if doubt is None else {"outer": list(doubt.outer), "inner": list(doubt.inner)}


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "pillow": PIL.__version__,
        "simplejpeg": simplejpeg.__version__,
    }
