"""CPU time of finding the duplicates of a data set: all of it, unchanged, and with a few added.

    python benchmarks/duplicate_audit.py [--count 25000] [--added 100] [--runs 5]

The step of an audit between reading and judging, on made-up evidence: random hashes with half of
their bits set, as imagehash.phash has, and one picture in a hundred near another one.  Pictures
are drawn where the step asks for them, so that no time goes to files.  CPU seconds of this
process, medians; the imports are paid before.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from catsclean.core.evidence import READING, Dataset, Evidence
from catsclean.core.state import StateFolder
from catsclean.duplicates import compare_in_workers, relate, relate_cached
from catsclean.duplicates.compare import here
from catsclean.images.hashing import to_hex
from catsclean.scan.scan_options import ScanOptions

NEAR = {64: 8, 256: 40}


def make_hashes(count: int, bits: int, rng: np.random.Generator) -> np.ndarray:
    """(count, bits / 64) uint64, half of the bits set; every hundredth near the one before."""
    order = np.argsort(rng.random((count, bits)), axis=1) < bits // 2
    for row in range(100, count, 100):
        order[row] = order[row - 1]
        order[row, rng.choice(bits, NEAR[bits], replace=False)] ^= True
    return np.packbits(order, axis=1).view(">u8").astype(np.uint64).reshape(count, -1)


def make_samples(count: int, rng: np.random.Generator) -> pd.DataFrame:
    columns = {name: [value] * count for name, value in READING.items()}
    columns |= {"path": [f"Cat/{n:07d}.jpg" for n in range(count)], "outcome": ["decoded"] * count}
    columns |= {"sha256": [hashlib.sha256(rng.bytes(8)).hexdigest() for _ in range(count)]}
    columns |= {"label": ["Cat"] * count, "split": [""] * count, "size_bytes": [9000] * count}
    columns |= {"width_px": [96] * count, "height_px": [96] * count, "group": [""] * count}
    for name in ("phash", "mirror"):
        columns[f"{name}64"] = make_hashes(count, 64, rng)[:, 0].view(np.int64)
        columns[f"{name}256"] = to_hex(make_hashes(count, 256, rng))
    return pd.DataFrame(columns)


def draw(_root: Path):
    def load(path: str, _side: int | None) -> Image.Image:
        rng = np.random.default_rng(int(path[4:11]))
        return Image.fromarray(
            np.kron(rng.integers(0, 255, (12, 12, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
        )

    return load


def seconds(samples: pd.DataFrame, state: StateFolder, *, cache: bool = True) -> float:
    pairs = pd.DataFrame({name: [] for name in relate.PAIR_COLUMNS})
    evidence = Evidence(samples.reset_index(drop=True), Dataset(state.root, "classes"), pairs)
    begun = time.process_time()
    relate_cached.relate_duplicates(evidence, state, ScanOptions(cache=cache))
    return time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=25_000)
    parser.add_argument("--added", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    compare_in_workers.looker = lambda *_, **__: here(draw)
    rows = make_samples(chosen.count + chosen.runs * chosen.added, np.random.default_rng(0))
    results: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "set").mkdir()
        state = StateFolder.of(Path(name) / "set")
        state.create()
        first = seconds(rows[: chosen.count], state)
        for run in range(chosen.runs):
            stop = chosen.count + run * chosen.added
            results.setdefault("unchanged", []).append(seconds(rows[:stop], state))
            grown = rows[: stop + chosen.added]
            results.setdefault(f"{chosen.added} added", []).append(seconds(grown, state))
        for _ in range(chosen.runs):
            (state.cache / "pairs.arrow").unlink(missing_ok=True)
            (state.cache / "neighbours.bin").unlink(missing_ok=True)
            results.setdefault("all sought anew", []).append(seconds(rows[: chosen.count], state))
    print(f"{chosen.count:,} pictures, CPU seconds; looking at all candidates: {first:.2f}")
    for text, values in results.items():
        print(
            f"{text:16} {statistics.median(values):7.3f} ({min(values):.3f} to {max(values):.3f})"
        )


if __name__ == "__main__":
    main()
