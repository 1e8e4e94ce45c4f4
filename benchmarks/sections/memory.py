"""Peak memory of a first audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.results import Asked, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workshop import Workshop

TITLE = "Memory"
METHOD = """\
The first audit of the small JPEGs of the warm audit, with two workers: the proportional set sizes
(PSS) of all processes together, sampled every 20 ms; the maximum is shown. One run each."""
PEERS = ()


def measure(workshop: Workshop) -> Iterator[Row]:
    counts = (2_500, 25_000) if workshop.quick else (25_000, 250_000)
    peaks = {count: workshop.audited(count).first.peak_mb or 0.0 for count in counts}
    for count, peak in peaks.items():
        yield Row(
            f"{count:,} files, two workers", "MB", (peak,),
            asked=Asked(400) if count == 25_000 else None,
        )  # fmt: skip
    (few, low), (many, high) = peaks.items()
    yield Row(
        f"each picture beyond {few:,}", "bytes", ((high - low) * 1e6 / (many - few),),
        asked=None if workshop.quick else Asked(300),
    )  # fmt: skip
