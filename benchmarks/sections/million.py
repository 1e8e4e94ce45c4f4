"""The first audit of up to a million small JPEGs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import simplejpeg

from benchmarks import warm
from benchmarks.results import Row
from benchmarks.sections.memory import growth
from benchmarks.workshop import SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workshop import Workshop

TITLE = "A million JPEGs"
METHOD = """\
The first `catsclean audit`, with two workers, of generated JPEGs of 96 x 96 pixels in class folders
of 10,000. Of every 200, one has the same bytes as the one before it, and one is that one, saved
again. CPU time, and the proportional set sizes (PSS) of all processes together, sampled every 20
ms; one run each. Cache, manifest and findings are new every time."""
PEERS = ()
_IN_A_FOLDER = 10_000
_COPY_EVERY = 100
_MOST_BYTES = 500
_WORSE = 60


def measure(workshop: Workshop) -> Iterator[Row]:
    counts = (1_000, 2_000) if workshop.quick else (25_000, 100_000, 300_000, 1_000_000)
    root, done = workshop.scratch / "million", 0
    peaks = {}
    for count in counts:
        make(root, done, count)
        done = count
        state = str(workshop.scratch / f"million-{count}.state")
        first = workshop.catsclean(
            "audit", str(root), "--state-dir", state, "-j", "2", *SILENT, memory=True
        )
        peaks[count] = first.peak_mb or 0.0
        yield Row(f"{count:,} JPEGs", "s CPU", (first.cpu_s,))
        yield Row(f"{count:,} JPEGs: wall", "s by the clock", (first.wall_s,))
        yield Row(
            f"Peak memory: {count:,}", "MB", (peaks[count],), plot="Peak memory", ours=True
        )  # fmt: skip
    yield growth("each picture", peaks, None if workshop.quick else _MOST_BYTES)


def make(root: Path, start: int, stop: int) -> None:
    """Make the pictures from one number up to another."""
    rng = np.random.default_rng(start)
    for number in range(start, stop):
        folder = root / f"{number // _IN_A_FOLDER:03}"
        if number == start or number % _IN_A_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{number}.jpg"
        if number % _COPY_EVERY != _COPY_EVERY - 1:
            warm.write(path, rng)
            continue
        data = (folder / f"{number - 1}.jpg").read_bytes()
        if number // _COPY_EVERY % 2:
            data = simplejpeg.encode_jpeg(simplejpeg.decode_jpeg(data), _WORSE)
        warm.put(path, data)
