"""What a second worker gains, and by arithmetic what more would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measuring import Measured, take_turns
from benchmarks.results import Asked, Row, compare
from benchmarks.workshop import count_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workshop import Workshop

TITLE = "Workers"
METHOD = """\
Wall-clock time of the same cold audits with one worker and with two, in turns, less that of the
audit of one picture (start-up). The serial part is the CPU time of the main process with two
workers, less that for one picture: it lists, collects, finds duplicates, judges and writes. "By
arithmetic" assumes that the serial part never overlaps with the workers: serial part + (CPU time
with two workers - serial part) / n. For one worker and two, an idle machine would take this
long."""
PEERS = ()
BY_ARITHMETIC = (1, 2, 4, 8, 16, 64)
_CLOCK = "s by the clock"


def measure(workshop: Workshop) -> Iterator[Row]:
    small = workshop.pictures.name if workshop.pictures else "practice set"
    yield from _measure_set(workshop, small, workshop.jpegs())
    yield from _measure_set(workshop, "12 megapixels", workshop.large())


def _measure_set(workshop: Workshop, name: str, folder: Path) -> Iterator[Row]:
    one = workshop.some(folder, 1)
    taken = take_turns(
        {
            "start": lambda: workshop.audit_anew(one),
            "one": lambda: workshop.audit_anew(folder),
            "two": lambda: workshop.audit_anew(folder, workers=2),
        },
        workshop.runs,
    )
    rounds = list(zip(taken["start"], taken["one"], taken["two"], strict=True))
    first = [one.wall_s - start.wall_s for start, one, _ in rounds]
    second = [two.wall_s - start.wall_s for start, _, two in rounds]
    gain = tuple(a / b for a, b in zip(first, second, strict=True))
    serial = [max(0.0, two.main_cpu_s - start.main_cpu_s) for start, _, two in rounds]
    whole = [two.cpu_s - start.cpu_s for start, _, two in rounds]
    label = f"{name} ({count_files(folder):,})"
    yield Row(f"{label}: one worker", _CLOCK, tuple(first), plot=name, ours=True)
    yield Row(f"{label}: two workers", _CLOCK, tuple(second), plot=name, ours=True)
    yield Row(f"{label}: one worker / two", "×", gain, asked=Asked(1.8, least=True))
    yield compare(
        f"{label}: CPU with two workers", "s CPU", whole, "with one", _beyond(taken, "one")
    )
    yield Row(f"{label}: serial part", "s CPU", tuple(serial))
    for workers in BY_ARITHMETIC:
        times = [part + (cpu_s - part) / workers for part, cpu_s in zip(serial, whole, strict=True)]
        yield Row(
            f"{label}: {workers} worker{'s' * (workers > 1)}, by arithmetic",
            _CLOCK,
            tuple(times),
            plot=name,
        )


def _beyond(taken: dict[str, list[Measured]], name: str) -> list[float]:
    return [
        each.cpu_s - start.cpu_s for each, start in zip(taken[name], taken["start"], strict=True)
    ]
