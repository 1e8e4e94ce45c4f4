"""What it costs to look at what pictures show: the first time, and again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.results import Asked, Row, compare
from benchmarks.workshop import OF_FILES, SILENT, count_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workshop import Workshop

TITLE = "Content"
METHOD = """\
`catsclean audit` with the extra `content` and one worker: `lite0` embeds every picture, labels and
odd pictures are judged, and the answers are saved. CPU time of all processes, start-up included,
divided by the number of pictures. Beside it the same audit with `--no-content`, run in turns with
it. Then both again, unchanged."""
PEERS = ()
CONTENT = ("--exit-zero", "--no-progress", "--quiet", "--content")


def measure(workshop: Workshop) -> Iterator[Row]:
    root = workshop.jpegs()
    count = count_files(root)

    def audit_s(name: str, options: tuple[str, ...], *, anew: bool) -> float:
        state = workshop.scratch / f"content-{name}"
        if anew:
            shutil.rmtree(state, ignore_errors=True)
        return workshop.catsclean(
            "audit", str(root), "--state-dir", str(state), "--workers", "1", *options
        ).cpu_s

    cold: dict[str, list[float]] = {"with": [], "without": []}
    warm: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(workshop.runs):
        for name, options in (("without", SILENT), ("with", CONTENT)):
            cold[name].append(audit_s(name, options, anew=True) / count * 1000)
            warm[name].append(audit_s(name, options, anew=False))
    yield compare(
        f"{count:,} JPEGs, first audit", "ms CPU a picture", cold["with"], OF_FILES,
        cold["without"], asked=Asked(7.5), ours=True,
    )  # fmt: skip
    yield compare(
        f"{count:,} JPEGs, unchanged", "s CPU", warm["with"], OF_FILES, warm["without"], ours=True
    )
