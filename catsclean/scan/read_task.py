"""Read the files of one task, in a child process of whatever process was given the task.

So a file that kills or hangs its reader costs one finding, and never the task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import to_numpy, value_table
from catsclean.core.evidence import Outcome, Scalar
from catsclean.core.limits import MOST_TASK_BYTES, MOST_TASK_FILES, Limits
from catsclean.core.links import Reach
from catsclean.core.reading_errors import TooLargeError
from catsclean.errors import DatasetError, UsageError
from catsclean.images.read_file import read_file
from catsclean.scan import reuse
from catsclean.scan.cache import arrow_schema, fingerprint
from catsclean.scan.embedding import VECTOR, VECTOR_FAILURE, Embedder
from catsclean.scan.engines import TaskEngine, run_tasks, size_of_task
from catsclean.scan.inspector import evidence_columns, load_inspector
from catsclean.scan.parts import Parts
from catsclean.scan.reuse import Candidates

# about a second of work
_LEAST_FILES: Final = 1_000
_LEAST_BYTES: Final = 32_000_000
# outcomes of files that could not be opened
_NOT_REACHED = (Outcome.CHANGED.value, Outcome.UNREADABLE.value)


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Files to read, with everything that their evidence depends on; it can be pickled.

    Attributes:
        root: The data set, absolute; a reach says where links may lead.
        paths: Sample paths (escaped).
        sizes_bytes: Their sizes.
        limits: Bounds on each file.
        inspectors: The validators that gather evidence of their own, as ``module:class``.
        fingerprint: That of the process that made the task (``cache.fingerprint``).
        candidates: For each path, the cached evidence that may be of the same bytes; empty if
            nothing is cached.
        embedder: Embeds the pictures that decode.
        places: Place of each file in its container; empty if there are no containers.
    """

    root: Path | Reach
    paths: Sequence[str]
    sizes_bytes: Sequence[int]
    limits: Limits
    inspectors: tuple[str, ...]
    fingerprint: str
    candidates: Sequence[Candidates] = ()
    embedder: Embedder | None = None
    places: Sequence[int] = ()

    def part(self, files: range) -> ReadTask:
        """Return the task of some of the files."""
        some = slice(files.start, files.stop)
        return replace(
            self,
            paths=tuple(self.paths[some]),
            sizes_bytes=self.sizes_bytes[some],
            candidates=tuple(self.candidates[some]),
            places=tuple(self.places[some]),
        )


@dataclass(frozen=True, slots=True)
class TaskEvidence:
    """What the files of a task say.

    Attributes:
        table: One row for each file, in the order of the task.
        sources: (N,) cached row with the evidence of the same bytes, whose row in the table is
            empty; else -1.
        vectors: Columns that :meth:`Vectors.keep` takes; empty without an embedder.
    """

    table: pa.Table
    sources: NDArray[np.int64]
    vectors: dict[str, list[Any]] = field(default_factory=dict)


def read_task(task: ReadTask, progress: Callable[[int, int], None] | None = None) -> TaskEvidence:
    """Read the files of a task in one child process.

    Args:
        task: The task.
        progress: Called with the number of files read and their total.

    Raises:
        DatasetError: The data set is not on this machine: not one of the files can be read.
        UsageError: This machine has other versions than the one that made the task.
        WorkerError: No child process can be started.
    """
    from catsclean.scan import in_workers  # load the pool only where something is read

    validators = [load_inspector(inspector) for inspector in task.inspectors]
    check_versions(task.fingerprint, fingerprint(task.limits, validators))
    columns_of, count = evidence_columns(validators), len(task.paths)
    schema = arrow_schema(columns_of)
    parts, sources = Parts(count, schema), np.full(count, -1, np.int64)
    vectors: dict[str, list[Any]] = {}
    done = 0
    for chunk, columns in in_workers.run(
        task.root, task.paths, task.sizes_bytes, task.limits, task.inspectors, 1,
        candidates=task.candidates, embedder=task.embedder, places=task.places,
    ):  # fmt: skip
        if task.embedder is not None:
            _take_vectors(columns, vectors)
        rows = np.arange(chunk.start, chunk.stop)
        table, sources[rows] = to_evidence(columns, columns_of, schema)
        parts.add(rows, table)
        done += len(rows)
        if progress is not None:
            progress(done, count)
    table = parts.in_order()
    if count and np.isin(to_numpy(table.column("outcome")), _NOT_REACHED).all():
        raise _not_here(task.root, count)
    return TaskEvidence(table, sources, vectors)


def read_on_engine(engine: TaskEngine, whole: ReadTask) -> Iterator[tuple[range, TaskEvidence]]:
    """Read files as tasks of an engine; yield the positions of some with what they say.

    Raises:
        WorkerError: The engine is broken.
        CatscleanError: As :func:`read_task`.
    """
    most_files = size_of_task(len(whole.paths), _LEAST_FILES)
    most_bytes = size_of_task(sum(whole.sizes_bytes), _LEAST_BYTES)
    cut = cut_tasks(
        whole.sizes_bytes, min(most_files, MOST_TASK_FILES), min(most_bytes, MOST_TASK_BYTES)
    )
    for number, answer in run_tasks(engine, read_task, (whole.part(one) for one in cut)):
        yield cut[number], answer


def versions_of(limits: Limits) -> str:
    """Return a digest of everything that the pixels of a picture depend on, besides its bytes."""
    return fingerprint(limits, ())


def check_versions(made_with: str, here: str) -> None:
    """Check that the process that made a task has the versions of this one.

    Raises:
        UsageError: It has others.
    """
    if made_with != here:
        raise UsageError(
            "the task was made with other versions or extras of catsclean, Pillow or simplejpeg"
            " than this machine has, so its results could differ. Install the same on both."
        )


def check_present(root: Path | Reach, paths: Sequence[str]) -> None:
    """Check that one of the files of a task can be opened on this machine.

    Raises:
        DatasetError: None can.
    """
    for path in paths:
        try:
            read_file(root, path, 0)
        except TooLargeError:  # it is there
            return
        except (OSError, ValueError):
            continue
        return
    raise _not_here(root, len(paths))


def _not_here(root: Path | Reach, count: int) -> DatasetError:
    return DatasetError(
        f"none of the {count:,} files of this task can be read on this machine."
        f" Received: {str(Reach.of(root).root)!r}. Mount the data set there."
    )


def cut_tasks(
    sizes_bytes: Sequence[int],
    most_files: int = MOST_TASK_FILES,
    most_bytes: int = MOST_TASK_BYTES,
) -> list[range]:
    """Cut a list of files into tasks, in order.

    Args:
        sizes_bytes: Size of each file.
        most_files: The most files of a task.
        most_bytes: The most bytes of a task; a file with more is a task of its own.
    """
    ends = np.cumsum(np.asarray(sizes_bytes, np.int64))
    tasks: list[range] = []
    start = done_bytes = 0
    while start < len(ends):
        stop = int(np.searchsorted(ends, done_bytes + most_bytes, side="right"))
        stop = max(start + 1, min(stop, start + most_files))
        tasks.append(range(start, stop))
        start, done_bytes = stop, int(ends[stop - 1])
    return tasks


def to_evidence(
    columns: dict[str, Any], defaults: dict[str, Scalar], schema: pa.Schema
) -> tuple[pa.Table, NDArray[np.int64]]:
    """Make a table of what a worker answered about some files.

    Returns:
        The table, and for each file the cached row that holds the evidence of its bytes, or -1;
        the evidence of such a file is empty in the table.
    """
    count = len(columns["outcome"])
    sources = np.array(columns.pop(reuse.SOURCE, [-1] * count), np.int64)
    missing = {name: [value] * count for name, value in defaults.items() if name not in columns}
    return value_table({**columns, **missing}, schema), sources


def _take_vectors(columns: dict[str, Any], vectors: dict[str, list[Any]]) -> None:
    digests = columns["sha256"]
    vectors.setdefault("sha256", []).extend(digests)
    for name, unknown in ((VECTOR, None), (VECTOR_FAILURE, "")):
        vectors.setdefault(name, []).extend(columns.pop(name, [unknown] * len(digests)))
