"""Runs chunks of files in worker processes that may die, hang, or run out of memory.

pebble loses exactly the task whose worker dies.  A chunk that is lost is run again file by file,
so that one bad file costs one verdict, and a file that hangs costs its time limit.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import types
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from catsclean.evidence import READING, Outcome
from catsclean.scan import worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catsclean.reading.limits import Limits

# A chunk is a few tenths of a second of work: long against the 0.1 ms that a task costs to hand
# over, short against the wait at the end when one worker has nothing left.
CHUNK_BYTES = 6 * 2**20
CHUNK_FILES = 128
_SPARE_SECONDS = 30.0


class ScanChunk(Protocol):
    """A picklable function that scans a task; replaced in tests."""

    def __call__(self, task: worker.Task, /) -> dict[str, Any]:
        """Give one list of values for each column."""


def cut(sizes_bytes: Sequence[int], workers: int) -> list[range]:
    """Cut a list of files into chunks of about equal bytes, enough of them for every worker."""
    limit_files = max(1, min(CHUNK_FILES, -(-len(sizes_bytes) // (workers * 4))))
    chunks: list[range] = []
    start = total = 0
    for index, size in enumerate(sizes_bytes):
        if index > start and (total + size > CHUNK_BYTES or index - start >= limit_files):
            chunks.append(range(start, index))
            start, total = index, 0
        total += size
    if start < len(sizes_bytes):
        chunks.append(range(start, len(sizes_bytes)))
    return chunks


def run(
    root: str,
    paths: Sequence[str],
    sizes_bytes: Sequence[int],
    limits: Limits,
    inspectors: tuple[str, ...],
    workers: int,
    scan: ScanChunk = worker.scan_chunk,
) -> Iterator[tuple[range, dict[str, Any]]]:
    """Scan files in `workers` processes; yields chunks, in the order in which they are done.

    Every file comes back exactly once.
    """
    from pebble import ProcessPool

    chunks = cut(sizes_bytes, workers)
    if not chunks:
        return
    pool = ProcessPool(
        max_workers=min(workers, len(chunks)),
        context=worker_context(),
        initializer=worker.prepare,
        initargs=(limits.memory_bytes,),
    )

    def schedule(chunk: range) -> Any:
        task = worker.Task(root, tuple(paths[chunk.start : chunk.stop]), limits, inspectors)
        # the worker's own alarm ends a file that hangs; this is for systems that have none
        seconds = limits.timeout_s * (1 if len(chunk) == 1 else 2) + len(chunk) + _SPARE_SECONDS
        if not hasattr(signal, "setitimer"):
            seconds = limits.timeout_s + len(chunk) * 0.5
        return pool.schedule(scan, args=(task,), timeout=seconds)

    try:
        running = {schedule(chunk): chunk for chunk in chunks}
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                chunk = running.pop(future)
                result = _result(future, limits)
                if isinstance(result, dict):
                    yield chunk, result
                elif len(chunk) > 1:
                    for index in chunk:
                        single = range(index, index + 1)
                        running[schedule(single)] = single
                else:
                    yield chunk, _lost(*result)
        pool.close()  # type: ignore[no-untyped-call]
    except BaseException:
        pool.stop()  # type: ignore[no-untyped-call]
        raise
    finally:
        pool.join()


def _result(future: Any, limits: Limits) -> dict[str, Any] | tuple[Outcome, str]:
    from pebble import ProcessExpired

    timeout = (Outcome.TIMEOUT, f"took longer than {limits.timeout_s:g} s (--timeout)")
    try:
        columns: dict[str, Any] = future.result()
    except FutureTimeoutError:
        return timeout
    except ProcessExpired as error:
        code = error.exitcode or 0
        if hasattr(signal, "SIGALRM") and code == -signal.SIGALRM:
            return timeout
        if code == -getattr(signal, "SIGKILL", 9):
            return Outcome.CRASHED, "its worker was killed, as the system does when memory runs out"
        return Outcome.CRASHED, f"its worker died ({_death(code)})"
    except MemoryError:
        return Outcome.MEMORY, "its worker ran out of memory"
    except Exception as error:  # noqa: BLE001 - whatever a worker raises belongs to its file
        from catsclean.reading import names

        return Outcome.CRASHED, names.text(f"reading it failed: {type(error).__name__}: {error}")
    return columns


def _death(code: int) -> str:
    if code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"


def _lost(outcome: Outcome, detail: str) -> dict[str, Any]:
    columns: dict[str, Any] = {name: [value] for name, value in READING.items()}
    columns["outcome"], columns["outcome_detail"] = [outcome.value], [detail]
    return columns


def worker_context() -> Any:
    """Start workers from a clean server process where there is one, else from nothing."""
    context = WorkerContext()
    if _METHOD == "forkserver":
        context.set_forkserver_preload(["catsclean.scan.worker"])
    return context


_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_BASE: Any = multiprocessing.get_context(_METHOD)


class WorkerProcess(_BASE.Process):  # type: ignore[misc]
    """A worker that does not import the user's script again, which would start an audit in it."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - multiprocessing's own name
        with _hidden_main():
            return _BASE.Process._Popen(process_obj)  # noqa: SLF001 - the one hook that it offers


class WorkerContext(type(_BASE)):  # type: ignore[misc]
    """A context whose processes are :class:`WorkerProcess`."""

    Process = WorkerProcess


_main_lock = threading.Lock()


@contextmanager
def _hidden_main() -> Iterator[None]:
    with _main_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
