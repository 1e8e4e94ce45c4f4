"""One worker process, which may die at any moment without taking anything else along.

Each slot has an executor of a single process and memory that both sides see.  The worker leaves
its answers in that memory and sends no more than a few bytes through the pipe, which a system
passes on whole or not at all: a worker that is killed while it answers leaves nobody waiting for
the rest.  It also notes there which item it is at, so that a death can be laid at one door.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Protocol

from catsclean.scan.pool.processes import WorkerContext

ANSWER_BYTES: Final = 2**20
QUEUED: Final = 2  # one being worked on, one waiting: no worker waits for its next task
_JOB, _ROW = 0, 1
_BETWEEN = -1
# the longest text that goes through the pipe, far below what a pipe passes on in one piece
_TEXT: Final = 500


class Begin(Protocol):
    """Notes which item of its task a worker is at; -1 when it is at none of them."""

    def __call__(self, row: int, /) -> None:
        """Note the item's position in the task."""


class Work(Protocol):
    """A function of a module, which works on a task and tells the items that it begins."""

    def __call__(self, task: Any, begin: Begin, /) -> Any:
        """Return an answer that can be pickled."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a task.

    Attributes:
        kind: ``done``, ``memory``, ``raised`` or ``too large``.
        size: Length of the pickled answer, in bytes.
        row: Position of the item at which it ended early; -1: at none of them.
        text: What was raised.
    """

    kind: str
    size: int = 0
    row: int = _BETWEEN
    text: str = ""


class Slot:
    """A worker process and the memory that it shares with this one; a dead slot stays dead.

    Args:
        initializer: Called once in the worker, before its first task.
        arguments: Its arguments.
    """

    def __init__(self, initializer: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._jobs = 0
        self._context = WorkerContext()
        self._marks = self._context.RawArray("q", [_BETWEEN, _BETWEEN])
        self._answers = self._context.RawArray("b", QUEUED * ANSWER_BYTES)
        self._executor = ProcessPoolExecutor(
            1,
            mp_context=self._context,
            initializer=_prepare,
            initargs=(self._marks, self._answers, initializer, arguments),
        )

    def submit(self, work: Work, task: object) -> tuple[int, Future[Answer]]:
        """Hand over a task; no more than two are to wait at a time.

        Args:
            work: What is to be done, a function that a worker can import.
            task: Its argument; pickled, it is to stay below the 64 KiB that a pipe holds.

        Returns:
            The job's number in this slot, and its future.

        Raises:
            BrokenProcessPool: The worker is dead.
        """
        # consecutive numbers, so that the two jobs of a slot never share a place for answers
        self._jobs += 1
        return self._jobs, self._executor.submit(_call, work, task, self._jobs)

    def answer(self, given: Answer, job: int) -> Any:
        """Read what the worker left in the shared memory for a task that is done."""
        start = job % QUEUED * ANSWER_BYTES
        data = memoryview(self._answers).cast("B")[start : start + given.size]
        return pickle.loads(data)  # noqa: S301 - written by the code above, in our own process

    def at(self) -> tuple[int, int]:
        """Return the job that the worker is at, and the item of its task; -1: none."""
        return self._marks[_JOB], self._marks[_ROW]

    def kill(self) -> None:
        """End the worker now, whatever it does."""
        for process in self._context.started:
            if process.pid is not None:
                process.kill()

    def stop(self) -> int:
        """End the worker and everything that belongs to it; gives the worker's exit code."""
        self.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)
        # only one thread may ask for an exit code, and the executor's own has ended now
        codes = [process.exitcode for process in self._context.started if process.pid is not None]
        return next((code for code in codes if code is not None), 0)


_marks: Any = None
_answers: Any = None


def _prepare(
    marks: Any, answers: Any, initializer: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    global _marks, _answers
    _marks, _answers = marks, answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, who ends its workers
    # a worker holds both ends of its pipes, so that nothing else tells it that nobody listens
    threading.Thread(target=_end_with_parent, daemon=True).start()
    initializer(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _begin(row: int) -> None:
    _marks[_ROW] = row


def _call(work: Work, task: object, job: int) -> Answer:
    _marks[_ROW] = _BETWEEN
    _marks[_JOB] = job
    try:
        data = pickle.dumps(work(task, _begin), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return Answer("memory", row=_marks[_ROW])
    except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
        return Answer("raised", row=_marks[_ROW], text=f"{type(error).__name__}: {error}"[:_TEXT])
    if len(data) > ANSWER_BYTES:
        return Answer("too large", size=len(data))
    start = job % QUEUED * ANSWER_BYTES
    memoryview(_answers).cast("B")[start : start + len(data)] = data
    return Answer("done", size=len(data))
