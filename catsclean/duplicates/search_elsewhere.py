"""Do the steps of a long search in worker processes, or on an engine.

Each process gets all hashes once: workers share their memory, Ray copies them to each machine, and
other engines send them with every task.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates.pair_collector import Found
from catsclean.duplicates.saved_search import SavedSearch
from catsclean.duplicates.search_steps import (
    MOST_PAIRS,
    Collecting,
    StepAnswer,
    Steps,
    answer_of,
)
from catsclean.errors import WorkerError
from catsclean.scan.engines import TaskEngine, in_pieces, run_tasks, size_of_task
from catsclean.scan.in_workers import default_workers
from catsclean.scan.pool import interrupts
from catsclean.scan.pool.dispatch import Failure, run_chunks
from catsclean.scan.pool.processes import WorkerContext
from catsclean.scan.pool.worker_process import Begin

# With less work (seconds of one core) a search is done where it is: starting processes would cost
# more time than they save.
_LEAST_SECONDS: Final = 2.0
# Each worker has at least so much work.
_SECONDS_A_WORKER: Final = 0.5
# A chunk has about so much work: long against the millisecond that sending it costs.
_SECONDS_A_CHUNK: Final = 0.3
# A task of an engine has at least so much work.
_SECONDS_A_TASK: Final = 2.0
# Tasks wait at an engine with the hashes that it was sent with them: 1 GB.
_BYTES_AT_ONCE: Final = 1 << 30
_FEWEST_AT_ONCE: Final = 8
# What an answer takes besides its pairs and the members of its crowds.
_ROOM_BYTES: Final = 1 << 16
_POSITION_BYTES: Final = 4
# No hash can hang a step; machines can be slow.
_PATIENCE_SECONDS: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Other processes that can do the steps of a search.

    Attributes:
        workers: Number of processes of this machine; None: one for each processor.
        engine: Does the steps in place of them.
    """

    workers: int | None = None
    engine: TaskEngine | None = None


class Shared(NamedTuple):
    """What all steps of a search need.

    Attributes:
        steps: The steps.
        words: (W, n) words of the hashes.
    """

    steps: Steps
    words: NDArray[np.uint64]


def run_steps(
    steps: Steps,
    words: NDArray[np.uint64],
    found: Found,
    saved: SavedSearch | None,
    elsewhere: Elsewhere | None,
) -> None:
    """Do the steps of a search that an earlier one did not finish.

    Args:
        steps: The steps.
        words: (W, n) words of the hashes.
        found: Takes the pairs.
        saved: Saves how far the search is.
        elsewhere: Processes that help if there is much to do; None: this process alone.

    Raises:
        TooCrowdedError: There is far more work than comparing all pairs.
        WorkerError: The engine is broken.
    """
    collecting = Collecting(steps, words, found, saved)
    seconds = steps.seconds * len(collecting.left)
    if elsewhere is not None and seconds >= _LEAST_SECONDS:
        shared = Shared(steps, words)
        if elsewhere.engine is not None:
            with interrupts.held_back():
                collecting.take(_on_engine(elsewhere.engine, shared, collecting.left))
        elif (workers := elsewhere.workers or default_workers()) > 1:
            most = max(2, int(seconds / _SECONDS_A_WORKER))
            with interrupts.held_back():
                collecting.take(_in_workers(shared, collecting.left, min(workers, most)))
    collecting.finish()


def do_steps(numbers: range, shared: Shared) -> list[StepAnswer | None]:
    """Do some steps of a search: a task of an engine."""
    return [answer_of(shared.steps, shared.words, number) for number in numbers]


def _on_engine(
    engine: TaskEngine, shared: Shared, left: range
) -> Iterator[tuple[int, StepAnswer | None]]:
    least = max(int(_SECONDS_A_TASK / max(shared.steps.seconds, 1e-9)), 1)
    tasks = in_pieces(left, size_of_task(len(left), least))
    most = max(_FEWEST_AT_ONCE, _BYTES_AT_ONCE // max(shared.words.nbytes, 1))
    for number, answers in run_tasks(engine, do_steps, tasks, shared=shared, most_at_once=most):
        yield from zip(tasks[number], answers, strict=True)


def _in_workers(
    shared: Shared, left: range, workers: int
) -> Iterator[tuple[int, StepAnswer | None]]:
    """Do steps in workers of this machine; if these do not start, some remain to be done."""
    steps, words = shared
    # at least two steps: the pool queues nothing behind a chunk with a single one
    steps_each = max(int(_SECONDS_A_CHUNK / max(steps.seconds, 1e-9)), 2)
    chunks = in_pieces(left, min(steps_each, max(-(-len(left) // (4 * workers)), 1)))
    memory = WorkerContext().RawArray("B", words.nbytes)
    np.frombuffer(memory, np.uint64).reshape(words.shape)[:] = words
    most_positions = 2 * MOST_PAIRS + steps.most_members
    try:
        for chunk, answers in run_chunks(
            _do_chunk,
            lambda chunk, _crashes: chunk,
            chunks,
            workers=workers,
            initializer=_prepare,
            arguments=(steps, memory, words.shape),
            patience_s=_PATIENCE_SECONDS,
            answer_bytes=_POSITION_BYTES * most_positions + _ROOM_BYTES,
        ):
            # a step without an answer is done in this process
            told = [None] if isinstance(answers, Failure) else answers
            yield from zip(chunk, told, strict=True)
    except WorkerError:
        return


_shared: list[Shared] = []


def _prepare(steps: Steps, memory: Any, shape: tuple[int, int]) -> None:
    _shared[:] = [Shared(steps, np.frombuffer(memory, np.uint64).reshape(shape))]


def _do_chunk(numbers: range, begin: Begin) -> list[StepAnswer | None]:
    answers = []
    for row, number in enumerate(numbers):
        begin(row)
        answers.append(answer_of(*_shared[0], number))
    begin(-1)
    return answers
