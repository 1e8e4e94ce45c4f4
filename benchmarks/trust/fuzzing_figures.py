"""How many inputs the fuzzers have tried, and what the differential test found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.trust.mutants import REPOSITORY

_RUNS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_DIFFERENCES = {
    "clean_but_refused": re.compile(r"clean, but TensorFlow refuses: (\d+)"),
    "moved_but_decoded": re.compile(r"moved by clean, but TensorFlow decodes: (\d+)"),
    "ended_the_worker": re.compile(r"ended the worker: (\d+)"),
}


def measure(
    before: dict[str, Any], seconds: int, seed: int, mutants: int, python: str
) -> dict[str, Any]:
    """Fuzz each target for so long, and add its inputs to those of earlier runs.

    Args:
        before: The figures so far.
        seconds: For each target.
        seed: Of the fuzzer, and the number of the first of the differential mutants.
        mutants: Of the differential test with TensorFlow; 0: none.
        python: An interpreter with atheris.
    """
    targets = {name: dict(one) for name, one in before.get("targets", {}).items()}
    for name in targets_of_the_tests() if seconds else ():
        runs, broken = _fuzz(name, seconds, seed, python)
        one = targets.setdefault(name, {"inputs": 0, "broken": []})
        one["inputs"] += runs
        one["broken"] += broken
    found = {**{key: before[key] for key in ("earlier", "differential") if key in before}}
    found["targets"] = targets
    if mutants:
        found["differential"] = _differ(mutants, seed * mutants)
    return found


def targets_of_the_tests() -> tuple[str, ...]:
    """Return the names of all targets."""
    sys.path.insert(0, str(REPOSITORY / "tests"))
    from fuzzing.seeds import TARGETS

    return TARGETS


def _fuzz(name: str, seconds: int, seed: int, python: str) -> tuple[int, list[str]]:
    """Run one target; return how many inputs it tried, and the last lines if it found something."""
    with tempfile.TemporaryDirectory(prefix="trust-") as folder:
        options = [f"-max_total_time={seconds}", f"-seed={seed}", "-print_final_stats=1"]
        done = subprocess.run(
            [python, str(REPOSITORY / "tests/fuzzing/fuzz.py"), name, *options],
            cwd=folder, env={**os.environ, "TMPDIR": folder, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True, text=True, errors="backslashreplace", check=False,
        )  # fmt: skip
        runs = _RUNS.search(done.stderr)
        broken = [] if done.returncode == 0 else [done.stderr[-2000:]]
        return (int(runs[1]) if runs else 0), broken


def _differ(mutants: int, first: int) -> dict[str, int]:
    command = [sys.executable, "-m", "images.differential", "--workers", "1"]
    command += ["--mutants", str(mutants), "--first", str(first)]
    paths = f"{REPOSITORY}:{REPOSITORY / 'tests'}"
    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": paths},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    counts = {name: int(found[1]) for name, pattern in _DIFFERENCES.items()
              if (found := pattern.search(done.stdout))}  # fmt: skip
    if len(counts) < len(_DIFFERENCES):
        raise RuntimeError(f"the differential test could not be run: {done.stderr[-2000:]}")
    return {"mutants": mutants, "first": first, **counts}


def default_python() -> str:
    """Return the interpreter to fuzz with: this one."""
    return str(Path(sys.executable))
