"""An audit of what was audited before: unchanged, with another threshold, a little changed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import measuring, warm
from benchmarks.results import Asked, Row, compare
from benchmarks.workshop import SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workshop import Workshop

TITLE = "Warm audit"
METHOD = """\
`catsclean audit` of a folder of small generated JPEGs that was audited before, as a whole:
start-up, listing, cache, duplicates, judging, manifest; CPU time of all processes. In three cases:
unchanged; with a new threshold of a validator in each run, which finds one picture in a hundred;
and with one file in a hundred changed. The floor is a bare `os.scandir` and `stat` of every file in
Python. Small pictures cost a warm audit as much as large ones. The peers have no cache: each
reads everything again."""
PEERS = ()
FLOOR = """
import os, sys
for folder in os.scandir(sys.argv[1]):
    for entry in os.scandir(folder.path):
        entry.stat(follow_symlinks=False)
"""
# by number of files: unchanged, new threshold, 1 % changed
ASKED = {25_000: (1.0, 1.0, 1.5)}


def measure(workshop: Workshop) -> Iterator[Row]:
    for count in (25_000,) if workshop.quick else (25_000, 250_000):
        yield from _measure_set(workshop, count)


def _measure_set(workshop: Workshop, count: int) -> Iterator[Row]:
    made = workshop.audited(count)
    runs = 3
    settings = workshop.scratch / f"threshold-{count}.toml"

    def audit_s(*options: str) -> float:
        taken = workshop.catsclean(
            "audit", str(made.root), "--state-dir", str(made.state), "--workers", "1", *SILENT,
            *options,
        )  # fmt: skip
        return taken.cpu_s

    def list_s() -> float:
        return measuring.run([sys.executable, "-c", FLOOR, str(made.root)]).cpu_s

    audit_s()  # the first audit had two workers, and the page cache was cold
    floor = [list_s() for _ in range(runs)]
    unchanged = [audit_s() for _ in range(runs)]
    rejudged = []
    for number in range(runs):
        settings.write_text(warm.other_threshold(number))
        rejudged.append(audit_s("--config", str(settings)))
    audit_s()
    changed = []
    rng = np.random.default_rng(1)
    for _ in range(runs):
        warm.change(made.root, rng)
        changed.append(audit_s())
    yield Row(f"{count:,} files: bare listing", "s CPU", tuple(floor))
    bounds = ASKED.get(count, (None, None, None))
    for what, values, bound in zip(
        ("unchanged", "another threshold", "1 % changed"),
        (unchanged, rejudged, changed),
        bounds,
        strict=True,
    ):
        yield compare(
            f"{count:,} files: {what}", "s CPU", values, "the listing", floor,
            asked=Asked(bound) if bound else None, plot=f"{count:,} files", ours=True,
        )  # fmt: skip
