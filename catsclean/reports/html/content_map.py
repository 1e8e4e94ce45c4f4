"""The map of the pictures: those that show alike things lie near each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catsclean.content.similar import Embeddings
from catsclean.content.tsne_map import FEWEST_PLACED, SECONDS_A_PICTURE, tsne_places
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.text import count

WIDTH: Final = 600
HEIGHT: Final = 400
_MARGIN: Final = 8
MOST_POINTS: Final = 3_000
# classes with a colour and a shape of their own
_KINDS: Final = 6
_SEED: Final = 0


class MapKind(StrEnum):
    """How the map places pictures."""

    COMPONENTS = "components"
    TSNE = "tsne"


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
        beside: Its number on the page if only a card of another picture shows it.
    """

    path: str
    label: str
    x: int
    y: int
    kind: int
    number: int | None
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class Map:
    """All points.

    Attributes:
        points: Those with a card are last, so that they lie above.
        legend: What each kind of point stands for, and how many pictures have it.
        total: Number of pictures that have a place, drawn or not.
        kind: How they were placed.
    """

    points: tuple[Point, ...]
    legend: tuple[tuple[str, int], ...]
    total: int
    kind: MapKind = MapKind.COMPONENTS


def draw_map(
    content: ContentEvidence | None,
    number: Mapping[str, int],
    most: int = MOST_POINTS,
    *,
    embeddings: Embeddings | None = None,
    cached_in: Path | None = None,
    beside: Mapping[str, int] | None = None,
) -> Map | None:
    """Draw the map; None if the pictures have no places.

    Args:
        content: What the pictures show.
        number: By path, the number of each picture that the page shows.
        most: Draw at most so many points: those with a card, and a sample of the others.
        embeddings: Place the drawn pictures by t-SNE of these vectors; None: by the two principal
            components that the audit computed.
        cached_in: File that keeps the places of t-SNE.
        beside: By path, the number of each picture that only a card of another one shows.

    Raises:
        MissingExtraError: t-SNE needs scikit-learn, which is not installed.
    """
    if content is None or not most:
        return None
    rows = content.rows
    mapped = np.isfinite(rows["map_x"]) & np.isfinite(rows["map_y"])
    place = {} if embeddings is None else {path: at for at, path in enumerate(embeddings.paths)}
    if embeddings is not None:
        mapped &= np.array([path in place for path in rows["path"].tolist()], np.bool_)
    at = np.flatnonzero(mapped)
    if len(at) < (1 if embeddings is None else FEWEST_PLACED):
        return None
    paths, labels = rows["path"][at].tolist(), rows["label"][at].tolist()
    kinds, legend = _kinds(labels)
    drawn = _drawn(np.array([path in number for path in paths]), most)
    places = np.column_stack([rows["map_x"][at[drawn]], rows["map_y"][at[drawn]]])
    if embeddings is not None:
        vectors = embeddings.vectors[[place[paths[i]] for i in drawn.tolist()]]
        places = tsne_places(vectors, cached_in)
    near = beside or {}
    points = [
        Point(paths[i], labels[i], x, y, kinds[labels[i]], number.get(paths[i]), near.get(paths[i]))
        for i, (x, y) in zip(drawn.tolist(), _pixels(places), strict=True)
    ]
    kind = MapKind.COMPONENTS if embeddings is None else MapKind.TSNE
    return Map(tuple(points), legend, len(at), kind)


def tsne_estimate(total: int) -> str:
    """Say how long t-SNE takes for the map of so many pictures."""
    placed = min(total, MOST_POINTS)
    which = count(placed, "picture") if placed == total else f"{placed:,} of {total:,} pictures"
    return (
        f"Placing {which} by t-SNE takes about {max(1, round(placed * SECONDS_A_PICTURE))} s,"
        " unless the last page placed the same."
    )


def _drawn(carded: NDArray[np.bool_], most: int) -> NDArray[np.intp]:
    """Choose the pictures to draw: a sample of those without a card, then those with one."""
    others = np.flatnonzero(~carded)
    room = max(0, most - int(carded.sum()))
    if len(others) > room:
        others = np.sort(np.random.default_rng(_SEED).choice(others, room, replace=False))
    return np.concatenate([others, np.flatnonzero(carded)[:most]])


def _pixels(places: NDArray[np.floating]) -> list[tuple[int, int]]:
    x = _MARGIN + places[:, 0] * (WIDTH - 2 * _MARGIN)
    y = HEIGHT - _MARGIN - places[:, 1] * (HEIGHT - 2 * _MARGIN)
    return [(round(float(one)), round(float(other))) for one, other in zip(x, y, strict=True)]


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
