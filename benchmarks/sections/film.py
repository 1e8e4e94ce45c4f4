"""An audit of frames of a film, all near one another: what comparing pixels costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.measuring import take_turns
from benchmarks.results import Row, compare
from benchmarks.workshop import count_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workshop import Workshop

TITLE = "Frames of a film"
METHOD = """\
A cold audit of frames from a fixed camera: one scene, a moving object, noise. Every frame is
close to many others, so the audit spends most of its time comparing the pixels of
pairs, which two workers share. An audit of as many unlike pictures, without this work, is
subtracted."""
PEERS = ()


def measure(workshop: Workshop) -> Iterator[Row]:
    film, unlike = workshop.film(), workshop.film(scenes=True)
    count = count_files(film)
    taken = take_turns(
        {
            "unlike": lambda: workshop.audit_anew(unlike),
            "one": lambda: workshop.audit_anew(film),
            "two": lambda: workshop.audit_anew(film, workers=2),
        },
        3,
    )
    verdicts = workshop.scratch / "anew" / "cache" / "verdicts.json"
    looks = len(json.loads(verdicts.read_text(encoding="utf-8"))["kinds"])
    unlike_s = [each.cpu_s for each in taken["unlike"]]
    film_s = [each.cpu_s for each in taken["one"]]
    each_ms = [1000 * (a - b) / looks for a, b in zip(film_s, unlike_s, strict=True)]
    yield Row(f"{count:,} unlike pictures", "s CPU", tuple(unlike_s))
    yield compare(f"{count:,} frames", "s CPU", film_s, "unlike ones", unlike_s)
    yield Row(f"each of {looks:,} looks", "ms CPU", tuple(each_ms))
    one, two = ([each.wall_s for each in taken[name]] for name in ("one", "two"))
    yield Row(f"{count:,} frames, one worker", "s by the clock", tuple(one))
    yield compare(f"{count:,} frames, two workers", "s by the clock", two, "one worker", one)
