"""What it costs to audit again what has not changed.

python benchmarks/warm.py [--count 25000] [--runs 3]

Makes small JPEGs, audits them once, and then times whole processes: `catsclean audit` of the
unchanged folder, with another threshold, and with one file in a hundred changed.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import simplejpeg

AUDIT = [sys.executable, "-m", "catsclean", "audit", "set", "--exit-zero", "--no-progress", "-q"]


def make(root: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(count):
        folder = root / ("Cat" if number % 2 else "Dog")
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / f"{number}.jpg", rng)


def write(path: Path, rng: np.random.Generator) -> None:
    coarse = rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)
    path.write_bytes(simplejpeg.encode_jpeg(np.kron(coarse, np.ones((8, 8, 1), np.uint8)), 80))
    then = time.time() - 3600
    os.utime(path, (then, then))


def seconds(scratch: Path, *options: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*AUDIT, *options], cwd=scratch, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=25_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        make(scratch / "set", options.count)
        seconds(scratch)
        (scratch / "catsclean.toml").write_text("[validators.odd-size]\nmax_ratio = 4.0\n")
        other = [seconds(scratch) for _ in range(options.runs)]
        (scratch / "catsclean.toml").unlink()
        same = [seconds(scratch) for _ in range(options.runs)]
        rng = np.random.default_rng(1)
        changed = []
        for _ in range(options.runs):
            for path in sorted((scratch / "set").rglob("*.jpg"))[::100]:
                write(path, rng)
            changed.append(seconds(scratch))
    print(f"{options.count:,} files, CPU seconds of the whole process, without its workers'")
    for text, values in (("unchanged", same), ("other threshold", other), ("1 % changed", changed)):
        print(
            f"{text:16} {statistics.median(values):6.2f} ({min(values):.2f} to {max(values):.2f})"
        )


if __name__ == "__main__":
    main()
