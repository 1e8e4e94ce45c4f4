"""Gather the evidence of every file: from the cache if it is still valid, else by reading."""

from __future__ import annotations

import contextlib
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import (
    empty_texts,
    number_array,
    rows_of,
    text_array,
    value_table,
)
from catsclean.core.evidence import Scalar
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.core.stored_table import ColumnTable, table_rows, whole_table
from catsclean.scan import reuse
from catsclean.scan.cache import Cache, CachedEvidence, arrow_schema, fingerprint
from catsclean.scan.discover import Listing
from catsclean.scan.engines import TaskEngine
from catsclean.scan.inspector import Inspector, evidence_columns, reference
from catsclean.scan.parts import PartKeeper, Parts
from catsclean.scan.picture_vectors import Vectors
from catsclean.scan.pool import interrupts
from catsclean.scan.read_task import ReadTask, read_on_engine, to_evidence
from catsclean.scan.reuse import Candidates

_DESCRIPTIONS: Final = {"embedding": "examining content", "judging": "judging content"}


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of an audit.

    Attributes:
        done_files: Files read.
        total_files: Files to read.
        done_bytes: Bytes read.
        total_bytes: Bytes to read.
        stage: ``reading``; then ``comparing``: duplicates are searched for and verified; then
            ``embedding``: pictures whose content is not known yet are read again; then
            ``judging``: labels and odd pictures are judged by their content; then ``inspecting``:
            validators that were passed to the call read the files again.
        done_pairs: Candidates whose pixels were compared.
        total_pairs: Candidates; 0 while they are still searched for.
        percent: How much of ``judging`` is done, from 0 to 100.
        examines: While ``reading``: what the pictures show is examined at the same time.
    """

    done_files: int
    total_files: int
    done_bytes: int
    total_bytes: int
    stage: str = "reading"
    done_pairs: int = 0
    total_pairs: int = 0
    percent: int = 0
    examines: bool = False

    @property
    def description(self) -> str:
        """The stage as people read it, such as ``reading and examining``."""
        if self.stage == "reading" and self.examines:
            return "reading and examining"
        return _DESCRIPTIONS.get(self.stage, self.stage)

    @property
    def counted(self) -> tuple[int, int, str]:
        """Number done, total number, and their unit: ``files``, ``pairs`` or ``%``."""
        if self.stage == "comparing":
            return self.done_pairs, self.total_pairs, "pairs"
        if self.stage == "judging":
            return self.percent, 100, "%"
        return self.done_files, self.total_files, "files"


class ProgressCallback(Protocol):
    """Called from time to time while files are read and pictures are compared."""

    def __call__(self, progress: Progress, /) -> None:
        """React to the progress of the audit."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence of all files of a listing.

    Attributes:
        table: One row for each file, in the order of the listing: READING, the validators'
            columns, and ``recorded_sha256`` (of the last audit, same size and time; else empty).
        reused: Number of files that were not opened: their evidence came from the cache.
        read: Number of files that were read.
        recognised: Number of files that were read but not decoded, because the cache has the
            evidence of the same bytes.
        workers: Number of processes of this machine that read; 0 if there was nothing to read, or
            if an engine read it.
        plan_notes: One line for each plan whose tasks did not read everything for this audit.
    """

    table: ColumnTable
    reused: int
    read: int
    workers: int
    recognised: int = 0
    plan_notes: tuple[str, ...] = ()


def gather(  # noqa: PLR0913 - each is a setting of its own
    root: Path | Reach,
    listing: Listing,
    limits: Limits,
    validators: Sequence[Inspector],
    *,
    workers: int | None,
    cache: Cache | None,
    verify: bool = False,
    progress: ProgressCallback | None = None,
    vectors: Vectors | None = None,
    engine: TaskEngine | None = None,
) -> Gathered:
    """Gather the evidence of all files of a listing.

    Args:
        root: The data set; a reach says where links may lead.
        listing: Its files.
        limits: Bounds on each file.
        validators: All validators whose ``inspect`` gathers evidence.
        workers: Number of processes; None: as many as pay off for the files to read, at most one
            for each processor.
        cache: The cache to use; None: neither read nor write one.
        verify: Read every file again, without using the cache.
        progress: Called while files are read.
        vectors: Takes the vectors of the pictures that are decoded; None: embed nothing.
        engine: Reads the files, in place of processes of this machine.
    """
    started_ns = time.time_ns()
    defaults = evidence_columns(validators)
    schema = arrow_schema(defaults)
    identity = identify(listing)
    known = cache.load(schema) if cache is not None else None
    # Three index arrays decide where the evidence of each file comes from:
    # - source, one entry per file: the cached row of the unchanged file, else -1;
    # - reusable, one entry per file: the same, but -1 for all with `verify`, and for files that are
    #   not opened at all (presets);
    # - rows, one entry per file to read: its position in the listing.  Chunks are ranges of it.
    source = reuse.match(identity, known)
    reusable = np.full_like(source, -1) if verify else source.copy()
    preset_rows = np.fromiter(listing.presets, dtype=np.int64, count=len(listing.presets))
    reusable[preset_rows] = -1
    to_read = reusable < 0
    to_read[preset_rows] = False
    rows = np.flatnonzero(to_read)

    parts = Parts(len(listing.paths), schema, None if cache is None else cache.folder)
    hits = np.flatnonzero(reusable >= 0)
    if len(hits) and known is not None:
        parts.build_on(hits, _by(known.table.select(schema.names), schema), reusable[hits])
    if len(preset_rows):
        parts.add(preset_rows, _preset_table(listing, defaults, schema))
    sizes = array("q", (listing.sizes_bytes[row] for row in rows))
    candidates = [] if verify else _candidates(identity, rows, known, validators)
    if known is not None and any(candidates):
        known = known.in_memory()
    vectors = vectors and vectors.when_needed(len(listing.paths), len(rows))
    processes = 0
    if len(rows) and engine is None:
        processes = _processes(workers, sizes, candidates, vectors)
    recognised = 0
    # a signal takes effect only while waiting for workers, never while results are being stored
    with interrupts.held_back():
        if len(rows):
            keeper = PartKeeper(cache, identity, started_ns)
            try:
                reading = _Reading(root, limits, validators, processes, progress, vectors, engine)
                paths = [listing.paths[row] for row in rows]
                places = [listing.places[row] for row in rows] if listing.places else []
                for chunk, read, sources in reading.run(paths, sizes, candidates, schema, places):
                    recognised += int((sources >= 0).sum())
                    evidence = _completed(read, sources, known, schema)
                    parts.add(rows[chunk.start : chunk.stop], evidence)
                    keeper.add(rows[chunk.start : chunk.stop], evidence)
            except BaseException:
                keeper.flush()
                raise
            keeper.forget()
        recorded = _recorded_digests(known, source) if verify else empty_texts(len(identity))
        if cache is not None and (len(rows) or _is_incomplete(known, len(identity))):
            table = _save(cache, identity, parts, started_ns)
        else:
            table = parts.in_order()
    table = table.append_column("recorded_sha256", recorded)
    return Gathered(
        table, reused=len(hits), read=len(rows), workers=processes, recognised=recognised
    )


def _is_incomplete(known: CachedEvidence | None, files: int) -> bool:
    """Return whether the cache lacks a file with the evidence of exactly these files."""
    return known is None or known.in_parts or len(known.table) != files


def _save(cache: Cache, identity: pa.Table, parts: Parts, started_ns: int) -> ColumnTable:
    """Save the evidence; return it, from the cache if it is large."""
    if parts.are_in_file:
        # if the disk is full, the next audit only takes longer
        with contextlib.suppress(OSError):
            cache.save(_beside(identity, parts.batches()), started_ns)
            if (stored := cache.stored()) is not None:
                return stored.select(parts.column_names)
        return parts.in_order()
    table = parts.in_order()
    whole = pa.table(_columns_of(identity) | _columns_of(table))
    with contextlib.suppress(OSError):
        cache.save(whole, started_ns)
        if (stored := cache.stored()) is not None:
            return stored.select(table.column_names)
    return table


def _beside(identity: pa.Table, batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
    start = 0
    for batch in batches:
        some = identity.slice(start, len(batch))
        yield pa.table(_columns_of(some) | _columns_of(batch))
        start += len(batch)


def identify(listing: Listing) -> pa.Table:
    """Return path, size, time and inode of the files; evidence is reused if these match."""
    return pa.table(
        {
            "path": text_array(listing.paths),
            "size_bytes": number_array(np.asarray(listing.sizes_bytes)),
            "mtime_ns": number_array(np.asarray(listing.mtimes_ns)),
            "inode": number_array(np.asarray(listing.inodes)),
        }
    )


def _columns_of(table: ColumnTable) -> dict[str, pa.ChunkedArray]:
    return {name: table.column(name) for name in table.column_names}


def _recorded_digests(known: CachedEvidence | None, source: NDArray[np.int64]) -> pa.Array:
    """Return the sha256 of each file in the last audit, packed; missing for a new file."""
    if known is None:
        return text_array([""] * len(source))
    digests = known.table.column("sha256").combine_chunks()
    return digests.take(number_array(source, source < 0))


def _by(table: ColumnTable, schema: pa.Schema) -> ColumnTable:
    return table if table.schema.equals(schema) else whole_table(table).cast(schema)


def _preset_table(listing: Listing, defaults: dict[str, Scalar], schema: pa.Schema) -> pa.Table:
    count = len(listing.presets)
    columns: dict[str, list[Any]] = {name: [value] * count for name, value in defaults.items()}
    columns["outcome"] = [outcome.value for outcome, _ in listing.presets.values()]
    columns["outcome_detail"] = [detail for _, detail in listing.presets.values()]
    return value_table(columns, schema)


def _candidates(
    identity: pa.Table, rows: Any, known: CachedEvidence | None, validators: Sequence[Inspector]
) -> list[Candidates]:
    if known is None or not len(rows):
        return []
    renamed = all(validator.content_only for validator in validators if validator.columns)
    return reuse.candidates(identity, rows, known, renamed=renamed)


def _completed(
    read: pa.Table, sources: Any, known: CachedEvidence | None, schema: pa.Schema
) -> pa.Table:
    """Fill the rows of recognised files with the cached evidence at the rows in `sources`."""
    recognised = np.flatnonzero(sources >= 0)
    if known is None or not len(recognised):
        return read
    found = table_rows(known.table.select(schema.names), sources[recognised])
    cached = _by(whole_table(found), schema)
    if len(recognised) == len(read):
        return cached
    order = np.arange(len(read))
    order[recognised] = len(read) + np.arange(len(recognised))
    return rows_of(pa.concat_tables([read, cached]).combine_chunks(), order)


def _processes(
    wanted: int | None,
    sizes: array[int],
    candidates: list[Candidates],
    vectors: Vectors | None,
) -> int:
    from catsclean.scan import in_workers  # load the pool only if there is something to read

    if wanted:
        return wanted
    to_digest = array("q")
    to_decode = sizes
    if candidates:
        likely = [any(candidate.same_path for candidate in each) for each in candidates]
        to_digest = array("q", (s for s, known in zip(sizes, likely, strict=True) if known))
        to_decode = array("q", (s for s, known in zip(sizes, likely, strict=True) if not known))
    embed = vectors is not None
    return min(in_workers.default_workers(), in_workers.worth(to_decode, to_digest, embed=embed))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads files in workers, or on an engine, and reports progress."""

    root: Path | Reach
    limits: Limits
    validators: Sequence[Inspector]
    workers: int
    progress: ProgressCallback | None
    vectors: Vectors | None
    engine: TaskEngine | None

    def run(
        self,
        paths: list[str],
        sizes: array[int],
        candidates: list[Candidates],
        schema: pa.Schema,
        places: Sequence[int] = (),
    ) -> Iterator[tuple[range, pa.Table, Any]]:
        """Yield chunks of files, their evidence, and for each file the cached row that matches it.

        That row is an index into the cached evidence, or -1.  The evidence of a file that was
        recognised by its bytes is empty here: :func:`_completed` fills it in.
        """
        inspectors = [validator for validator in self.validators if validator.columns]
        embedder = None if self.vectors is None else self.vectors.embedder
        whole = ReadTask(
            self.root, paths, sizes, self.limits, tuple(map(reference, inspectors)),
            fingerprint(self.limits, inspectors), candidates, embedder, places,
        )  # fmt: skip
        done_files = done_bytes = 0
        told = Progress(0, len(paths), 0, sum(sizes), examines=embedder is not None)
        if self.progress is not None:
            self.progress(told)
        read = (
            self._read_here(whole, schema)
            if self.engine is None
            else self._read_on_engine(self.engine, whole)
        )
        for chunk, table, sources in read:
            done_files += len(chunk)
            done_bytes += sum(sizes[chunk.start : chunk.stop])
            if self.progress is not None:
                self.progress(replace(told, done_files=done_files, done_bytes=done_bytes))
            yield chunk, table, sources

    def _read_here(
        self, whole: ReadTask, schema: pa.Schema
    ) -> Iterator[tuple[range, pa.Table, Any]]:
        from catsclean.scan import in_workers

        defaults = evidence_columns(self.validators)
        for chunk, columns in in_workers.run(
            whole.root, whole.paths, whole.sizes_bytes, whole.limits, whole.inspectors,
            self.workers, candidates=whole.candidates, embedder=whole.embedder,
            places=whole.places,
        ):  # fmt: skip
            if self.vectors is not None:
                self.vectors.keep(columns)
            yield chunk, *to_evidence(columns, defaults, schema)

    def _read_on_engine(
        self, engine: TaskEngine, whole: ReadTask
    ) -> Iterator[tuple[range, pa.Table, Any]]:
        for files, answer in read_on_engine(engine, whole):
            if self.vectors is not None:
                self.vectors.keep(answer.vectors)
            yield files, answer.table, answer.sources
