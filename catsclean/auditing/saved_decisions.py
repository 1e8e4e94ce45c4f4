"""Decisions about a picture: each holds from audit to audit, while the bytes stay the same.

A person keeps a picture, gives it another label, or leaves it out.  Only a picture in a container
or in a bucket is left out by a decision alone; one in a folder goes into the quarantine.

A decision about a label yields to a later change of its source: see :meth:`Kept.holds`.

``kept.json`` in the state folder has one entry for each such picture, with the clean that recorded
it.  Undoing that clean takes the decision back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core import names
from catsclean.core.arrow import rows_of, with_text
from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.files import replacing
from catsclean.core.manifest import Manifest, check_path
from catsclean.core.model import Finding, Fix, Status
from catsclean.core.state import StateFolder
from catsclean.errors import StateError
from catsclean.validators.registry import validator_of

KIND: Final = "catsclean-kept"
#: The reason in the manifest for a picture that a person leaves out.
LEFT_OUT: Final = "decision"
# 2 has pictures to leave out, which an older catsclean must not take for pictures to keep
_VERSION: Final = 2
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """One picture that a person decided about.

    Attributes:
        path: Escaped, as in the manifest.
        sha256: Of the bytes that the decision is about.
        run: The clean that recorded it.
        label: The label that the person gave it; empty if the label was not decided.
        given: The labels that the person decided against; ``""`` if there was none.  Empty: any.
        left_out: The picture lies in a container or in a bucket, and is not to be used.
    """

    path: str
    sha256: str
    run: str
    label: str = ""
    given: tuple[str, ...] = ()
    left_out: bool = False

    def holds(self, sha256: object, label: object) -> bool:
        """Return whether the decision is about a sample as the manifest has it.

        Args:
            sha256: Its digest.
            label: Its label, corrected; anything but a text if it has none.
        """
        return self.sha256 == sha256 and (not self.label or self.label == label)

    def corrects(self, label: str) -> bool:
        """Return whether the decision replaces the label that a file name or a table gives.

        Args:
            label: Empty if there is none.
        """
        return bool(self.label) and (not self.given or label in self.given)


def read_kept(state: StateFolder) -> dict[str, Kept]:
    """Read the decisions to keep, by path; empty if there are none.

    Raises:
        StateError: They are damaged, so the decisions are unknown.
    """
    try:
        document = json.loads(state.kept.read_bytes())
        if document["kind"] != KIND or document["schema_version"] not in {1, _VERSION}:
            raise ValueError("unknown kind or version")
        return {kept.path: kept for kept in map(_entry, document["kept"])}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise StateError(
            f"cannot read the decisions in {names.text(str(state.kept))!r}:"
            f" {names.text(str(error))[:200]}. Remove the file to forget them."
        ) from error


def write_kept(state: StateFolder, kept: Mapping[str, Kept]) -> None:
    """Replace the decisions to keep, completely or not at all.

    Raises:
        OSError: The state folder cannot be written.
    """
    entries = [asdict(kept[path]) for path in sorted(kept)]
    version = _VERSION if any(one.left_out for one in kept.values()) else 1
    document = {"schema_version": version, "kind": KIND, "kept": entries}
    with replacing(state.kept) as temporary:
        temporary.write_text(json.dumps(document, indent=1), encoding="utf-8")


def mark_kept(
    manifest: Manifest, evidence: Evidence, findings: Iterable[Finding], kept: Mapping[str, Kept]
) -> Manifest:
    """Set the status of the pictures that a person decided to keep, or to leave out.

    A picture to keep is passed over if training cannot use it; any, if its bytes changed since.

    Args:
        manifest: A new manifest, one row for each row of `evidence`.
        evidence: The evidence of the audit.
        findings: The findings that were judged from it.
        kept: The decisions, by path.
    """
    if not kept:
        return manifest
    ruined = {finding.path for finding in findings if forbids_training(finding)}
    table = manifest.packed
    statuses = table.column("status").to_pylist()
    reasons = table.column("reason").to_pylist()
    at = _places(evidence.rows["path"].tolist(), kept)
    rows = evidence.rows.where(at)
    trainable = (rows["outcome"] == Outcome.DECODED.value) & (rows["tensorflow_refuses"] == "")
    columns = (rows[name].tolist() for name in ("path", "sha256", "label"))
    for row, usable, path, *known in zip(at.tolist(), trainable, *columns, strict=True):
        same = kept[path].holds(*known)
        if same and kept[path].left_out:
            statuses[row], reasons[row] = Status.DROP.value, LEFT_OUT
        elif same and usable and path not in ruined:
            statuses[row] = Status.KEEP.value
    for name, values in (("status", statuses), ("reason", reasons)):
        index = table.column_names.index(name)
        table = table.set_column(index, name, pa.array(values, pa.string()))
    return Manifest(table, manifest.root, manifest.audit_id)


def kept_paths(manifest: Manifest, kept: Mapping[str, Kept]) -> frozenset[str]:
    """Return the samples that a person decided about, as far as the decisions still hold.

    Args:
        manifest: The samples.
        kept: The decisions, by path.
    """
    if not kept:
        return frozenset()
    table = manifest.packed.select(["path", "sha256", "label"])
    at = _places(table.column("path").to_pylist(), kept)
    some = with_text(rows_of(table, at), keep_missing=True)
    columns = (column.to_pylist() for column in some.columns)
    return frozenset(
        path
        for path, sha256, label in zip(*columns, strict=True)
        if kept[path].holds(sha256, label)
    )


def _places(paths: list[str], kept: Mapping[str, Kept]) -> NDArray[np.int64]:
    """Return where paths with a decision are; of the other rows nothing is read."""
    return np.array([at for at, path in enumerate(paths) if path in kept], np.int64)


def is_ruined(finding: Finding) -> bool:
    """Return whether a finding rules the file out for training, whatever copies it has."""
    kind = validator_of(finding.validator)
    # "there is another one of these" is true only while the other one stays
    return (finding.fix is Fix.SAFE and kind.copies is None) or kind.not_fetched


def forbids_training(finding: Finding) -> bool:
    """Return whether a finding rules the file out for training, even if a person keeps it."""
    return is_ruined(finding) or validator_of(finding.validator).never_moved


def _entry(item: Any) -> Kept:
    if not isinstance(item["sha256"], str) or not _SHA256.fullmatch(item["sha256"]):
        raise ValueError(f"invalid digest {item['sha256']!a:.80}")
    if not isinstance(item["run"], str):
        raise TypeError(f"invalid run {item['run']!a:.40}")
    label = item.get("label", "")
    if not isinstance(label, str):
        raise TypeError(f"invalid label {label!a:.40}")
    given = item.get("given", [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise TypeError(f"invalid labels {given!a:.80}")
    path = names.encode(check_path(item["path"]))
    before = tuple(names.text(one) for one in given)
    left_out = item.get("left_out", False)
    if not isinstance(left_out, bool):
        raise TypeError(f"invalid left_out {left_out!a:.40}")
    run = names.text(item["run"])
    return Kept(path, item["sha256"], run, names.text(label), before, left_out)
