"""The machine that measures: what it is, which versions it runs, and what else keeps it busy."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

LIBRARIES = (
    "numpy",
    "pandas",
    "pyarrow",
    "pillow",
    "simplejpeg",
    "scipy",
    "imagehash",
    "puremagic",
    "typer",
    "rich",
)


def describe() -> dict[str, str]:
    """Name processor, cores, memory, system, Python, and the libraries' versions."""
    import catsclean

    facts = {
        "processor": _field("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": f"{len(os.sched_getaffinity(0))} of {os.cpu_count()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()}, {platform.libc_ver()[0]}"
        f" {platform.libc_ver()[1]}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "catsclean": f"{catsclean.__version__}{_revision()}",
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
    }
    for name in LIBRARIES:
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return facts


class OtherWork:
    """How many processors were busy with other work than this process and its children."""

    def __init__(self) -> None:
        self._begun = (time.monotonic(), _busy_s(), _own_s())

    def cores(self) -> float:
        """Mean number of processors since this was made."""
        wall, busy, own = self._begun
        passed = time.monotonic() - wall
        return max(0.0, (_busy_s() - busy - (_own_s() - own)) / passed) if passed else 0.0


def _busy_s() -> float:
    # user nice system idle iowait irq softirq steal: stolen time is somebody's work, too
    ticks = [int(n) for n in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _revision() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f" ({done.stdout.strip()})"


if __name__ == "__main__":
    for key, value in describe().items():
        print(f"{key:12} {value}", file=sys.stdout)
