"""How many faults and power cuts were tried, and how many of them lost or spoilt something."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.trust.mutants import REPOSITORY


def measure(sample: int, seed: int, scenarios: tuple[str, ...] = ()) -> dict[str, Any]:
    """Try so many faults and power cuts of each scenario (``tests/injection``).

    Raises:
        RuntimeError: They could not be tried here.
    """
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="trust-") as folder:
        record = Path(folder, "record.json")
        command = [sys.executable, "-m", "tests.injection", "--sample", str(sample)]
        command += ["--seed", str(seed), "--record", str(record), *scenarios]
        done = subprocess.run(command, cwd=REPOSITORY, check=False)
        if not record.exists():
            raise RuntimeError(f"the faults could not be tried: exit code {done.returncode}")
        found = json.loads(record.read_text(encoding="utf-8"))
    return {
        "scenarios": found,
        "sample": sample,
        "seed": seed,
        "tried": sum(one["points"] + one["power_cuts"] for one in found.values()),
        "bad": sorted(name for one in found.values() for name in one["bad"]),
        "seconds": round(time.perf_counter() - started),
    }
