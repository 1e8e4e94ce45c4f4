"""Search for near hashes, beside faiss and imagededup."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from benchmarks import measuring
from benchmarks.measuring import CommandFailedError
from benchmarks.results import Asked, Row, compare
from benchmarks.workshop import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workshop import Workshop

TITLE = "Duplicate search"
METHOD = """\
All pairs of random 64-bit hashes (half of the bits set, one in a hundred near another one) within a
radius, on one thread; CPU time of the search alone, by `benchmarks/duplicate_search.py`. faiss is
its IndexBinaryFlat; of a million hashes it searches 50,000, and its time is multiplied by 20.
imagededup gets 2,000 hashes, because its time grows with their square. An audit searches all
poses: also mirrored and turned copies, all confirmed by 256-bit hashes, unlike the other two."""
PEERS = ("faiss-cpu", "imagededup")
# hashes, radius, runs, asked seconds, asked ratio of faiss
FULL = (
    (25_000, 10, 5, 1.0, None),
    (25_000, 16, 5, 1.0, None),
    (250_000, 10, 3, None, None),
    (250_000, 14, 1, None, None),
    (1_000_000, 10, 1, None, 3.0),
    (1_000_000, 12, 1, None, 3.0),
)
QUICK = ((25_000, 10, 3, 1.0, None), (25_000, 16, 3, 1.0, None))
_CALL = """
import json, sys
from benchmarks import duplicate_search
name, count, radius = sys.argv[1:]
print(json.dumps(duplicate_search.run(name, int(count), int(radius), 600)))
"""
_UNIT = "s CPU"


def measure(workshop: Workshop) -> Iterator[Row]:
    faiss = workshop.peer("faiss-cpu")
    for count, radius, runs, most_s, least in QUICK if workshop.quick else FULL:
        label = f"{count:,} hashes, radius {radius}"
        ours, theirs, reason = [], [], faiss.missing
        pairs: set[int] = set()
        for number in range(runs):
            found = _search(sys.executable, OURS, "catsclean", count, radius)
            ours.append(found["cpu_s"])
            pairs.add(found["pairs"])
            if not reason and (number < 1 or count < 100_000):
                try:
                    found = _search(faiss.program, faiss.variables, "faiss", count, radius)
                except CommandFailedError as error:
                    reason = f"does not run: {error}"
                    continue
                theirs.append(found["cpu_s"])
                pairs |= {found["pairs"]} - {None}
        yield Row(
            f"{label}: catsclean", _UNIT, tuple(ours), asked=Asked(most_s) if most_s else None,
            note=f"{max(pairs):,} pairs" if len(pairs) == 1 else f"pairs differ: {pairs}",
            plot=label, ours=True,
        )  # fmt: skip
        if reason:
            yield Row(f"{label}: faiss", _UNIT, note=reason)
        else:
            yield compare(
                f"{label}: faiss", _UNIT, theirs, "catsclean", ours,
                asked=Asked(least, "ratio", least=True) if least else None, plot=label,
            )  # fmt: skip
    poses = [
        _search(sys.executable, OURS, "catsclean, all poses", 25_000, 16)["cpu_s"] for _ in range(3)
    ]
    yield Row(
        "25,000 hashes, radius 16: catsclean, all poses, as in an audit", _UNIT, tuple(poses),
        asked=Asked(1.0), plot="25,000 hashes, radius 16", ours=True,
    )  # fmt: skip
    yield from _imagededup(workshop)


def _imagededup(workshop: Workshop) -> Iterator[Row]:
    peer = workshop.peer("imagededup")
    label = "2,000 hashes, radius 10"
    ours = [_search(sys.executable, OURS, "catsclean", 2_000, 10)["cpu_s"] for _ in range(3)]
    yield Row(f"{label}: catsclean", _UNIT, tuple(ours))
    for method in ("brute force", "BK-tree"):
        what = f"{label}: imagededup {method}"
        if peer.missing:
            yield Row(what, _UNIT, note=peer.missing)
            continue
        try:
            found = _search(peer.program, peer.variables, f"imagededup {method}", 2_000, 10)
        except CommandFailedError as error:
            yield Row(what, _UNIT, note=f"does not run: {error}")
            continue
        yield compare(what, _UNIT, [found["cpu_s"]], "catsclean", ours)


def _search(python: str, env: dict[str, str], name: str, count: int, radius: int) -> dict[str, Any]:
    taken = measuring.run([python, "-c", _CALL, name, str(count), str(radius)], env=env)
    found: dict[str, Any] = json.loads(taken.output)
    if found["cpu_s"] is None:
        raise CommandFailedError(f"{name}: {found.get('error', 'not done in 600 s')}")
    return found
