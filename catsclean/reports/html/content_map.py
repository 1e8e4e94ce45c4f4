"""The map of the pictures: those that show alike things lie near each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.text import count

WIDTH: Final = 600
HEIGHT: Final = 400
_MARGIN: Final = 8
MOST_POINTS: Final = 3_000
# classes with a colour and a shape of their own
_KINDS: Final = 6
_SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Point:
    """One picture on the map.

    Attributes:
        path: The picture.
        label: Its label.
        x: From the left, up to :data:`WIDTH`.
        y: From the top, up to :data:`HEIGHT`.
        kind: Position of its label in the legend.
        number: Its number on the page; None if the page has no card of it.
    """

    path: str
    label: str
    x: int
    y: int
    kind: int
    number: int | None


@dataclass(frozen=True, slots=True)
class Map:
    """All points.

    Attributes:
        points: Those with a card are last, so that they lie above.
        legend: What each kind of point stands for, and how many pictures have it.
        total: Number of pictures that have a place, drawn or not.
    """

    points: tuple[Point, ...]
    legend: tuple[tuple[str, int], ...]
    total: int


def draw_map(
    content: ContentEvidence | None, number: Mapping[str, int], most: int = MOST_POINTS
) -> Map | None:
    """Draw the map; None if the pictures have no places.

    Args:
        content: What the pictures show.
        number: By path, the number of each picture that the page shows.
        most: Draw at most so many points: those with a card, and a sample of the others.
    """
    if content is None:
        return None
    rows = content.rows
    at = np.flatnonzero(np.isfinite(rows["map_x"]) & np.isfinite(rows["map_y"]))
    if not len(at) or not most:
        return None
    paths, labels = rows["path"][at].tolist(), rows["label"][at].tolist()
    kinds, legend = _kinds(labels)
    carded = np.array([path in number for path in paths])
    others = np.flatnonzero(~carded)
    room = max(0, most - int(carded.sum()))
    if len(others) > room:
        others = np.sort(np.random.default_rng(_SEED).choice(others, room, replace=False))
    x = _MARGIN + rows["map_x"][at] * (WIDTH - 2 * _MARGIN)
    y = HEIGHT - _MARGIN - rows["map_y"][at] * (HEIGHT - 2 * _MARGIN)
    points = [
        Point(
            paths[i], labels[i], round(float(x[i])), round(float(y[i])), kinds[labels[i]],
            number.get(paths[i]),
        )
        for i in [*others.tolist(), *np.flatnonzero(carded).tolist()[:most]]
    ]  # fmt: skip
    return Map(tuple(points), legend, len(at))


def _kinds(labels: list[str]) -> tuple[dict[str, int], tuple[tuple[str, int], ...]]:
    """Give the largest classes a kind each, and the others one together."""
    sizes = sorted(Counter(labels).items(), key=lambda one: (-one[1], one[0]))
    own = sizes[:_KINDS]
    legend = [(label or "no label", size) for label, size in own]
    if others := sizes[len(own) :]:
        legend.append(
            (count(len(others), "other class", "other classes"), sum(size for _, size in others))
        )
    kinds = {label: min(kind, len(own)) for kind, (label, _) in enumerate(sizes)}
    return kinds, tuple(legend)
