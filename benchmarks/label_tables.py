"""What a table of labels costs an audit: processor seconds and memory, by format.

    python -m benchmarks.label_tables                       # 1,000,000 rows, 100 pictures
    python -m benchmarks.label_tables --rows 100000

Each audit runs in a process of its own, with a warm cache, so that nothing but the table is new.
Nearly all rows name no file: the costly case, because each of them is listed for the user.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from PIL import Image

FORMATS = ("none", "csv", "jsonl", "parquet")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.label_tables",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--audit", nargs=2, metavar=("FOLDER", "LABELS"), help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.audit:
        return _audit(*chosen.audit)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "Pictures"
        _make(root, chosen.pictures, chosen.rows)
        seconds: dict[str, float] = {}
        print(f"{chosen.rows:,} rows, {chosen.pictures:,} pictures")
        for name in FORMATS:
            labels = "folders" if name == "none" else str(root.with_name(f"labels.{name}"))
            command = [
                sys.executable,
                "-m",
                "benchmarks.label_tables",
                "--audit",
                str(root),
                labels,
            ]
            runs = [
                json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                for _ in range(3)
            ]
            best = min(runs[1:], key=lambda run: run["seconds"])  # the first one fills the cache
            seconds[name] = best["seconds"]
            extra = best["seconds"] - seconds["none"]
            print(
                f"{name:8} {best['seconds']:6.2f} CPU s (+{extra:.2f}) {best['mebibytes']:6.0f} MiB"
            )
    return 0


def _make(root: Path, pictures: int, rows: int) -> None:
    root.mkdir()
    generator = np.random.default_rng(0)
    for number in range(pictures):
        pixels = generator.integers(0, 255, (48, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / f"p{number:07}.jpg")
    names = [f"p{number:07}.jpg" for number in range(rows)]
    labels = [f"class{number % 100}" for number in range(rows)]
    table = pa.table({"file_name": names, "label": labels})
    pc.write_csv(table, root.with_name("labels.csv"))
    pq.write_table(table, root.with_name("labels.parquet"))
    with root.with_name("labels.jsonl").open("w") as stream:
        for name, label in zip(names, labels, strict=True):
            stream.write(f'{{"file_name": "{name}", "label": "{label}"}}\n')


def _audit(folder: str, labels: str) -> int:
    import catsclean

    begun = time.process_time()
    catsclean.audit(folder, labels=labels, content=False, workers=1)
    seconds = time.process_time() - begun
    print(json.dumps({"seconds": seconds, "mebibytes": _peak()}))
    return 0


def _peak() -> float:
    """Return the most memory of this process, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # the other figure has that of the process that started this one, too
        [line] = [one for one in status.read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # bytes on macOS


if __name__ == "__main__":
    sys.exit(main())
