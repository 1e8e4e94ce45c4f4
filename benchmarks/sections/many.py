"""A million files with next to nothing in them: what a file costs beside its pixels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from benchmarks.results import Asked, Row
from benchmarks.workshop import SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workshop import Workshop

TITLE = "A million tiny files"
METHOD = """\
The first audit, with two workers, of files in 1,000 class folders, all called `.jpg`: one third
empty, one third with seven bytes of text, one third GIFs of one pixel, each with a different
colour. Two thirds are findings, all listed in the state folder. CPU time and proportional set
sizes (PSS) are those of all processes together; one run."""
PEERS = ()
_FOLDERS = 1_000
_MOST_MB = 1_500
_GIF = b"GIF89a\1\0\1\0\x80\0\0%b\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"


def measure(workshop: Workshop) -> Iterator[Row]:
    count = 20_000 if workshop.quick else 1_000_000
    root = workshop.scratch / "many"
    make(root, count)
    os.sync()
    state = ["--state-dir", str(workshop.scratch / "many.state")]
    first = workshop.catsclean("audit", str(root), *state, "-j", "2", *SILENT, memory=True)
    label = f"{count:,} files"
    yield Row(label, "s CPU", (first.cpu_s,))
    yield Row(f"{label}: rate", "files per CPU second", (count / first.cpu_s,))
    yield Row(f"{label}: peak memory", "MB", (first.peak_mb or 0.0,), asked=Asked(_MOST_MB))


def make(root: Path, count: int) -> None:
    """Make so many files."""
    for number in range(count):
        folder = root / f"{number % _FOLDERS:03}"
        if number < _FOLDERS:
            folder.mkdir(parents=True)
        kinds = (b"", b"%07d" % number, _GIF % number.to_bytes(3, "big"))
        (folder / f"{number}.jpg").write_bytes(kinds[number // _FOLDERS % 3])
