"""The corpus: one data set of hostile files, made by code, and the golden table of verdicts.

The golden file ``verdicts.csv`` is written by ``python tests/hostile/regenerate.py``.
"""

from __future__ import annotations

import csv
import hashlib
import os
from pathlib import Path

from hostile import bombs, disguises, floods, metadata, oddities, places

GOLDEN = Path(__file__).with_name("verdicts.csv")
COLUMNS = ("kind", "outcome", "format", "validators")
# processor time that no kind needs, on any machine: what ends a kind is counted in its file
TIMEOUT_S = 1_000.0
_FAMILIES = (bombs, disguises, floods, metadata, oddities)

Verdicts = dict[str, tuple[str, str, str]]


def make(root: Path) -> None:
    """Make the whole corpus in a new folder `root`, with what its links point to beside it."""
    root.mkdir(parents=True)
    for family in _FAMILIES:
        make_family(root, family.__name__.rpartition(".")[2])
    places.make(root, root.with_name("outside"))


def make_family(root: Path, name: str, most_bytes: int | None = None) -> None:
    """Write the kinds of one module into a folder of its name, none longer than `most_bytes`."""
    (module,) = (family for family in _FAMILIES if family.__name__.rpartition(".")[2] == name)
    (root / name).mkdir(parents=True)
    for kind, content in module.kinds():
        path = root / name / kind
        assert not path.exists(), f"two kinds are called {kind}"
        if callable(content):
            if most_bytes is None:
                content(path)
        elif most_bytes is None or len(content) <= most_bytes:
            path.write_bytes(content)


def fingerprint(root: Path) -> dict[str, tuple[int, ...] | str]:
    """Give everything that an audit must leave alone: names, kinds, times, links and bytes."""
    found: dict[str, tuple[int, ...] | str] = {}
    for folder, folders, files in os.walk(root):
        for path in (Path(folder, name) for name in [*folders, *files]):
            try:
                status = path.lstat()
            except OSError:  # deeper than a path can say
                continue
            found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns,
                                status.st_ctime_ns, status.st_ino, status.st_nlink)  # fmt: skip
            if path.is_file() and not path.is_symlink() and status.st_size < 2**26:
                found[f"{path} bytes"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def load_golden() -> Verdicts:
    """Read the golden table."""
    with GOLDEN.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["kind"]: (row["outcome"], row["format"], row["validators"]) for row in rows}


def save_golden(verdicts: Verdicts) -> None:
    """Write the golden table, sorted by kind."""
    with GOLDEN.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((kind, *verdicts[kind]) for kind in sorted(verdicts))
