"""Time splits of 25,000 files beside what they are made of: cp -al, cp -a and a bare loop of links.

    python benchmarks/splitting.py [files] [bytes]

CPU seconds (user + system, children included) and wall seconds; each in its own process, in turns,
medians of three.
"""

import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 3


def make(root, count, size):
    """Make the files and the manifest that an audit would have made of them."""
    import pandas as pd

    from catsclean.core.manifest import COLUMNS, Manifest

    rows = []
    block = os.urandom(size)
    for number in range(count):
        path = f"{'Cat' if number % 2 else 'Dog'}/{number}.jpg"
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        data = number.to_bytes(8, "big") + block[8:]
        target.write_bytes(data)
        rows.append(
            {
                "path": path,
                "label": path[:3],
                "sha256": hashlib.sha256(data).hexdigest(),
                "size_bytes": size,
                "mtime_ns": target.stat().st_mtime_ns,
                "status": "keep",
                "format": "JPEG",
            }
        )
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    Manifest(table, root).save(root.with_name("manifest.parquet"))


def split_with(mode):
    def run(root, out):
        from catsclean.core.manifest import Manifest
        from catsclean.splitting import split

        manifest = Manifest.load(root.with_name("manifest.parquet"))
        split(manifest, {"val": 0.1}).write(out, mode)

    return run


def bare(root, out):
    """Link every file in a loop and fsync the folders: the floor of a split by hard links."""
    for folder in sorted(root.iterdir()):
        (out / folder.name).mkdir(parents=True)
        for entry in os.scandir(folder):
            os.link(entry.path, out / folder.name / entry.name)
        descriptor = os.open(out / folder.name, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def cp(flags):
    return lambda root, out: subprocess.run(["cp", flags, root, out], check=True)


WAYS = {
    "split --link hardlink": split_with("hardlink"),
    "cp -al": cp("-al"),
    "bare link loop + fsync": bare,
    "split --link copy": split_with("copy"),
    "cp -a": cp("-a"),
    "split --link symlink": split_with("symlink"),
}


def measure(name, root, out):
    child = os.fork()
    if child == 0:
        before = time.perf_counter()
        WAYS[name](root, out)
        wall = time.perf_counter() - before
        used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(u.ru_utime + u.ru_stime for u in used)
        out.with_suffix(".json").write_text(json.dumps([cpu, wall]))
        os._exit(0)
    os.waitpid(child, 0)
    result = json.loads(out.with_suffix(".json").read_text())
    shutil.rmtree(out)
    return result


def measure_all(count, size, repeats=REPEATS):
    """Measure all ways in turns; gives [CPU s, wall s] of every run by way."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "Pets"
        maker = os.fork()  # so that no measured process inherits pandas already loaded
        if maker == 0:
            make(root, count, size)
            os._exit(0)
        os.waitpid(maker, 0)
        found = {name: [] for name in WAYS}
        for _ in range(repeats):
            for name in WAYS:
                found[name].append(measure(name, root, Path(folder) / "out"))
    return found


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 25_000
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 23_000
    found = measure_all(count, size)
    print(f"| {count:,} files of {size:,} bytes | CPU s | wall s |\n|---|---|---|")
    medians = {
        n: [statistics.median(column) for column in zip(*f, strict=True)] for n, f in found.items()
    }
    for name, (cpu, wall) in medians.items():
        print(f"| {name} | {cpu:.2f} | {wall:.2f} |")
    for name, floor in (
        ("split --link hardlink", "cp -al"),
        ("split --link hardlink", "bare link loop + fsync"),
        ("split --link copy", "cp -a"),
    ):
        cpu, wall = (a / b for a, b in zip(medians[name], medians[floor], strict=True))
        print(f"\n{name} / {floor}: {cpu:.2f} CPU, {wall:.2f} wall")


if __name__ == "__main__":
    main()
