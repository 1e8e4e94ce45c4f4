"""What an audit costs, beside the strict grey 1/8 decode of the same bytes.

python benchmarks/scan.py [FOLDER] [--runs 5] [--workers 1]

Both are measured in CPU time of all processes, one after the other in every round, so that the
ratio holds where the machine's speed drifts.  Start-up (an audit of one picture) is taken off.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

AUDIT = """
import json, resource, sys, time
from multiprocessing import forkserver
import catsclean
begun = time.monotonic()
audit = catsclean.audit(sys.argv[1], workers=int(sys.argv[2]), cache=sys.argv[3] == "warm",
                        state_dir=sys.argv[4])
wall = time.monotonic() - begun
forkserver._forkserver._stop()   # its workers' time counts once it has ended
own, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps({"cpu": sum(r.ru_utime + r.ru_stime for r in (own, others)), "wall": wall,
                  "pictures": audit.summary["pictures"], "main_cpu": own.ru_utime + own.ru_stime,
                  "peak_mb": max(own.ru_maxrss, others.ru_maxrss) / 1024}))
"""
FLOOR = """
import json, os, sys, time
import simplejpeg
paths = [os.path.join(f, n) for f, _, names in os.walk(sys.argv[1]) for n in sorted(names)]
jpegs = [d for d in (open(p, "rb").read() for p in paths) if d[:3] == b"\\xff\\xd8\\xff"]
begun = time.process_time()
for data in jpegs:
    try:
        simplejpeg.decode_jpeg(data, "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError:
        pass
print(json.dumps({"cpu": time.process_time() - begun, "pictures": len(jpegs)}))
"""


def run(code: str, *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or practice(Path(scratch))
        one = Path(scratch) / "one" / "Cat"
        one.mkdir(parents=True)
        sample = max(folder.rglob("*.jpg"), key=lambda p: p.stat().st_size)
        shutil.copy(sample, one / "0.jpg")
        state = str(Path(scratch) / "state")
        rounds = []
        for _ in range(options.runs):
            floor = run(FLOOR, str(folder))
            start = run(AUDIT, str(one.parent), "1", "cold", state)
            cold = run(AUDIT, str(folder), str(options.workers), "cold", state)
            rounds.append((floor, start, cold))
    floor_ms = [1000 * f["cpu"] / f["pictures"] for f, _, _ in rounds]
    start_s = [s["cpu"] for _, s, _ in rounds]
    audit_ms = [1000 * (c["cpu"] - s["cpu"]) / c["pictures"] for _, s, c in rounds]
    ratio = [a / f for a, f in zip(audit_ms, floor_ms, strict=True)]
    print(f"pictures                 {rounds[0][2]['pictures']:>9,}")
    for name, values, unit in (
        ("decode, strict grey 1/8", floor_ms, "ms CPU a picture"),
        ("audit, start-up off", audit_ms, "ms CPU a picture"),
        ("start-up", start_s, "s CPU"),
        ("audit / decode", ratio, ""),
    ):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:24} {middle:9.3f} ({low:.3f} to {high:.3f}) {unit}")


def practice(scratch: Path) -> Path:
    from catsclean import make_practice

    folder = scratch / "practice"
    make_practice(folder, count=1000, defects=False)
    return folder


if __name__ == "__main__":
    main()
