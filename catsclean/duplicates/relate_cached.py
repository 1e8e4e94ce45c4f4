"""Find the duplicates of a data set, and reuse the pairs that earlier audits found."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from catsclean.core import names
from catsclean.core.evidence import Evidence
from catsclean.core.state import StateFolder
from catsclean.duplicates.pair_cache import ElsewhereCache, RelationsCache
from catsclean.scan.scan import Progress, ProgressCallback
from catsclean.scan.scan_options import ScanOptions

if TYPE_CHECKING:
    import pandas as pd


def relate_duplicates(
    evidence: Evidence,
    state: StateFolder,
    options: ScanOptions,
) -> Evidence:
    """Find which samples show the same picture; reuse the pairs of the last audit."""
    relations = RelationsCache(state.cache)
    unchanged = relations.load(evidence) if options.cache else None
    if unchanged is not None:
        return unchanged
    # the search is loaded only if something has changed
    from catsclean.duplicates.compare import Verdicts
    from catsclean.duplicates.compare_on_engine import glancer, looker
    from catsclean.duplicates.neighbour_cache import KnownNeighbours
    from catsclean.duplicates.relate import relate
    from catsclean.duplicates.saved_search import SavedSearches, Seldom
    from catsclean.duplicates.search_elsewhere import Elsewhere

    reach, report = evidence.dataset.reach, _comparing(evidence, options.progress)
    limits, workers, engine = options.limits, options.workers, options.engine
    ask = looker(reach, limits=limits, workers=workers, engine=engine)
    glance = glancer(reach, limits=limits, workers=workers, engine=engine)
    related_by = partial(relate, evidence, ask, glance=glance, elsewhere=Elsewhere(workers, engine))
    if not options.cache:
        return related_by(progress=report)
    path, neighbours_path = state.cache / "verdicts.json", state.cache / "neighbours.bin"
    verdicts, known = Verdicts.load(path), KnownNeighbours.load(neighbours_path)
    saved, seldom = SavedSearches(state.cache), Seldom()

    def compared(done: int, total: int) -> None:
        with seldom.saving() as is_time, contextlib.suppress(OSError):
            if is_time:  # in case the audit is killed
                verdicts.save(path)
        if report is not None:
            report(done, total)

    try:
        related = related_by(verdicts=verdicts, known=known, saved=saved, progress=compared)
        relations.save(related)
        known.save(neighbours_path)
        saved.forget()
    finally:  # save also if interrupted, because an interrupted audit has compared pairs too
        # if the state folder cannot be written, the next audit only takes longer
        with contextlib.suppress(OSError):
            verdicts.save(path)
    return related


def compare_with(
    evidence: Evidence,
    other: Evidence,
    state: StateFolder,
    options: ScanOptions,
) -> Evidence:
    """Find pictures that another data set already has; reuse the pairs of the last audit."""
    from catsclean.duplicates.compare import Verdicts
    from catsclean.duplicates.compare_on_engine import looker
    from catsclean.duplicates.relate import relate_against
    from catsclean.duplicates.search_elsewhere import Elsewhere

    other_root = other.dataset.root
    which = _key_of(other_root)
    elsewhere = ElsewhereCache(state.cache / f"against-{which}")
    path = state.cache / f"against-{which}.json"
    table = elsewhere.load(evidence, other) if options.cache else None
    if table is None:
        verdicts = Verdicts.load(path) if options.cache else None
        table = relate_against(
            evidence,
            other,
            looker(
                evidence.dataset.reach,
                other.dataset.reach,
                limits=options.limits,
                workers=options.workers,
                engine=options.engine,
            ),
            verdicts=verdicts,
            elsewhere=Elsewhere(options.workers, options.engine),
            progress=_comparing(evidence, options.progress),
        )
        if verdicts is not None:
            elsewhere.save(evidence, other, table)
            with contextlib.suppress(OSError):
                verdicts.save(path)
    table = _with_sizes(table, other)
    return evidence.replaced(elsewhere=table, elsewhere_name=names.encode(other_root.name))


def _with_sizes(pairs: pd.DataFrame, other: Evidence) -> pd.DataFrame:
    """Add the sizes of the other data set's pictures to their pairs."""
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


def state_of_other(
    against: str | os.PathLike[str], state: StateFolder, *, given: bool
) -> StateFolder:
    """Return the state folder that caches the evidence of another data set.

    Args:
        against: The other data set.
        state: State folder of this one.
        given: The user chose the state folder: then nothing is written beside the other data set.

    Raises:
        DatasetError: It is missing or is not a folder.
    """
    other = StateFolder.of(against)
    if not given:
        return other
    return replace(other, path=state.cache / f"other-{_key_of(other.root)}")


def _key_of(root: Path) -> str:
    """Return a short name for what is cached about another data set."""
    return hashlib.sha256(os.fsencode(root)).hexdigest()[:16]


def _comparing(
    evidence: Evidence, progress: ProgressCallback | None
) -> Callable[[int, int], None] | None:
    """Report progress in pairs; report at once, because the search for candidates takes time."""
    if progress is None:
        return None

    files, size = len(evidence), int(evidence.rows["size_bytes"].sum())

    def report(done: int, total: int) -> None:
        progress(Progress(files, files, size, size, "comparing", done, total))

    report(0, 0)
    return report
