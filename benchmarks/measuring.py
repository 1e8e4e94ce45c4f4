"""What a command costs with every process that it starts: CPU, wall and memory.  Linux only.

    python -m benchmarks.measuring -- catsclean audit PetImages

:func:`run` puts a warden between itself and the command: a process that adopts orphans
(``PR_SET_CHILD_SUBREAPER``).  Whatever the command leaves behind, such as the fork server's workers
and multiprocessing's resource tracker, becomes the warden's child, is waited for, and its CPU time
counted.  A process's time counts once: in its parent's where the parent waits for it, else here.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

_SAMPLE_S = 0.02
_PR_SET_CHILD_SUBREAPER = 36
_TIMED_OUT = 124

Result = TypeVar("Result")


class CommandFailedError(Exception):
    """A measured command could not be started, ran out of time, or ended as it should not."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command cost.

    Attributes:
        cpu_s: User and system time of all of its processes.
        main_cpu_s: That of the first process alone, without its children's, in clock ticks.
        wall_s: Until the first process ended.
        peak_mb: Highest sum of the proportional set sizes (PSS) of all processes at one time, in
            10^6 bytes, looked at every 20 ms; None where it was not asked for.
        code: Exit code of the first process; negative: the signal that ended it.
        output: What it wrote to standard output.
    """

    cpu_s: float
    main_cpu_s: float
    wall_s: float
    peak_mb: float | None
    code: int
    output: str = ""


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    memory: bool = False,
    limit_s: float = 600.0,
    patience_s: float = 10.0,
    codes: Collection[int] = (0,),
) -> Measured:
    """Run a command to its end and measure it.

    Args:
        command: Program and arguments.
        cwd: Working folder.
        env: Variables beside those of this process.
        memory: Whether to look at its memory; this costs the machine, never the command, CPU time.
        limit_s: Wall-clock seconds after which it is killed, with all that it has started.
        patience_s: Seconds after the end of the first process in which those that it left behind
            may end before they are killed.
        codes: Exit codes that are a success.

    Raises:
        CommandFailedError: See there; the message is the last line that it wrote.
    """
    warden = [sys.executable, "-I", "-S", __file__, "--warden"]
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as errors,
        tempfile.TemporaryFile() as report,
    ):
        os.set_inheritable(report.fileno(), True)
        settings = [str(report.fileno()), str(int(memory)), str(limit_s), str(patience_s)]
        subprocess.run(
            [*warden, *settings, *map(os.fspath, command)],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            pass_fds=[report.fileno()],
            check=False,
        )
        for stream in (out, errors, report):
            stream.seek(0)
        output, complaint = (s.read().decode(errors="replace") for s in (out, errors))
        written = report.read()
    name = Path(os.fspath(command[0])).name
    if not written:
        raise CommandFailedError(f"{name} could not be started: {_last_line(complaint)}")
    measured = Measured(**json.loads(written), output=output)
    if measured.code == _TIMED_OUT and measured.wall_s >= limit_s:
        raise CommandFailedError(f"{name} was not done in {limit_s:g} s")
    if measured.code not in codes:
        said = _last_line(complaint) or _last_line(output)
        raise CommandFailedError(f"{name} ended with code {measured.code}: {said}")
    return measured


def take_turns(
    ways: Mapping[str, Callable[[], Result]], rounds: int, fewer: Mapping[str, int] | None = None
) -> dict[str, list[Result]]:
    """Call every way once a round, so that they share whatever the machine does meanwhile.

    Args:
        ways: Name and call of each.
        rounds: How often.
        fewer: Ways that are called in the first of the rounds only, and in how many.
    """
    results: dict[str, list[Result]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, call in ways.items():
            if number < (fewer or {}).get(name, rounds):
                results[name].append(call())
    return results


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][-200:] if lines else ""


def _guard(
    report: int, command: list[str], *, memory: bool, limit_s: float, patience_s: float
) -> None:
    """Run a command as its warden, and write what it cost to a file descriptor."""
    os.set_inheritable(report, False)
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError("this system does not let a process adopt orphans")
    begun = time.monotonic()
    first = os.posix_spawnp(command[0], command, os.environ)
    timed_out, peak_bytes = _await_first(first, begun + limit_s, memory=memory)
    wall_s = time.monotonic() - begun
    main_cpu_s = own_cpu_s(first)
    cpu_s, code = _reap(first, patience_s)
    measured = Measured(
        cpu_s=cpu_s,
        main_cpu_s=main_cpu_s,
        wall_s=wall_s,
        peak_mb=peak_bytes / 1e6 if memory else None,
        code=_TIMED_OUT if timed_out else code,
    )
    facts = asdict(measured)
    del facts["output"]
    os.write(report, json.dumps(facts).encode())


def _await_first(first: int, stop: float, *, memory: bool) -> tuple[bool, int]:
    """Wait for the first process without reaping it; gives (timed out, peak memory in bytes)."""
    poller = select.poll()
    poller.register(os.pidfd_open(first), select.POLLIN)
    peak = 0
    while True:
        left = stop - time.monotonic()
        if left <= 0:
            _kill_all()
            poller.poll()
            return True, peak
        if poller.poll(1000 * (min(left, _SAMPLE_S) if memory else left)):
            return False, peak
        if memory:
            peak = max(peak, sum(map(pss_bytes, descendants(os.getpid()))))


def _reap(first: int, patience_s: float) -> tuple[float, int]:
    """Wait for every process; gives (CPU seconds of all, exit code of the first)."""
    cpu_s, code = 0.0, 0
    patience = time.monotonic() + patience_s
    while True:
        try:
            process, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu_s, code
        if not process:
            if time.monotonic() > patience:
                _kill_all()
            time.sleep(0.002)
            continue
        cpu_s += usage.ru_utime + usage.ru_stime
        if process == first:
            code = os.waitstatus_to_exitcode(status)


def own_cpu_s(process: int) -> float:
    """CPU time of a process that runs or was not yet waited for, its children's left out."""
    fields = _stat(process)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _stat(process: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on: a name may hold blanks and brackets."""
    return Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()


def descendants(process: int) -> list[int]:
    """Return the processes that a process has started, and those that these have started."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                parent = int(_stat(int(entry.name))[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    pending = [process]
    while pending:
        mine = children.get(pending.pop(), [])
        found += mine
        pending += mine
    return found


def pss_bytes(process: int) -> int:
    """Proportional set size of a process; 0 if it has ended."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0  # it has ended
    return next((int(s.split()[1]) * 1024 for s in text.splitlines() if s.startswith("Pss:")), 0)


def _kill_all() -> None:
    for process in descendants(os.getpid()):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--warden"]:
        report, memory, limit_s, patience_s = arguments[1:5]
        _guard(
            int(report),
            arguments[5:],
            memory=memory == "1",
            limit_s=float(limit_s),
            patience_s=float(patience_s),
        )
        return
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print(__doc__)
        return
    runs = [run(command, memory=True, codes=range(-64, 256)) for _ in range(3)]
    for name in ("cpu_s", "main_cpu_s", "wall_s", "peak_mb"):
        values = [getattr(each, name) for each in runs]
        print(
            f"{name:10} {statistics.median(values):9.3f} ({min(values):.3f} to {max(values):.3f})"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
