"""Peak memory of a first audit, and of what follows it with a million rows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks import measuring
from benchmarks.results import Asked, Row
from benchmarks.workshop import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measuring import Measured
    from benchmarks.workshop import Workshop

TITLE = "Memory"
METHOD = """\
The proportional set sizes (PSS) of all processes together, sampled every 20 ms; the maximum is
shown. One run each. First, the first audit of the small JPEGs of the warm audit, with two workers
(of more: see the section `million`). Then rows of evidence that no picture was read for
(`benchmarks/generated_rows.py`): judging them and saving manifest and findings; and loading the
manifest, splitting it and saving the split."""
PEERS = ()
_MOST_BYTES = 500
_FEW = 25_000


def measure(workshop: Workshop) -> Iterator[Row]:
    first = 2_500 if workshop.quick else _FEW
    peak = workshop.audited(first).first.peak_mb or 0.0
    yield Row(f"{first:,} files, two workers", "MB", (peak,), asked=Asked(400))
    counts = (2_500, _FEW) if workshop.quick else (_FEW, 1_000_000)
    rows = {count: generated(workshop, count) for count in counts}
    for step in ("judge", "split"):
        peaks = {count: made[step].peak_mb or 0.0 for count, made in rows.items()}
        for count, peak in peaks.items():
            yield Row(f"{count:,} generated rows: {step}", "MB", (peak,))
        yield growth(f"{step}: each row", peaks, None if workshop.quick else _MOST_BYTES)


def growth(what: str, peaks: dict[int, float], most: int | None) -> Row:
    """Say what a picture takes beyond the fewest ones, from peaks in MB by number."""
    (few, low), *_, (many, high) = peaks.items()
    bytes_each = (high - low) * 1e6 / (many - few)
    asked = None if most is None else Asked(most)
    return Row(f"{what} beyond {few:,}", "bytes", (bytes_each,), asked=asked)


def generated(workshop: Workshop, count: int) -> dict[str, Measured]:
    """Make so many rows of evidence, and measure what is done with them, step by step."""
    folder = workshop.scratch / f"rows-{count}"
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.generated_rows"]
    measured = {}
    for step in ("make", "judge", "split"):
        measured[step] = measuring.run(
            [*command, step, "--rows", str(count), "--folder", str(folder)],
            env=OURS, memory=True, limit_s=6 * 3600,
        )  # fmt: skip
    return measured
