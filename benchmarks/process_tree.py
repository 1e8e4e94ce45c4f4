"""CPU time and memory of a program with all processes that it starts, those it leaves behind too.

A worker of an audit is a child of multiprocessing's server, and the server outlives the audit for
a moment: neither is among the children that the audit itself waits for.  On Linux this process
makes itself the one that inherits such orphans, and waits for each of them.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PR_SET_CHILD_SUBREAPER = 36
_SAMPLE_SECONDS = 0.05


def cpu_seconds(command: Sequence[str], **options) -> float:
    """Run a program to its end and that of its orphans; gives the CPU seconds of all of them."""
    _inherit_orphans()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, **options)
    _wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_bytes(command: Sequence[str], **options) -> tuple[int, int]:
    """Run a program; gives its peak memory: of all processes together, and of its own process.

    Together is the largest sum of proportional set sizes (pages that processes share are counted
    once) that was seen, every 50 ms; its own is the system's record of its resident set.
    """
    _inherit_orphans()
    peak = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(_SAMPLE_SECONDS):
            peak = max(peak, sum(map(_pss_bytes, _descendants(os.getpid()))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        ended.set()
        watcher.join()
    _wait_for_orphans()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak, usage.ru_maxrss * 1024


def _inherit_orphans() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot become the heir of orphaned processes")


def _wait_for_orphans() -> None:
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    pending = [pid]
    while pending:
        for path in Path(f"/proc/{pending.pop()}/task").glob("*/children"):
            try:
                children = [int(text) for text in path.read_text().split()]
            except OSError:  # ended meanwhile
                continue
            found += children
            pending += children
    return found


def _pss_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
