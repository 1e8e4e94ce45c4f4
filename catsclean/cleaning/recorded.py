"""The facts about each sample of an audit that cleaning needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from catsclean.auditing.given_splits import given_splits
from catsclean.cleaning.last_copy import CopyFacts
from catsclean.core.evidence import NOT_PREFERRED
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding
from catsclean.core.split_names import firmest, found_splits
from catsclean.core.state import StateFolder
from catsclean.duplicates.canonical import resaved_among
from catsclean.duplicates.preferred import Preferences
from catsclean.validators.base import CopyKind
from catsclean.validators.registry import validator_of


def read_facts(
    manifest: Manifest,
    findings: Iterable[Finding],
    state: StateFolder,
    preferences: Preferences | None = None,
) -> dict[str, CopyFacts]:
    """Return the facts that cleaning needs about each sample, by path."""
    columns = ["path", "sha256", "size_bytes", "width_px", "height_px", "group", "status", "reason"]
    more = ["format", "exif_orientation"]
    # a copy counts as held out by its folder and by the last split, as in the findings
    table = manifest.table[columns].assign(
        split=found_splits(manifest.table), **{name: manifest.table[name] for name in more}
    )
    rows = table.astype(object).where(table.notna(), None)
    faults = faults_found(findings)
    found = {}
    given = given_splits(state)
    for path, sha256, size, width, height, group, status, reason, split, *rest in rows.itertuples(
        index=False, name=None
    ):
        pixels = (width or 0) * (height or 0)
        found[path] = CopyFacts(
            sha256,
            size or 0,
            pixels,
            group,
            status,
            reason,
            firmest(split, given.get((path, sha256))),
            *(*rest, *faults(path), _preferred(preferences, path)),
        )
    return found


def faults_found(findings: Iterable[Finding]) -> Callable[[str], tuple[bool, bool, bool]]:
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


def _preferred(preferences: Preferences | None, path: str) -> int:
    place = None if preferences is None else preferences(path)
    return NOT_PREFERRED if place is None else place
