"""Save an audit to its state folder, and load it again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from catsclean.auditing.kept_view import read_kept, renew_kept
from catsclean.auditing.recorded_labels import save_label_rows
from catsclean.auditing.result import Audit
from catsclean.auditing.saved_decisions import kept_paths
from catsclean.content.record import load_content, save_content
from catsclean.core.arguments import checked
from catsclean.core.belonging import unwritable
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.evidence import Dataset
from catsclean.core.files import METADATA_KEY, replacing
from catsclean.core.findings import read_audit, to_flat_table, to_table
from catsclean.core.label_source import LabelSource
from catsclean.core.links import Folders
from catsclean.core.manifest import Manifest
from catsclean.core.name_calls import make_durable
from catsclean.core.same_audit import audit_id_of, describe
from catsclean.core.state import StateFolder
from catsclean.core.write_if_changed import Written
from catsclean.errors import StateError
from catsclean.objects.bucket_state import open_bucket_of, open_data_set
from catsclean.scan.cache import Cache
from catsclean.validators.registry import recall_meanings

if TYPE_CHECKING:
    from catsclean.scan.label_tables import TableRows

# What `audit.json` begins with.
_HEAD: Final = ("schema_version", "catsclean")


def save_audit(
    audit: Audit, *, remember: bool = True, given_labels: TableRows | None = None
) -> None:
    """Write manifest, findings and summary to the state folder, each complete or not at all.

    Args:
        audit: The audit to save.
        remember: Skip tables that did not change since the last audit, and record the written
            ones for the next audit.
        given_labels: The labels that a caller passed, for the next audit.

    Raises:
        StateError: The state folder cannot be written, or another process holds it.
    """
    state = audit.state
    manifest, findings = audit.manifest.packed, to_table(audit.findings)
    audit_id = audit_id_of(manifest, findings)
    tied = Manifest(manifest, audit.root, audit_id)
    # a later scan of the folder above recognises the file by these
    head: dict[str, Any] = {name: audit.summary[name] for name in _HEAD if name in audit.summary}
    summary = {**head, **audit.summary, "audit": describe(manifest, audit_id)}
    with state.lock():
        written = Written(state.written if remember else None)
        try:
            written.write(tied.packed, state.manifest)
            written.write(manifest, state.manifest.with_suffix(".csv"))
            header = {METADATA_KEY: json.dumps({"audit": audit_id}).encode()}
            written.write(findings.replace_schema_metadata(header), state.findings)
            written.write(to_flat_table(audit.findings), state.findings.with_suffix(".csv"))
            written.save()
            rows = None if audit.evidence is None else audit.evidence.label_rows
            save_label_rows(rows, given_labels, state)
            if audit.content is not None:
                save_content(audit.content, state)
            renew_kept(state)
            # audit.json comes last: until it is there, the tables do not count as this audit's
            with replacing(state.path / "audit.json") as temporary:
                temporary.write_text(json.dumps(summary, indent=1), encoding="utf-8", newline="\n")
            if remember:
                Cache(state.cache, "").note_end()
            make_durable(state.path)
        except OSError as error:
            raise unwritable(state.path, error) from error


@checked
def load_audit(
    root: str | os.PathLike[str] | StateFolder,
    state_dir: str | os.PathLike[str] | None = None,
    *,
    follow_links_to: Folders = None,
) -> Audit:
    """Load the last audit of a data set from its state folder; no picture is opened.

    Args:
        root: The data set, a folder or an address such as ``s3://bucket/PetImages``; or its state
            folder (see :meth:`StateFolder.of`).
        state_dir: The state folder, if it is not beside the data set.
        follow_links_to: Folders outside the data set that links may lead into when pictures are
            shown, if the audit followed links.

    Raises:
        DatasetError: The folder is missing or is not a folder.
        StateError: It was never audited, or the state folder or the saved decisions are damaged.
        ManifestError: Manifest or findings are damaged.
    """
    if isinstance(root, StateFolder):
        state = root
    else:
        state = open_data_set(root, state_dir, follow_links_to)
    summary = state.read_summary()
    try:
        dataset = _recorded(state, summary) if summary else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise state.damaged() from error
    if dataset is None:
        raise StateError(state.never_audited)
    if (in_bucket := open_bucket_of(state.root)) is not None:
        in_bucket.note_containers(dataset.containers)
    manifest, findings = read_audit(state, summary)
    recall_meanings(summary)
    kept = kept_paths(manifest, read_kept(state))
    return Audit(
        findings, manifest, dataset, state, summary, kept=kept, content=_content(state, summary)
    )


def _content(state: StateFolder, summary: Mapping[str, Any]) -> ContentEvidence | None:
    facts = summary.get("content") or {}
    return load_content(state, str(facts["key"])) if facts.get("key") else None


def _recorded(state: StateFolder, summary: Mapping[str, Any]) -> Dataset:
    known, _ = summary["dataset"], [summary[name] for name in ("files", "bytes", "incomplete")]
    return Dataset(
        root=state.root,
        layout=str(known.get("layout", "classes")),
        folders=dict(known.get("folders", {})),
        other_files=tuple(known.get("other_files", ())),
        skipped_folders=tuple((a, b) for a, b in known.get("skipped_folders", ())),
        unreadable_folders=tuple((a, b) for a, b in known.get("unreadable_folders", ())),
        linked_folders=tuple((a, b) for a, b in known.get("linked_folders", ())),
        links_lead_out=bool(known.get("links_lead_out", False)),
        containers=tuple(map(str, known.get("containers", ()))),
        folders_meant=dict(known.get("folders_meant", {})),
        follow_links=bool(known.get("follow_links", False)),
        follow_links_to=state.follow_links_to,
        label_source=LabelSource.from_plain(known.get("label_source")),
        named_labels=tuple(map(str, known.get("named_labels", ()))),
        splits=tuple(map(str, known.get("splits", ()))),
        excluded=int(known.get("excluded", 0)),
        forced=bool(known.get("forced", False)),
        state_path=state.path,
    )
