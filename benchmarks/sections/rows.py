"""More rows than Arrow's 32-bit offsets reach with 64 digits each: judge, manifest, split."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.results import Asked, Row
from benchmarks.sections import memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workshop import Workshop

TITLE = "34 million rows"
METHOD = """\
Evidence of 34,000,000 pictures that were not read (`benchmarks/generated_rows.py`): all validators
judge it, manifest and findings are saved as Parquet and CSV, and the manifest is loaded, split and
saved. More than 33,554,432 texts of 64 digits do not fit into one column of Arrow's. Listing and
reading files and the search for duplicates are left out. One process each; the peak is its PSS. The
tables take 40 GB of disk."""
PEERS = ()
_MOST_MB = 24 * 1024**3 / 1e6


def measure(workshop: Workshop) -> Iterator[Row]:
    count = 100_000 if workshop.quick else 34_000_000
    steps = memory.generated(workshop, count)
    shutil.rmtree(workshop.scratch / f"rows-{count}")
    for name in ("judge", "split"):
        label = f"{count:,} rows: {name}"
        yield Row(label, "s CPU", (steps[name].cpu_s,))
        yield Row(f"{label}, wall", "s by the clock", (steps[name].wall_s,))
        yield Row(f"{label}, peak", "MB", (steps[name].peak_mb or 0.0,), asked=Asked(_MOST_MB))
