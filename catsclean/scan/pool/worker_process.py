"""One worker process, which may crash at any moment without affecting anything else.

Each slot has an executor with a single process, and memory that both sides share.  The worker
writes its answers there and sends only a few bytes through the pipe, which the system delivers
whole or not at all: so nobody waits for the rest if a worker is killed while it answers.  The
worker also records there which item it is working on, so a crash can be traced to that item.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Final, Protocol

from catsclean.scan.pool.processes import WorkerContext

ANSWER_BYTES: Final = 2**20
QUEUED: Final = 2  # one job in work and one waiting: the worker never waits for its next task
_JOB, _ROW = 0, 1
_BETWEEN = -1
# the longest text that goes through the pipe, far below the size that a pipe delivers whole
_TEXT: Final = 500


class Begin(Protocol):
    """Records which item of its task a worker is working on; -1 between items."""

    def __call__(self, row: int, /) -> None:
        """Record the item's position in the task."""


class Work(Protocol):
    """A function at the top of a module that works on a task and reports each item it begins."""

    def __call__(self, task: Any, begin: Begin, /) -> Any:
        """Return an answer that can be pickled."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a task.

    Attributes:
        kind: ``done``, ``memory``, ``raised`` or ``too large``.
        size: Length of the pickled answer, in bytes.
        row: Position of the item at which it ended early; -1 if it was between items.
        text: The exception that was raised.
    """

    kind: str
    size: int = 0
    row: int = _BETWEEN
    text: str = ""


class Slot:
    """A worker process and the memory that it shares with this one; a crashed slot is not reused.

    Args:
        initializer: Called once in the worker, before its first task.
        arguments: Its arguments.
        answer_bytes: The most that an answer may take.
    """

    def __init__(
        self,
        initializer: Callable[..., None],
        arguments: tuple[Any, ...],
        answer_bytes: int = ANSWER_BYTES,
    ) -> None:
        self._jobs = 0
        self._context = WorkerContext()
        self._marks = self._context.RawArray("q", [_BETWEEN, _BETWEEN])
        # One place for each queued job.  The worker starts the second job, and may finish it,
        # before this process has read the answer of the first; in a single place it would overwrite
        # that answer.  The third job is submitted only after the first answer was read, so it can
        # reuse that place.
        self._answers = self._context.RawArray("b", QUEUED * answer_bytes)
        self._answer_bytes = answer_bytes
        self._executor = ProcessPoolExecutor(
            1,
            mp_context=self._context,
            initializer=_prepare,
            initargs=(self._marks, self._answers, initializer, arguments),
        )

    def submit(self, work: Work, task: object) -> tuple[int, Future[Answer]]:
        """Queue a task; at most two may be queued at a time.

        Args:
            work: The function to call; the worker must be able to import it.
            task: Its argument; pickled, it must stay below the 64 KiB that a pipe holds.

        Returns:
            The job's number in this slot, and its future.

        Raises:
            BrokenProcessPool: The worker has crashed, or was stopped.
        """
        # consecutive numbers: of two queued jobs one is odd, one even, so they never share a place
        self._jobs += 1
        try:
            return self._jobs, self._executor.submit(_call, work, task, self._jobs)
        except RuntimeError as error:  # another thread stopped it
            raise BrokenProcessPool(str(error)) from error

    def answer(self, given: Answer, job: int) -> Any:
        """Read the answer of a finished task from the shared memory."""
        start = job % QUEUED * self._answer_bytes
        data = memoryview(self._answers).cast("B")[start : start + given.size]
        return pickle.loads(data)  # noqa: S301 - written by the code above, in our own process

    def at(self) -> tuple[int, int]:
        """Return the number of the job in work, and the position of its item; -1 for none."""
        return self._marks[_JOB], self._marks[_ROW]

    def kill(self) -> None:
        """End the worker at once."""
        for process in self._context.started:
            if process.pid is not None:
                process.kill()

    def stop(self) -> int:
        """End the worker and free its resources; return the worker's exit code."""
        self.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)
        # only one thread may request an exit code, and the executor's own thread has ended now
        codes = [process.exitcode for process in self._context.started if process.pid is not None]
        return next((code for code in codes if code is not None), 0)


_marks: Any = None
_answers: Any = None


def _prepare(
    marks: Any, answers: Any, initializer: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    global _marks, _answers
    _marks, _answers = marks, answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and ends its workers
    # a worker holds both ends of its pipes, so it would not notice that its parent is gone
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
    except Exception as error:  # noqa: BLE001 - one error must not lose an hour of results
        return Answer("raised", row=_marks[_ROW], text=f"{type(error).__name__}: {error}"[:_TEXT])
    answer_bytes = len(_answers) // QUEUED
    if len(data) > answer_bytes:
        return Answer("too large", size=len(data))
    start = job % QUEUED * answer_bytes
    memoryview(_answers).cast("B")[start : start + len(data)] = data
    return Answer("done", size=len(data))
