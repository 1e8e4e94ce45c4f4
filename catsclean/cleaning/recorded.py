"""The samples of an audit, with all that decides which copy of a picture stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

from catsclean.auditing.given_splits import given_splits
from catsclean.core.manifest import Manifest
from catsclean.core.model import NOT_PREFERRED, Finding, Sample
from catsclean.core.split_names import FOUND_FROM, found_in
from catsclean.core.state import StateFolder
from catsclean.duplicates.canonical import resaved_among
from catsclean.duplicates.preferred import Preferences
from catsclean.validators.base import CopyKind
from catsclean.validators.registry import leaves_as_copy, validator_of

# columns of the manifest that a sample has under the same name, with what stands for "not known"
_COLUMNS: Final[dict[str, str | int]] = {
    "path": "", "sha256": "", "label": "", "split": "", "size_bytes": 0, "width_px": 0,
    "height_px": 0, "format": "", "exif_orientation": 0, "phash256": "", "group": "",
    "status": "", "reason": "",
}  # fmt: skip

_REASON: Final = list(_COLUMNS).index("reason")


def read_samples(
    manifest: Manifest,
    findings: Iterable[Finding],
    state: StateFolder,
    preferences: Preferences | None = None,
    paths: Collection[str] | None = None,
) -> dict[str, Sample]:
    """Return samples of an audit, by path.

    Args:
        manifest: Its manifest.
        findings: Its findings.
        state: Its state folder, which knows the last split.
        preferences: What the user prefers now.
        paths: The samples to return; None: all.
    """
    # a copy counts as held out by its folder and by the last split, as in the findings
    known_names = set(manifest.column_names)
    columns = manifest.lists(
        [name for name in dict.fromkeys((*_COLUMNS, *FOUND_FROM)) if name in known_names], paths
    )
    columns["split"] = found_in(columns)
    filled = (
        [unknown if value is None else value for value in columns[name]]
        for name, unknown in _COLUMNS.items()
    )
    faults = _faults_found(findings)
    given = given_splits(state)
    found = {}
    for known in zip(*filled, strict=True):
        path, sha256 = known[:2]
        refused, warned, resaved = faults(path)
        place = None if preferences is None else preferences(path)
        found[path] = Sample(
            **dict(zip(_COLUMNS, known, strict=True)),
            held_out=given.get((path, sha256), ""),
            refused=refused,
            warned=warned,
            resaved=resaved,
            known_before=not leaves_as_copy(str(known[_REASON])),
            preferred=NOT_PREFERRED if place is None else place,
        )
    return found


def _faults_found(findings: Iterable[Finding]) -> Callable[[str], tuple[bool, bool, bool]]:
    """Tell by the findings whether a path is refused, warned about, or re-saved from a JPEG.

    The evidence says the same, but only while the audit runs.
    """
    refused, warned = set(), set()
    alike: dict[str, set[str]] = {}
    for finding in findings:
        kind = validator_of(finding.validator)
        if kind.tensorflow_refuses:
            refused.add(finding.path)
        elif kind.decodes_with_warnings:
            warned.add(finding.path)
        elif kind.copies is CopyKind.SAME_PIXELS and finding.path is not None:
            for kept in finding.related:
                alike.setdefault(kept, {kept}).add(finding.path)
    resaved = resaved_among(alike.values())
    return lambda path: (path in refused, path in warned, path in resaved)
