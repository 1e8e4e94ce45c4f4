"""What it costs to audit again what has not changed, and what starting costs.

python -m benchmarks.warm [--count 25000] [--runs 3] [--memory]

Makes small JPEGs, audits them once, and then measures whole programs, from the start of the
process to its end and that of every worker: `catsclean audit` of the unchanged folder, with another
threshold, with one file in a hundred changed, of a folder with one picture, and `--help`.  With
--memory, the peak memory of the first audit instead.  Linux.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import simplejpeg

from benchmarks import measuring

CATSCLEAN = [sys.executable, "-m", "catsclean"]
# whoever installs catsclean has it compiled; an empty value is no value
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
AUDIT = [*CATSCLEAN, "audit", "set", "--exit-zero", "--no-progress", "-q", "--no-content"]


def make(root: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(count):
        folder = root / ("Cat" if number % 2 else "Dog")
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / f"{number}.jpg", rng)


def write(path: Path, rng: np.random.Generator) -> None:
    coarse = rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)
    put(path, simplejpeg.encode_jpeg(np.kron(coarse, np.ones((8, 8, 1), np.uint8)), 80))


def put(path: Path, data: bytes) -> None:
    """Write a file that seems an hour old: a cache trusts no file that has just changed."""
    path.write_bytes(data)
    then = time.time() - 3600
    os.utime(path, (then, then))


def seconds(scratch: Path, *options: str) -> float:
    return measuring.run([*AUDIT, *options], cwd=scratch, env=COMPILED).cpu_s


def other_threshold(run: int) -> str:
    """Settings that find one picture in a hundred, in every run others: nothing is as it was."""
    return f"[validators.blurry]\nmax_softness_percent = {0.592 + run / 10_000}\n"


def change(root: Path, rng: np.random.Generator) -> None:
    """Give one file in a hundred other bytes."""
    for path in sorted(root.rglob("*.jpg"))[::100]:
        write(path, rng)


def measure(scratch: Path, count: int, runs: int) -> dict[str, list[float]]:
    make(scratch / "set", count)
    taken: dict[str, list[float]] = {"first": [seconds(scratch)]}
    taken["unchanged"] = [seconds(scratch) for _ in range(runs)]
    taken["other threshold"] = []
    for run in range(runs):
        (scratch / "catsclean.toml").write_text(other_threshold(run))
        taken["other threshold"].append(seconds(scratch))
    (scratch / "catsclean.toml").unlink()
    seconds(scratch)
    rng = np.random.default_rng(1)
    taken["1 % changed"] = []
    for _ in range(runs):
        change(scratch / "set", rng)
        taken["1 % changed"].append(seconds(scratch))
    one = scratch / "alone"
    make(one / "set", 1)
    taken["one picture"] = []
    for _ in range(runs):
        shutil.rmtree(one / "set.catsclean", ignore_errors=True)
        taken["one picture"].append(seconds(one))
    for option in ("--help", "--version"):
        command = [*CATSCLEAN, option]
        taken[option] = [measuring.run(command, env=COMPILED).cpu_s for _ in range(runs)]
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=25_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        if options.memory:
            make(scratch / "set", options.count)
            peak = measuring.run(
                [*AUDIT, "-j", "2"], cwd=scratch, env=COMPILED, memory=True
            ).peak_mb
            print(f"{options.count:,} files, first audit with two workers: {peak:.0f} MB together")
            return
        figures = measure(scratch, options.count, options.runs)
    print(f"{options.count:,} files, CPU seconds of all processes, median (least to most)")
    for text, values in figures.items():
        print(f"{text:16}{statistics.median(values):6.2f} ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
