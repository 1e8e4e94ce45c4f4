"""Where the time of a first audit goes: a worker's pieces, each beside the same floor."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from benchmarks import measuring, worker_pieces
from benchmarks.peers import REPOSITORY
from benchmarks.results import Row, compare
from benchmarks.workshop import count_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workshop import Workshop

TITLE = "What a picture costs in a worker"
METHOD = """\
The cold audit above in pieces: one process does the work of a worker, with a clock around each
piece, and decodes the same bytes like the floor (strict, grey, 1/8) in between. The work of the
main process is not included: listing, duplicates, judging, tables.

The decode costs more than the floor for two reasons: several validators need colour, and the
hashes need a short side of 64 pixels, so a picture of less than 512 is decoded at
1/4, one of less than 256 at 1/2. The other pieces cost the same for each picture, which is
little for a large picture but not for one of 32 kB."""
UNIT = "µs CPU a picture"
PEERS: tuple[str, ...] = ()
_TEXTS = {
    "read": "reading the file without following links",
    "digest": "SHA-256",
    "markers": "format, markers, end mark",
    "decode": "decode: strict, colour, at the scale that the hashes need",
    "grey": "grey picture",
    "thumbnail": "64 x 64 thumbnail",
    "edges": "sharpness",
    "colours": "samples of colour",
    "describe": "Exif, TensorFlow's rules, columns of the manifest",
    "hashes": "perceptual hashes and measures, by the batch",
    "rest": "the rest: Python between these",
}


def measure(workshop: Workshop) -> Iterator[Row]:
    name = workshop.pictures.name if workshop.pictures else "practice set"
    yield from _measure_set(workshop, name, workshop.jpegs())
    yield from _measure_set(workshop, "12 megapixels", workshop.large())


def _measure_set(workshop: Workshop, name: str, folder: Path) -> Iterator[Row]:
    command = [sys.executable, "-m", "benchmarks.worker_pieces", str(folder)]

    def once() -> dict[str, float]:
        done = measuring.run(command, cwd=REPOSITORY, env={"OPENBLAS_NUM_THREADS": "1"})
        return dict(json.loads(done.output))

    rounds = [once() for _ in range(workshop.runs)]
    floor = [each[worker_pieces.FLOOR] for each in rounds]
    label = f"{name} ({count_files(folder):,} JPEGs)"
    yield Row(f"{label}: strict grey 1/8 decode", UNIT, tuple(floor))
    yield compare(
        f"{label}: all of a worker's work", UNIT, [each[worker_pieces.ALL] for each in rounds],
        "the decode", floor,
    )  # fmt: skip
    for piece, text in _TEXTS.items():
        values = [each[piece] for each in rounds]
        yield compare(f"{name}: {text}", UNIT, values, "the decode", floor)
