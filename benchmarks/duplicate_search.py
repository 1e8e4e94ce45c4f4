"""CPU time of exact Hamming search, beside faiss and imagededup where they are installed.

    python benchmarks/duplicate_search.py --sizes 25000 250000 1000000 --radii 10 \
        --others faiss imagededup --plot docs/duplicate-search.svg

Random 64-bit hashes with 32 bits set, as imagehash.phash has, of which one in a hundred has a
planted neighbour: everybody searches the same ones on one thread.  "catsclean, all poses" is what
an audit seeks: plain, mirrored and turned neighbours, confirmed by 256-bit hashes.  CPU seconds of
the process; peak memory is that of this process so far.  imagededup is given --limit seconds in a
process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402 - after the threads are set

sys.path.insert(0, str(Path(__file__).parents[1]))
from catsclean.duplicates.hamming import pairs_within  # noqa: E402
from catsclean.duplicates.neighbours import find_neighbours  # noqa: E402
from catsclean.duplicates.verification import radii  # noqa: E402
from catsclean.images.hashing import Hashes  # noqa: E402


def balanced(count: int, bits: int, rng: np.random.Generator) -> np.ndarray:
    """(count, bits / 64) words with half of the bits set."""
    out = np.empty((count, bits // 64), np.uint64)
    for start in range(0, count, 20_000):
        size = min(20_000, count - start)
        order = np.argsort(rng.random((size, bits)), axis=1) < bits // 2
        out[start : start + size] = np.packbits(order, axis=1).view(np.uint64)
    return out


def make_hashes(count: int, seed: int = 0) -> np.ndarray:
    """Balanced random hashes; every hundredth is up to 8 bits from another one."""
    rng = np.random.default_rng(seed)
    out = balanced(count, 64, rng)[:, 0]
    for row in range(0, count, 100):
        bits = rng.choice(64, rng.integers(1, 9), replace=False).astype(np.uint64)
        out[row] = out[rng.integers(count)] ^ np.bitwise_or.reduce(np.uint64(1) << bits)
    return out


def ours(hashes: np.ndarray, radius: int) -> int:
    return len(pairs_within(hashes, radius).first)


def in_all_poses(hashes: np.ndarray, radius: int) -> float:
    """CPU seconds: the further hashes are made before the clock is read."""
    rng = np.random.default_rng(1)
    count = len(hashes)
    mirror, fine, mirror_fine = (balanced(count, bits, rng) for bits in (64, 256, 256))
    limits = radii(count)._replace(coarse=radius)
    begun = time.process_time()
    find_neighbours(Hashes(hashes, mirror[:, 0], fine, mirror_fine), limits)
    return time.process_time() - begun


def asked(count: int) -> int:
    """faiss is asked no more than this many queries, and its time scaled: each costs the same."""
    return count if count <= 300_000 else 50_000


def faiss_flat(hashes: np.ndarray, radius: int) -> int:
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryFlat(64)
    codes = np.ascontiguousarray(hashes).view(np.uint8).reshape(-1, 8)
    index.add(codes)
    found = 0
    for start in range(0, asked(len(codes)), 50_000):
        limits, _, _ = index.range_search(codes[start : start + 50_000], radius + 1)
        found += int(limits[-1])
    return (found - len(codes)) // 2


def imagededup(method: str):
    """Its search classes themselves: the wrapper around them wants torch."""

    def search(hashes: np.ndarray, radius: int) -> int:
        from imagededup.handlers.search.bktree import BKTree
        from imagededup.handlers.search.brute_force import BruteForce

        def distance(a: str, b: str) -> int:
            return (int(a, 16) ^ int(b, 16)).bit_count()

        texts = {str(at): f"{int(value):016x}" for at, value in enumerate(hashes)}
        kind = BKTree if method == "bktree" else BruteForce
        index = kind(texts, distance)
        return sum(len(index.search(text, radius)) - 1 for text in texts.values()) // 2

    return search


def _child(name: str, count: int, radius: int, pipe) -> None:
    forms = {
        "faiss": faiss_flat,
        "imagededup brute force": imagededup("brute_force"),
        "imagededup BK-tree": imagededup("bktree"),
        "catsclean": ours,
    }
    hashes = make_hashes(count)
    if name == "catsclean, all poses":
        pipe.send((in_all_poses(hashes, radius), None, peak_mb()))
        return
    begun = time.process_time()
    found = forms[name](hashes, radius)
    spent = time.process_time() - begun
    if name == "faiss" and asked(count) < count:
        spent, found = spent * count / asked(count), None
    pipe.send((spent, found, peak_mb()))


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run(name: str, count: int, radius: int, limit: float) -> dict:
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(
        target=_child, args=(name, count, radius, there)
    )
    child.start()
    there.close()
    row = {"name": name, "count": count, "radius": radius, "cpu_s": None, "pairs": None, "mb": None}
    try:
        if here.poll(limit):
            row["cpu_s"], row["pairs"], row["mb"] = here.recv()
    except EOFError:
        row["error"] = "died"
    child.kill()
    child.join()
    return row


def plot(rows: list[dict], target: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4))
    for name in dict.fromkeys((row["name"], row["radius"]) for row in rows):
        done = [r for r in rows if (r["name"], r["radius"]) == name and r["cpu_s"]]
        if done:
            label = f"{name[0]}, r = {name[1]}"
            axes.loglog([r["count"] for r in done], [r["cpu_s"] for r in done], "o-", label=label)
    axes.set_xlabel("pictures")
    axes.set_ylabel("CPU seconds, one thread")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[25_000, 250_000, 1_000_000])
    parser.add_argument("--radii", nargs="+", type=int, default=[10])
    parser.add_argument("--others", nargs="*", default=[], help="poses, faiss, imagededup")
    parser.add_argument("--limit", type=float, default=600, help="seconds of wall time for each")
    parser.add_argument("--rows", type=Path, help="JSON file: results are added to it")
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    rows = json.loads(chosen.rows.read_text()) if chosen.rows and chosen.rows.exists() else []
    names = ["catsclean"]
    for other in chosen.others:
        names += {
            "poses": ["catsclean, all poses"],
            "imagededup": ["imagededup brute force", "imagededup BK-tree"],
        }.get(other, [other])
    for size in chosen.sizes:
        for radius in chosen.radii:
            for each in names:
                rows.append(run(each, size, radius, chosen.limit))
                print(rows[-1], flush=True)
    if chosen.rows:
        chosen.rows.write_text(json.dumps(rows))
    if chosen.plot:
        plot(rows, chosen.plot)
