"""Run chunks in worker processes; when one crashes, find the item that caused it.

When a worker crashes, the item that it was working on is retried alone, in a worker of its own,
and the rest of its chunk is queued again.  Every item is returned exactly once, whatever happens.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Future,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, Final

from catsclean.errors import WorkerError
from catsclean.scan.pool import interrupts
from catsclean.scan.pool.worker_process import ANSWER_BYTES, QUEUED, Answer, Slot, Work

_WATCH_SECONDS: Final = 1.0
# The most time that counts between two looks at the workers: this process may have been stopped
# (Ctrl-Z, a closed laptop) or busy with an answer, and its workers with it.
_LONGEST_WATCH_SECONDS: Final = 2 * _WATCH_SECONDS
_START_SECONDS: Final = 120.0
# A crash that came from outside (memory full, an impatient administrator) proves little about an
# item that had just begun; eight crashes in a row, in a worker of its own, do.
_TRIES: Final = 8
_FRUITLESS_DEATHS: Final = 50
# a worker that does not even start takes its two minutes: three of them are enough
_DEATHS_OF_A_HANGING_START: Final = 16
# exit code of a worker that used up an item's processor time; Windows has no such signal
_OUT_OF_TIME: Final = -signal.SIGPROF if hasattr(signal, "SIGPROF") else None
# too many processes or open files, too little memory
_FULL: Final = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC})


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason why an item has no answer.

    Attributes:
        kind: ``processor time`` (the worker was ended by its limit), ``timeout`` (no answer in
            time), ``memory``, ``raised`` or ``died``.
        exit_code: Exit code of the worker that crashed.
        text: The exception that was raised.
    """

    kind: str
    exit_code: int = 0
    text: str = ""


@dataclass(slots=True)
class _Chunk:
    chunk: range
    tries: int = 0


@dataclass(slots=True)
class _Seat:
    """A worker's slot and its queued jobs; the worker is working on the first of them."""

    slot: Slot
    jobs: deque[tuple[int, _Chunk, Future[Answer]]] = field(default_factory=deque)
    at: tuple[int, int] = (-1, -1)
    waited_s: float = 0.0
    overdue: bool = False


class _Dispatcher:
    def __init__(
        self,
        work: Work,
        make_task: Callable[[range, int], object],
        chunks: Sequence[range],
        initializer: Callable[..., None],
        arguments: tuple[Any, ...],
        patience_s: float,
        answer_bytes: int,
    ) -> None:
        self._work = work
        self._make_task = make_task
        self._initializer = initializer
        self._arguments = arguments
        self._patience_s = patience_s
        self._answer_bytes = answer_bytes
        self._todo = deque(_Chunk(chunk) for chunk in chunks)
        self._fruitless = 0
        self._seats: list[_Seat] = []
        # Ctrl-C is raised in the main thread; if it interrupted the start of a worker, nobody would
        # know that process.  So another thread starts the workers.
        self._starter = ThreadPoolExecutor(1)

    def run(self, workers: int) -> Iterator[tuple[range, Any]]:
        try:
            self._seats += [self._new_seat() for _ in range(workers)]
            watched = time.monotonic()
            while True:
                for seat in self._seats:
                    self._fill(seat)
                busy = [seat for seat in self._seats if seat.jobs]
                if not busy:
                    return
                with interrupts.admitted():
                    wait([seat.jobs[0][2] for seat in busy], _WATCH_SECONDS, FIRST_COMPLETED)
                begun, watched = watched, time.monotonic()
                passed_s = min(watched - begun, _LONGEST_WATCH_SECONDS)
                for seat in busy:
                    yield from self._collect(seat)
                    self._watch(seat, passed_s)
        finally:
            self._starter.shutdown(wait=True)
            for seat in self._seats:
                seat.slot.kill()
            for seat in self._seats:
                seat.slot.stop()

    def _new_seat(self) -> _Seat:
        return _Seat(Slot(self._initializer, self._arguments, self._answer_bytes))

    def _fill(self, seat: _Seat) -> None:
        while self._todo and len(seat.jobs) < QUEUED:
            # a suspected item runs alone in its worker, so that a crash convicts it
            if seat.jobs and 1 in {len(self._todo[0].chunk), len(seat.jobs[-1][1].chunk)}:
                return
            job = self._todo.popleft()
            try:
                number, future = self._starter.submit(
                    seat.slot.submit, self._work, self._make_task(job.chunk, job.tries)
                ).result()
            except BrokenProcessPool as error:
                number, future = 0, Future()
                future.set_exception(error)
            except OSError as error:
                raise WorkerError(_not_started(error)) from error
            if not seat.jobs:
                seat.waited_s = 0.0
            seat.jobs.append((number, job, future))

    def _collect(self, seat: _Seat) -> Iterator[tuple[range, Any]]:
        while seat.jobs and seat.jobs[0][2].done():
            number, job, future = seat.jobs[0]
            try:
                given = future.result()
            except (BrokenProcessPool, CancelledError):
                yield from self._bury(seat)
                return
            self._fruitless = 0
            seat.jobs.popleft()
            if given.kind == "done":
                answer = seat.slot.answer(given, number)  # before the next job overwrites it
                self._fill(seat)
                yield job.chunk, answer
            else:
                yield from self._ended_early(job, given)

    def _ended_early(self, job: _Chunk, given: Answer) -> Iterator[tuple[range, Any]]:
        if len(job.chunk) == 1:
            text = given.text
            if given.kind == "too large":
                text = f"its evidence takes {given.size:,} bytes"
            yield job.chunk, Failure("memory" if given.kind == "memory" else "raised", text=text)
        elif given.row < 0:
            self._halve(job.chunk)
        else:
            self._queue(self._set_apart(job.chunk, given.row))

    def _bury(self, seat: _Seat) -> Iterator[tuple[range, Any]]:
        """Replace a crashed worker; find the item that caused it, and queue the rest again."""
        at_job, row = seat.slot.at()
        overdue = seat.overdue
        number, job, _ = seat.jobs.popleft()
        self._todo.extendleft(waiting for _, waiting, _ in reversed(seat.jobs))
        exit_code = seat.slot.stop()
        fresh = self._new_seat()
        seat.slot, seat.jobs, seat.overdue = fresh.slot, fresh.jobs, False
        seat.at, seat.waited_s = fresh.at, fresh.waited_s

        self._fruitless += 1
        if self._fruitless > _FRUITLESS_DEATHS:
            raise WorkerError(
                f"{self._fruitless} worker processes in a row crashed (exit code {exit_code})"
                " without a result. Free some memory, or ask for fewer workers (workers=, -j)."
            )
        if at_job != number:  # the worker had not begun this job, so it is not the cause
            self._todo.appendleft(job)
            self._fruitless += _DEATHS_OF_A_HANGING_START * overdue
        elif row < 0:
            job.tries += 1
            if job.tries < _TRIES:
                self._todo.appendleft(job)
            elif len(job.chunk) > 1:
                self._halve(job.chunk)
            else:
                yield job.chunk, Failure("timeout" if overdue else "died", exit_code)
        elif overdue or exit_code == _OUT_OF_TIME:
            # the limit applies to each item alone, so a retry would prove nothing new
            kind = "timeout" if overdue else "processor time"
            yield self._set_apart(job.chunk, row), Failure(kind, exit_code)
        elif len(job.chunk) > 1:
            self._queue(self._set_apart(job.chunk, row))
        elif _from_outside(exit_code) and job.tries + 1 < _TRIES:
            job.tries += 1
            self._todo.appendleft(job)
        else:
            yield job.chunk, Failure("died", exit_code)

    def _set_apart(self, chunk: range, row: int) -> range:
        """Queue a chunk again without one of its items; return that item."""
        suspect = chunk.start + row
        self._queue(range(suspect + 1, chunk.stop))
        self._queue(range(chunk.start, suspect))
        return range(suspect, suspect + 1)

    def _halve(self, chunk: range) -> None:
        middle = (chunk.start + chunk.stop) // 2
        self._queue(range(middle, chunk.stop))
        self._queue(range(chunk.start, middle))

    def _queue(self, chunk: range) -> None:
        if chunk:
            self._todo.appendleft(_Chunk(chunk))

    def _watch(self, seat: _Seat, passed_s: float) -> None:
        """End a worker that has been at the same item for longer than any item may take."""
        if not seat.jobs:
            return
        at = seat.slot.at()
        if at != seat.at:
            seat.at, seat.waited_s = at, 0.0
            return
        seat.waited_s += passed_s
        begun = at[0] == seat.jobs[0][0]
        if seat.waited_s > (self._patience_s if begun else _START_SECONDS):
            seat.overdue = True
            seat.slot.kill()


def run_chunks(
    work: Work,
    make_task: Callable[[range, int], object],
    chunks: Sequence[range],
    *,
    workers: int,
    initializer: Callable[..., None],
    arguments: tuple[Any, ...] = (),
    patience_s: float,
    answer_bytes: int = ANSWER_BYTES,
) -> Iterator[tuple[range, Any]]:
    """Run chunks of items in worker processes.

    Args:
        work: Works on a task, item by item; the workers import it.
        make_task: Makes the task of a chunk, given how often its worker crashed between two items;
            pickled, a task must stay below 64 KiB.
        chunks: Positions of the items, each exactly once.
        workers: Number of processes.
        initializer: Called once in each worker.
        arguments: Its arguments.
        patience_s: A worker that stays at one item for more wall-clock seconds is ended; time in
            which this process was stopped does not count.
        answer_bytes: The most that the pickled answer of a chunk may take.  A larger one is asked
            for in halves; of a single item it is a :class:`Failure`.

    Yields:
        Finished chunks with their answers, or single items with a :class:`Failure`; every item
        exactly once, in any order.

    Raises:
        WorkerError: No worker can be started, or all of them crash without a result.
    """
    if chunks:
        dispatcher = _Dispatcher(
            work, make_task, chunks, initializer, arguments, patience_s, answer_bytes
        )
        yield from dispatcher.run(min(workers, len(chunks)))


def _not_started(error: OSError) -> str:
    what = f"no worker process could be started: {error.strerror or error}."
    try:
        os.getcwd()  # noqa: PTH109 - fails if the working folder was removed
    except OSError:
        return f"{what} The working folder is gone. Change to one that exists."
    if error.errno in _FULL:
        return f"{what} Free some memory, or ask for fewer workers (workers=, -j)."
    return f"{what} If this process must not start others, audit from another one."


def _from_outside(exit_code: int) -> bool:
    # 255: the fork server is gone, so the exit code of its worker is unknown
    return exit_code == 255 or exit_code in {
        -getattr(signal, name, 0) for name in ("SIGKILL", "SIGTERM")
    }
