"""Run tests with coverage, and say which test reaches which line; a plugin of pytest."""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks.trust.coverage_reports import Reporter, measuring, trace_audit_hooks
from benchmarks.trust.hook_path import put_on_path
from benchmarks.trust.mutation import COLLECTING

REPOSITORY = Path(__file__).resolve().parents[2]
_DATAGRAM_BYTES = 2**21
Arcs = dict[str, set[tuple[int, int]]]


class TestMap:
    """Measures each test; other processes send what they covered.

    Attributes:
        arcs: For each test, the arcs of each file of the package.
        seconds: For each test, how long it took.
        cpu: For each test, the processor time of this process.
        failed: Tests that failed.
    """

    __test__ = False

    def __init__(self) -> None:
        self.arcs: dict[str, Arcs] = defaultdict(lambda: defaultdict(set))
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self.failed: list[str] = []
        self._coverage = measuring()
        self._now = COLLECTING
        self._fixtures: dict[str, set[str]] = {}
        address = str(Path(tempfile.mkdtemp(prefix="trust-"), "reports"))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        os.environ["TRUST_COVERAGE"] = address
        put_on_path()
        threading.Thread(target=self._listen, daemon=True).start()
        Reporter(address, self._coverage).report_from_forks()
        trace_audit_hooks()
        self._coverage.start()

    def _listen(self) -> None:
        while True:
            self._note(json.loads(self._socket.recv(_DATAGRAM_BYTES)))

    def _note(self, found: dict[str, list[list[int]]]) -> None:
        into = self.arcs[self._now]
        for file, arcs in found.items():
            into[file].update((first, last) for first, last in arcs)

    def _take_own(self) -> None:
        data = self._coverage.get_data()
        for file in data.measured_files():
            self.arcs[self._now][file].update(data.arcs(file) or ())
        data.erase()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Any:  # noqa: ARG002
        self._take_own()
        self._now = item.nodeid
        started, before = time.perf_counter(), time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.perf_counter() - started
            self.cpu[item.nodeid] = time.process_time() - before
            self._take_own()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:  # noqa: ARG002
        """Keep what a fixture of several tests covers apart: it is all of theirs."""
        if fixturedef.scope == "function":
            return (yield)
        self._take_own()
        before, self._now = self._now, f"fixture {fixturedef.argname}"
        try:
            return (yield)
        finally:
            self._take_own()
            self._now = before

    def pytest_collection_finish(self, session: Any) -> None:
        self._fixtures = {item.nodeid: set(item.fixturenames) for item in session.items}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def as_json(self) -> dict[str, Any]:
        """Return arcs, seconds and failures as JSON can hold them, with paths from the root."""
        self._coverage.stop()
        self._take_own()
        for test, names in self._fixtures.items():
            for name in names:
                for file, arcs in self.arcs.get(f"fixture {name}", {}).items():
                    self.arcs[test][file] |= arcs
        root = str(REPOSITORY) + "/"
        return {
            "arcs": {
                test: {file.removeprefix(root): sorted(arcs) for file, arcs in files.items()}
                for test, files in list(self.arcs.items())
            },
            "seconds": self.seconds,
            "cpu": self.cpu,
            "failed": self.failed,
        }
