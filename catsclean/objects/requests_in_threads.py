"""Let the user interrupt a request: the client gives no signal a chance before the answer is there.

Python handles Ctrl-C in the main thread, between two of its own instructions.  A request of the
client is a single one, and takes minutes if a server takes the call and says nothing.  So the main
thread lets another one make the request, and waits for that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

_R = TypeVar("_R")


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
