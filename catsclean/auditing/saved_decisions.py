"""Decisions about a picture: each holds from audit to audit, while the bytes stay the same.

A person keeps a picture, gives it another label, or leaves it out.  Only a picture in a container
or in a bucket is left out by a decision alone; one in a folder goes into the quarantine.

A decision about a label yields to a later change of its source: see :meth:`Kept.holds`.

Such a decision names the clean that recorded it; undoing that clean takes it back.  Where they lie:
:mod:`catsclean.auditing.kept_view`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import rows_of, with_text
from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding, Fix, Status
from catsclean.validators.registry import validator_of

#: The reason in the manifest for a picture that a person leaves out.
LEFT_OUT: Final = "decision"


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
        reason: What the person wrote about it; may be empty.
    """

    path: str
    sha256: str
    run: str
    label: str = ""
    given: tuple[str, ...] = ()
    left_out: bool = False
    reason: str = ""

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


def forbids_repair(finding: Finding) -> bool:
    """Return whether ``fix`` leaves a file as it is, whatever else was found about it."""
    kind = validator_of(finding.validator)
    leaves = is_ruined(finding) or finding.fix is Fix.SAFE
    return kind.never_moved or (leaves and not kind.repair)
