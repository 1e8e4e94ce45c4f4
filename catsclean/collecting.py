"""Collects the evidence of a data set: list, recognise, read, relate."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from catsclean.evidence import Dataset, Evidence, Outcome, pair_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from catsclean.reading.limits import Limits
    from catsclean.scan.gather import Gathered, ProgressCallback
    from catsclean.state import StateFolder
    from catsclean.validators.base import Validator


@dataclass(frozen=True, slots=True)
class Gathering:
    """How files are read.

    Attributes:
        limits: Bounds on each file.
        inspectors: Every validator whose ``inspect`` gathers evidence.
        workers: Number of worker processes; None: as many as the files to read are worth.
        cache: Take evidence of unchanged files from the last audit, and keep it for the next.
        exclude: Patterns of paths that are left out.
        follow_links: Read what links lead to, within the data set.
        follow_links_to: Folders outside of it that links may lead into, resolved.
    """

    limits: Limits
    inspectors: list[Validator]
    workers: int | None
    cache: bool
    exclude: tuple[str, ...] = ()
    follow_links: bool = False
    follow_links_to: tuple[Path, ...] = ()


def gather_evidence(
    state: StateFolder,
    layout: str,
    gathering: Gathering,
    *,
    verify: bool = False,
    progress: ProgressCallback | None = None,
) -> tuple[Evidence, Gathered]:
    """List the files of a data set, recognise its layout, and read what the cache does not know.

    Raises:
        ConfigError: An unknown layout, or a pattern that is none.
    """
    from catsclean.reading.discover import discover
    from catsclean.reading.exclusion import exclusion
    from catsclean.reading.layout import recognise
    from catsclean.reading.links import Reach
    from catsclean.scan.cache import Cache, fingerprint
    from catsclean.scan.gather import gather

    reach = Reach(state.root, gathering.follow_links, gathering.follow_links_to)
    listing = discover(reach, exclusion(gathering.exclude))
    shape = recognise(listing, layout)
    store = None
    if gathering.cache:
        store = Cache(state.cache, fingerprint(gathering.limits, gathering.inspectors))
    gathered = gather(
        reach,
        listing,
        gathering.limits,
        gathering.inspectors,
        workers=gathering.workers,
        cache=store,
        verify=verify,
        progress=progress,
    )
    evidence = collect_evidence(state.root, listing, shape, gathered.table)
    dataset = replace(
        evidence.dataset,
        state_path=state.path,
        follow_links=reach.follow,
        follow_links_to=reach.folders,
    )
    return evidence.replaced(dataset=dataset), gathered


def collect_evidence(root: Path, listing: Any, shape: Any, table: Any) -> Evidence:
    """Put a listing, its layout and what was gathered of its files together."""
    import numpy as np
    import pyarrow as pa

    from catsclean.arrow import number_array, rows_of, text_array, to_numpy
    from catsclean.rows import Table

    places = {folder: shape.place(folder) for folder in set(listing.folders_of)}
    labels = [places[folder][0] for folder in listing.folders_of]
    made = {"path": np.array(listing.paths, object), "label": np.array(labels, object)}
    identity = {
        "path": text_array(listing.paths),
        "label": text_array(labels),
        "split": text_array([places[f][1] for f in listing.folders_of]),
        "size_bytes": number_array(np.asarray(listing.sizes_bytes)),
        "mtime_ns": number_array(np.asarray(listing.mtimes_ns)),
        "inode": number_array(np.asarray(listing.inodes)),
        "links": number_array(np.asarray(listing.links)),
    }
    columns = {**identity, **{name: table.column(name) for name in table.column_names}}
    samples = pa.table(columns)
    if listing.paths != sorted(listing.paths):
        samples, made = samples.sort_by("path"), {}
    others = to_numpy(samples.column("outcome")) == Outcome.OTHER.value
    other_files: list[str] = []
    if others.any():
        other_files = to_numpy(samples.column("path"))[others].tolist()
        samples, made = rows_of(samples, np.flatnonzero(~others)), {}
    samples = samples.append_column("group", text_array([""] * len(samples)))
    dataset = Dataset(
        root=root,
        layout=shape.kind,
        folders=shape.class_folders(listing.folders),
        other_files=tuple(other_files),
        skipped_folders=tuple(listing.skipped_folders),
        unreadable_folders=tuple(listing.unreadable_folders),
        linked_folders=tuple(listing.linked_folders),
        links_lead_out=listing.links_lead_out,
        excluded=listing.excluded,
        forced=shape.forced,
    )
    return Evidence(Table(samples, made=made), dataset, pair_table())


def relate_duplicates(
    evidence: Evidence,
    state: StateFolder,
    *,
    cache: bool,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
) -> Evidence:
    """Find which samples are one and the same picture; what is known of the last audit counts."""
    from catsclean.duplicates.remembered import RelationsCache

    relations = RelationsCache(state.cache)
    unchanged = relations.load(evidence) if cache else None
    if unchanged is not None:
        return unchanged
    from catsclean.duplicates.known import KnownNeighbours
    from catsclean.duplicates.looking import Verdicts
    from catsclean.duplicates.stage import relate
    from catsclean.scan.looks import glancer, looker

    ask, report = (
        looker(evidence.dataset.reach, limits=limits, workers=workers),
        _comparing(evidence, progress),
    )
    glance = glancer(evidence.dataset.reach, limits=limits, workers=workers)
    if not cache:
        return relate(evidence, ask, glance=glance, progress=report)
    path, neighbours_path = state.cache / "verdicts.json", state.cache / "neighbours.bin"
    verdicts, known = Verdicts.load(path), KnownNeighbours.load(neighbours_path)
    try:
        related = relate(
            evidence, ask, verdicts=verdicts, known=known, glance=glance, progress=report
        )
        relations.save(related)
        known.save(neighbours_path)
    finally:  # an interrupted audit has looked at pairs too
        # a state folder that cannot be written costs time at the next audit, nothing else
        with contextlib.suppress(OSError):
            verdicts.save(path)
    return related


def compare_with(
    evidence: Evidence,
    other: Evidence,
    state: StateFolder,
    *,
    cache: bool,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
) -> Evidence:
    """Find pictures that another data set already has; what the last audit saw of it counts."""
    from catsclean.duplicates.looking import Verdicts
    from catsclean.duplicates.remembered import ElsewhereCache
    from catsclean.duplicates.stage import relate_against
    from catsclean.reading import names
    from catsclean.scan.looks import looker

    other_root = other.dataset.root
    which = hashlib.sha256(os.fsencode(other_root)).hexdigest()[:16]
    elsewhere = ElsewhereCache(state.cache / f"against-{which}")
    path = state.cache / f"against-{which}.json"
    table = elsewhere.load(evidence, other) if cache else None
    if table is None:
        verdicts = Verdicts.load(path) if cache else None
        table = relate_against(
            evidence,
            other,
            looker(evidence.dataset.reach, other.dataset.reach, limits=limits, workers=workers),
            verdicts=verdicts,
            progress=_comparing(evidence, progress),
        )
        if verdicts is not None:
            elsewhere.save(evidence, other, table)
            with contextlib.suppress(OSError):
                verdicts.save(path)
    table = _with_sizes(table, other)
    return evidence.replaced(elsewhere=table, elsewhere_name=names.encode(other_root.name))


def _with_sizes(pairs: pd.DataFrame, other: Evidence) -> pd.DataFrame:
    """Add the sizes of the other data set's pictures to the pairs with them."""
    columns = [
        other.rows[name].tolist() for name in ("path", "width_px", "height_px", "size_bytes")
    ]
    sizes = {
        path: (width * height, size) for path, width, height, size in zip(*columns, strict=True)
    }
    found = [sizes[path] for path in pairs["other"]]
    return pairs.assign(
        other_pixels=[pixels for pixels, _ in found], other_bytes=[size for _, size in found]
    )


def other_state(against: str | os.PathLike[str], state: StateFolder, *, given: bool) -> StateFolder:
    """Name where evidence of another data set is cached.

    Args:
        against: The other data set.
        state: State folder of this one.
        given: The user chose where it lies: then nothing is written beside the other data set.

    Raises:
        DatasetError: It is missing or is no folder.
    """
    from catsclean.state import StateFolder

    other = StateFolder.of(against)
    if not given:
        return other
    which = hashlib.sha256(os.fsencode(other.root)).hexdigest()[:16]
    return replace(other, path=state.cache / f"other-{which}")


def _comparing(
    evidence: Evidence, progress: ProgressCallback | None
) -> Callable[[int, int], None] | None:
    """Tell of pairs what is told of files; at once, for candidates are yet to be sought."""
    if progress is None:
        return None
    from catsclean.scan.gather import Progress

    files, size = len(evidence), int(evidence.rows["size_bytes"].sum())

    def report(done: int, total: int) -> None:
        progress(Progress(files, files, size, size, "comparing", done, total))

    report(0, 0)
    return report
