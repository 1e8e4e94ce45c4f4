"""Send what a process covered to the process that runs the tests."""

from __future__ import annotations

import functools
import json
import os
import socket
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NoReturn

import coverage

from benchmarks.trust.mutants import REPOSITORY

_MOST_ARCS = 4_000  # in a datagram, which stays below the 208 KiB that Linux takes by default
_CALL = "_call"  # what a worker calls for each task
_SOURCE = str(REPOSITORY / "catsclean" / "*")


def measuring(**more: Any) -> coverage.Coverage:
    """Return what measures the branches of the package; it keeps its data in memory."""
    made = coverage.Coverage(
        data_file=None, branch=True, include=[_SOURCE], config_file=False, messages=False, **more
    )
    made.set_option("run:disable_warnings", ["no-data-collected"])
    return made


def trace_audit_hooks() -> None:
    """Measure the audit hooks that are added from now on, which Python does not trace itself."""
    add = sys.addaudithook

    def add_traced(hook: Callable[[str, tuple[Any, ...]], Any]) -> None:
        hook.__cantrace__ = True  # type: ignore[attr-defined]
        add(hook)

    sys.addaudithook = add_traced


class Reporter:
    """Measures this process and the workers that it forks.

    Args:
        address: Path of the socket of datagrams that the reports go to.
        measured: What measures them, if something does already.
    """

    def __init__(self, address: str, measured: coverage.Coverage | None = None) -> None:
        self._coverage = measured or measuring()
        # restrictions of a worker come later than this
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.connect(address)
        self._sent: set[tuple[str, int, int]] = set()

    def start(self) -> None:
        """Begin to measure."""
        trace_audit_hooks()
        self._coverage.start()

    def send(self) -> None:
        """Send everything that was not sent yet."""
        data = self._coverage.get_data()
        new = [
            (file, *arc)
            for file in data.measured_files()
            for arc in data.arcs(file) or ()
            if (file, *arc) not in self._sent
        ]
        self._sent.update(new)
        try:
            for start in range(0, len(new), _MOST_ARCS):
                self._socket.send(json.dumps(_by_file(new[start : start + _MOST_ARCS])).encode())
        except OSError:
            return  # nobody listens any more: the test that started this process has ended

    def report_from_forks(self) -> None:
        """Send from a forked process that leaves by ``os._exit``, past all handlers."""
        leave, parent = os._exit, os.getpid()

        def report_and_leave(status: int) -> NoReturn:
            if os.getpid() != parent:
                self.send()
            leave(status)

        os._exit = report_and_leave

    def report_after_each_task(self, module: str) -> None:
        """Send from a worker after each task: workers are killed and never exit."""
        sys.meta_path.insert(0, _Hook(module, self.send))


def _by_file(arcs: list[tuple[str, int, int]]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for file, first, last in arcs:
        found.setdefault(file, []).append((first, last))
    return found


class _Hook(MetaPathFinder):
    """Wraps the function that calls a task as soon as its module is imported."""

    def __init__(self, module: str, send: Callable[[], None]) -> None:
        self._module, self._send = module, send

    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            call = getattr(module, _CALL)

            @functools.wraps(call)
            def wrapped(*arguments: Any) -> Any:
                try:
                    return call(*arguments)
                finally:
                    self._send()

            setattr(module, _CALL, wrapped)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
