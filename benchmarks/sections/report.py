"""The page of an audit, beside its thumbnails alone."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from benchmarks import measuring
from benchmarks.results import Row, compare
from benchmarks.workshop import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workshop import Workshop

TITLE = "Report"
METHOD = """\
The page of a made audit of 25,000 files with 5,000 findings, CPU time without start-up, by
`benchmarks/report.py`. The floor: as many thumbnails of the same size from the same files, made
with Pillow and nothing else."""
PEERS = ()
_CALL = """
import json, pathlib, sys
from benchmarks import report
root, files, findings, runs = sys.argv[1:]
print(json.dumps(report.measure(pathlib.Path(root), int(files), int(findings), int(runs))))
"""


def measure(workshop: Workshop) -> Iterator[Row]:
    files, findings = (5_000, 1_000) if workshop.quick else (25_000, 5_000)
    root = workshop.scratch / "report" / "Pets"
    command = [sys.executable, "-c", _CALL, str(root), str(files), str(findings), "3"]
    taken = json.loads(measuring.run(command, env=OURS).output)
    shown = f"{taken['thumbnails']:,} thumbnails"
    yield Row(f"{shown} with Pillow", "s CPU", tuple(taken["thumbnails_s"]))
    yield compare(
        f"page of {files:,} files, {findings:,} findings, {taken['mb']:.1f} MB, {shown}", "s CPU",
        taken["page_s"], "the thumbnails", taken["thumbnails_s"],
    )  # fmt: skip
