"""A first audit, beside the decode of the same bytes and beside other people's tools."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import measuring, scan
from benchmarks.measuring import CommandFailedError, take_turns
from benchmarks.results import Asked, Row, compare
from benchmarks.workshop import count_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.peers import Peer
    from benchmarks.workshop import Workshop

TITLE = "Cold audit"
METHOD = """\
`catsclean audit` with its default validators and one worker, without a cache. It finds duplicates
and writes cache, manifest and findings. The figure is the CPU time of all processes, less that of
the same command on one picture of the set (start-up), divided by the number of pictures. The floor
is simplejpeg's strict grey decode at 1/8 of the same bytes, already in memory. All tools get one
thread and the JPEGs of the set that all of them can read; their start-up is subtracted
in the same way. Slow tools get fewer files or fewer rounds. djpeg starts one process per
file, which is included in its figure."""
UNIT = "ms CPU a picture"
_DJPEG = ("-strict", "-grayscale", "-scale", "1/8", "-outfile", "/dev/null")


@dataclass(frozen=True, slots=True)
class Rival:
    """What a peer is asked to do.

    Attributes:
        does: What it does, in the table.
        command: Gives its command for a folder.
        files: Most files that it gets: of the small pictures, and of the large ones.
        rounds: Most rounds in which it takes part.
        asked: How many times our audit's CPU time it is to take at least.
        start: Number of files of the run that tells its start-up.
    """

    does: str
    command: Callable[[Peer, Path], list[str]]
    files: tuple[int, int] = (2000, 20)
    rounds: int = 5
    asked: float | None = None
    start: int = 1


def _on_files(folder: Path, *command: str, end: str = "+") -> list[str]:
    return ["find", str(folder), "-type", "f", "-exec", *command, "{}", end]


RIVALS = {
    "jpeginfo": Rival(
        "jpeginfo -c: decodes every JPEG", lambda p, f: _on_files(f, p.program, "-c", "-q")
    ),
    "djpeg": Rival(
        "djpeg: strict, grey, 1/8", lambda p, f: _on_files(f, p.program, *_DJPEG, end=";")
    ),
    "czkawka": Rival(
        "czkawka: one hash a picture", lambda p, f: p.script("czkawka_hash", str(f)), asked=2.5
    ),
    "vision-data-doctor": Rival(
        "vision-data-doctor: scan", lambda p, f: p.script("data_doctor_scan", str(f)), rounds=2
    ),
    "imagededup": Rival(
        "imagededup: PHash and search", lambda p, f: p.script("imagededup_phash", str(f)), rounds=2
    ),
    "cleanvision": Rival(
        "cleanvision: default issues",
        lambda p, f: p.script("cleanvision_issues", str(f)),
        files=(400, 6),
        rounds=1,
        asked=25,
    ),
    "fastdup": Rival(
        "fastdup: run",
        lambda p, f: p.script("fastdup_run", str(f)),
        files=(600, 16),
        rounds=1,
        start=2,
    ),
}
PEERS = tuple(RIVALS)


def measure(workshop: Workshop) -> Iterator[Row]:
    name = workshop.pictures.name if workshop.pictures else "practice set"
    yield from _measure_set(workshop, name, workshop.jpegs(), 1.5, 0)
    yield from _measure_set(workshop, "12 megapixels", workshop.large(), 1.1, 1)


def _measure_set(
    workshop: Workshop, name: str, folder: Path, most: float, column: int
) -> Iterator[Row]:
    count = count_files(folder)
    one = workshop.some(folder, 1)

    def ours() -> float:
        start_s = workshop.audit_anew(one).cpu_s
        return 1000 * (workshop.audit_anew(folder).cpu_s - start_s) / (count - 1)

    def floor() -> float:
        code = [sys.executable, "-c", scan.FLOOR, str(folder)]
        decoded = json.loads(measuring.run(code).output)
        return 1000 * float(decoded["cpu"]) / int(decoded["pictures"])

    failed: dict[str, str] = {}
    given: dict[str, Path] = {}
    fewer: dict[str, int] = {}
    ways: dict[str, Callable[[], float]] = {"floor": floor, "ours": ours}
    for tool, rival in RIVALS.items():
        peer = workshop.peer(tool)
        if peer.missing:
            failed[tool] = peer.missing
            continue
        wanted = min(count, rival.files[column])
        if workshop.quick and not column:
            wanted //= 5
        given[tool] = workshop.some(folder, wanted)
        fewer[tool] = 1 if workshop.quick else rival.rounds

        def take(tool: str = tool, rival: Rival = rival, peer: Peer = peer) -> float:
            try:
                return _spend_ms(workshop, peer, rival, given[tool])
            except CommandFailedError as error:
                failed[tool] = f"does not run: {error}"
                return 0.0

        ways[tool] = take
    results = take_turns(ways, workshop.runs, fewer)

    size_kb = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / count / 1000
    label = f"{name} ({count:,} JPEGs, {size_kb:,.0f} kB)"
    yield Row(f"{label}: strict grey 1/8 decode", UNIT, tuple(results["floor"]), plot=name)
    yield compare(
        f"{label}: catsclean audit", UNIT, results["ours"], "the decode", results["floor"],
        asked=Asked(most, "ratio"), plot=name, ours=True,
    )  # fmt: skip
    for tool, rival in RIVALS.items():
        what = f"{name}: {rival.does}"
        if tool in failed:
            yield Row(what, UNIT, note=failed[tool])
            continue
        files = count_files(given[tool])
        yield compare(
            what, UNIT, results[tool], "the audit", results["ours"],
            asked=Asked(rival.asked, "ratio", least=True) if rival.asked else None,
            note=f"on {files:,} of the files" if files < count else "",
            plot=name,
        )  # fmt: skip


def _spend_ms(workshop: Workshop, peer: Peer, rival: Rival, folder: Path) -> float:
    """CPU milliseconds of a peer for each file of a folder beyond those of its start."""

    def spend_s(where: Path) -> float:
        command = rival.command(peer, where)
        return measuring.run(command, cwd=workshop.scratch, env=peer.variables).cpu_s

    few = workshop.some(folder, rival.start)
    return 1000 * (spend_s(folder) - spend_s(few)) / (count_files(folder) - rival.start)
