"""Scan files in worker processes that may crash, hang, or run out of memory.

Only the workers load the code that reads pictures.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from catsclean.core import names, stand_ins
from catsclean.core.evidence import READING, Outcome
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.errors import WorkerError
from catsclean.scan.embedding import VECTOR_FAILURE, Embedder
from catsclean.scan.pool import interrupts
from catsclean.scan.pool.dispatch import Failure, run_chunks
from catsclean.scan.pool.worker_process import Begin
from catsclean.scan.reuse import Candidates

# A chunk is up to a tenth of a second of work: long against the millisecond that sending it costs.
# Towards the end chunks get smaller, so that no worker is idle for long.
CHUNK_BYTES = 6 * 2**20
CHUNK_FILES = 128
_SMALLEST_BYTES = 2**19
_SMALLEST_FILES = 16
# a task must fit into a pipe, however long the names are
CHUNK_PATH_BYTES = 16 * 2**10
_MOST_BYTES_A_CHARACTER = 4
# CPU seconds that reading takes (docs/performance.md), for small pictures and for large ones
_SECONDS_A_FILE = 0.5e-3
_SECONDS_A_BYTE = 12e-9
# the same for files that are only read and hashed
_SECONDS_A_DIGEST = 0.05e-3
_SECONDS_A_DIGESTED_BYTE = 1e-9
# the same for embedding a picture (docs/performance.md)
_SECONDS_AN_EMBEDDING = 5e-3
# A chunk whose worker crashed so often between two files is read without embedding it, and after
# so many of such chunks nothing more is embedded.
_CRASHES_OF_A_CHUNK = 2
_CRASHED_CHUNKS = 3
# with less work for each, starting one more worker costs more time than it saves
_SECONDS_A_WORKER = 0.1


def default_workers() -> int:
    """Number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def worth(
    sizes_bytes: Sequence[int], to_digest_bytes: Sequence[int] = (), *, embed: bool = False
) -> int:
    """Return how many workers pay off for some files, whatever the number of processors.

    Args:
        sizes_bytes: Sizes of the files to decode.
        to_digest_bytes: Sizes of the files to read and hash only.
        embed: The files that decode are embedded, too.
    """
    work_s = len(sizes_bytes) * _SECONDS_A_FILE + sum(sizes_bytes) * _SECONDS_A_BYTE
    work_s += len(sizes_bytes) * _SECONDS_AN_EMBEDDING * embed
    work_s += len(to_digest_bytes) * _SECONDS_A_DIGEST
    work_s += sum(to_digest_bytes) * _SECONDS_A_DIGESTED_BYTE
    return max(1, int(work_s / _SECONDS_A_WORKER))


def cut(sizes_bytes: Sequence[int], paths: Sequence[str], workers: int) -> list[range]:
    """Cut a list of files into chunks: each a share of the rest, so that all workers stay busy."""
    count, left_bytes = len(sizes_bytes), sum(sizes_bytes)
    largest = min(CHUNK_FILES, -(-count // (workers * 4)))
    smallest = min(_SMALLEST_FILES, largest)
    chunks: list[range] = []
    start = 0
    while start < count:
        share = 2 * workers
        most_files = max(smallest, min(largest, (count - start) // share))
        most_bytes = max(_SMALLEST_BYTES, min(CHUNK_BYTES, left_bytes // share))
        stop, total, named = start, 0, 0
        while stop < min(count, start + most_files):
            total += sizes_bytes[stop]
            named += len(paths[stop]) * _MOST_BYTES_A_CHARACTER
            if stop > start and (total > most_bytes or named > CHUNK_PATH_BYTES):
                total -= sizes_bytes[stop]
                break
            stop += 1
        chunks.append(range(start, stop))
        start, left_bytes = stop, left_bytes - total
    return chunks


def run(  # noqa: PLR0913 - each is a property of the files or of the scan
    root: str | os.PathLike[str] | Reach,
    paths: Sequence[str],
    sizes_bytes: Sequence[int],
    limits: Limits,
    inspectors: tuple[str, ...],
    workers: int,
    *,
    candidates: Sequence[Candidates] = (),
    embedder: Embedder | None = None,
    places: Sequence[int] = (),
) -> Iterator[tuple[range, dict[str, Any]]]:
    """Scan files in `workers` processes; yield chunks as they are done.

    Every file comes back exactly once.

    Args:
        root: The data set, absolute.
        paths: Sample paths (escaped).
        sizes_bytes: Their sizes.
        limits: Bounds on each file.
        inspectors: The validators that gather evidence of their own, as ``module:class``.
        workers: Number of processes.
        candidates: For each path, the cached evidence that may be of the same bytes; empty if
            nothing is cached.
        embedder: Embeds the pictures that decode.  If it crashes, or if workers do not start with
            it, the files are read without it, and ``VECTOR_FAILURE`` says so.
        places: Place of each file in its container; empty if there are no containers.

    Raises:
        WorkerError: No worker can be started.
    """
    place = os.fspath(root) if isinstance(root, os.PathLike) else root
    reading = _Scan(place, paths, sizes_bytes, limits, inspectors, workers, candidates, places)
    left = bytearray(b"\1" * len(paths))
    try:
        for chunk, columns in reading.run(cut(sizes_bytes, paths, workers), embedder):
            left[chunk.start : chunk.stop] = bytes(len(chunk))
            yield chunk, columns
    except WorkerError:
        if embedder is None:
            raise
        for chunk, columns in reading.run(_runs_of(left, paths), None):
            columns[VECTOR_FAILURE] = ["no worker starts with this embedder"] * len(chunk)
            yield chunk, columns


def _runs_of(left: bytearray, paths: Sequence[str]) -> list[range]:
    """Return the positions that are left, as ranges of at most one chunk's files."""
    found: list[range] = []
    named = 0
    for position in (position for position, is_left in enumerate(left) if is_left):
        named += len(paths[position]) * _MOST_BYTES_A_CHARACTER
        if (
            found
            and found[-1].stop == position
            and len(found[-1]) < _SMALLEST_FILES
            and named <= CHUNK_PATH_BYTES
        ):
            found[-1] = range(found[-1].start, position + 1)
        else:
            found.append(range(position, position + 1))
            named = len(paths[position]) * _MOST_BYTES_A_CHARACTER
    return found


@dataclass(frozen=True, slots=True)
class _Scan:
    """What all chunks of one scan share."""

    root: str | Reach
    paths: Sequence[str]
    sizes_bytes: Sequence[int]
    limits: Limits
    inspectors: tuple[str, ...]
    workers: int
    candidates: Sequence[Candidates]
    places: Sequence[int]

    def run(
        self, chunks: Sequence[range], embedder: Embedder | None
    ) -> Iterator[tuple[range, dict[str, Any]]]:
        """Scan the files of some chunks."""
        root = Reach.of(self.root).root
        with stand_ins.bringing(
            root, chunks, lambda n: (self.paths[n],), self.limits.max_bytes
        ) as brought:
            yield from self._run(chunks, embedder, brought)

    def _run(
        self, chunks: Sequence[range], embedder: Embedder | None, brought: stand_ins.Brought
    ) -> Iterator[tuple[range, dict[str, Any]]]:
        without: set[range] = set()

        def make_task(chunk: range, crashes: int) -> tuple[Any, ...]:
            with interrupts.admitted():
                brought.hold(chunk)
            part = slice(chunk.start, chunk.stop)
            if crashes >= _CRASHES_OF_A_CHUNK or len(without) >= _CRASHED_CHUNKS:
                without.add(chunk)
            shared = self.root, tuple(self.paths[part]), self.limits, self.inspectors
            places = tuple(zip(self.places[part], self.sizes_bytes[part], strict=False))
            return *shared, tuple(self.candidates[part]), chunk not in without, places

        for chunk, answer in run_chunks(
            _scan,
            make_task,
            chunks,
            workers=self.workers,
            initializer=_prepare,
            arguments=(self.limits.memory_bytes, embedder),
            patience_s=self.limits.patience_s,
        ):
            columns = _lost(answer, self.limits) if isinstance(answer, Failure) else answer
            stand_ins.note_absent(columns, chunk, brought)
            brought.release(chunk)
            if embedder is not None and chunk in without:
                columns[VECTOR_FAILURE] = ["its worker crashed while it was embedded"] * len(chunk)
            yield chunk, columns


def _prepare(memory_bytes: int, embedder: Embedder | None) -> None:

    from catsclean.scan import worker  # only worker processes load the decoders

    worker.prepare(memory_bytes, embedder)


def _scan(task: tuple[Any, ...], begin: Begin) -> dict[str, Any]:

    from catsclean.scan import worker

    return worker.scan_chunk(worker.Task(*task), begin)


def _lost(failure: Failure, limits: Limits) -> dict[str, Any]:

    if failure.kind == "processor time":
        limit = f"{limits.timeout_s:g} s of processor time (--timeout)"
        outcome, detail = Outcome.TIMEOUT, f"took more than {limit}"
    elif failure.kind == "timeout":
        outcome, detail = Outcome.TIMEOUT, f"did not answer within {limits.patience_s:g} s"
    elif failure.kind == "memory":
        outcome, detail = Outcome.MEMORY, "its worker ran out of memory"
    elif failure.kind == "raised":
        outcome, detail = Outcome.CRASHED, names.text(f"reading it failed: {failure.text}")
    elif failure.exit_code == -getattr(signal, "SIGKILL", 9):
        outcome = Outcome.CRASHED
        detail = "its worker was killed, as the system does when memory runs out"
    else:
        outcome, detail = Outcome.CRASHED, f"its worker crashed ({_death(failure.exit_code)})"
    columns: dict[str, Any] = {name: [value] for name, value in READING.items()}
    columns["outcome"], columns["outcome_detail"] = [outcome.value], [detail]
    return columns


def _death(code: int) -> str:
    if code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"
