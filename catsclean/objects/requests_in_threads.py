"""Let the user interrupt a request: the client gives no signal a chance before the answer is there.

Python handles Ctrl-C in the main thread, between two of its own instructions.  A request of the
client is a single one, and takes minutes if a server takes the call and says nothing.  So the main
thread lets another one make the request, and waits for that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

_R = TypeVar("_R")
_T = TypeVar("_T")


def wait_for_request(call: Callable[[], _R], limit_s: float | None = None) -> _R:
    """Return what a call returns, or raise what it raises; Ctrl-C ends the wait.

    Args:
        call: Makes one request.
        limit_s: Seconds to wait at most; None: no limit.  Then the request goes on by itself.

    Raises:
        TimeoutError: There was no answer so long.
    """
    if limit_s is None and threading.current_thread() is not threading.main_thread():
        return call()
    results: list[_R] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def make() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is awaited
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=make, name="catsclean-request", daemon=True).start()
    if not done.wait(limit_s):
        raise TimeoutError
    if errors:
        raise errors[0]
    return results[0]


def in_threads(call: Callable[[_T], _R], items: Sequence[_T], threads: int) -> list[_R]:
    """Return what a call returns for each item; several calls run at a time, Ctrl-C ends the wait.

    If one raises, no further call begins, and those that run come to their end.

    Args:
        call: Makes the requests of one item.
        items: The items.
        threads: Number of calls at a time.

    Raises:
        Exception: The first that a call raised.
    """
    if threads < 2 or len(items) < 2:
        return [call(item) for item in items]
    results: dict[int, _R] = {}
    errors: list[BaseException] = []
    waiting = iter(enumerate(items))
    lock, ended = threading.Lock(), threading.Event()

    def work() -> None:
        while not ended.is_set():
            with lock:
                number, item = next(waiting, (-1, items[0]))
            if number < 0:
                return
            try:
                results[number] = call(item)
            except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
                errors.append(error)
                ended.set()

    workers = [
        threading.Thread(target=work, name="catsclean-objects", daemon=True)
        for _ in range(min(threads, len(items)))
    ]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        ended.set()
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(items))]
