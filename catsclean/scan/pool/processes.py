"""Start worker processes, whatever kind of process runs the audit."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing import process as this_process
from typing import Any, Final

from catsclean.core.threads import one_thread

_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_BASE: Any = multiprocessing.get_context(_METHOD)
# the modules that every worker needs are loaded once, in the server that forks the workers
_PRELOADED: Final = ["catsclean.scan.pool.preloading"]


class WorkerProcess(_BASE.Process):  # type: ignore[misc]
    """A worker that does not import the user's script again, which would start another audit."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - multiprocessing's own name
        # every processor has its own worker: more threads for a matrix product only wait for one
        # another, which cost a third of the time of all hashes
        with _hidden_main(), one_thread():
            return _BASE.Process._Popen(process_obj)  # noqa: SLF001 - the one hook that it offers

    def start(self) -> None:
        """Start it, even inside a worker of ``multiprocessing.Pool``."""
        with _allowed_children():
            super().start()


class WorkerContext(type(_BASE)):  # type: ignore[misc]
    """Starts workers from a clean fork server if the system has one, else from scratch.

    Attributes:
        started: The processes that it started.
    """

    def __init__(self) -> None:
        super().__init__()
        self.started: list[WorkerProcess] = []
        if _METHOD == "forkserver":
            self.set_forkserver_preload(_PRELOADED)

    def Process(self, *arguments: Any, **named: Any) -> WorkerProcess:  # noqa: N802 - as above
        """Make a process, and add it to `started`."""
        process = WorkerProcess(*arguments, **named)
        self.started.append(process)
        return process


_main_lock = threading.Lock()
_daemon_lock = threading.Lock()


@contextmanager
def _hidden_main() -> Iterator[None]:
    with _main_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


@contextmanager
def _allowed_children() -> Iterator[None]:
    """Let this process have children although it is a daemon.

    Python forbids daemons to have children, because a killed daemon does not end them and they
    would stay for ever.  Our workers end with their parent, however it ends.
    """
    own: Any = this_process.current_process()
    settings: dict[str, Any] = own._config  # noqa: SLF001
    with _daemon_lock:
        daemon = settings.pop("daemon", None)
        try:
            yield
        finally:
            if daemon is not None:
                settings["daemon"] = daemon


def _forget_server() -> None:
    """Forget the fork server that this forked process inherited from its parent.

    multiprocessing would wait for a child that this process does not have, and fail.
    """
    global _main_lock, _daemon_lock
    _main_lock, _daemon_lock = threading.Lock(), threading.Lock()

    server: Any = forkserver._forkserver  # noqa: SLF001
    if server._lock.acquire(blocking=False):  # noqa: SLF001
        server._lock.release()  # noqa: SLF001
    else:  # another thread held it, and that thread does not exist in this process
        server._lock = threading.Lock()  # noqa: SLF001
    if server._forkserver_pid is None:  # noqa: SLF001
        return
    with suppress(OSError):
        os.close(server._forkserver_alive_fd)  # noqa: SLF001
    server._forkserver_pid = None  # noqa: SLF001
    server._forkserver_alive_fd = None  # noqa: SLF001
    server._forkserver_address = None  # noqa: SLF001


if _METHOD == "forkserver":
    os.register_at_fork(after_in_child=_forget_server)
