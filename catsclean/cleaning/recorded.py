"""The facts about each sample of an audit that cleaning needs."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.auditing.given_splits import given_splits
from catsclean.cleaning.last_copy import CopyFacts
from catsclean.core.evidence import NOT_PREFERRED
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding
from catsclean.core.split_names import firmest, found_splits
from catsclean.core.state import StateFolder
from catsclean.duplicates.canonical import faults_found
from catsclean.duplicates.preferred import Preferences


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


def _preferred(preferences: Preferences | None, path: str) -> int:
    place = None if preferences is None else preferences(path)
    return NOT_PREFERRED if place is None else place
