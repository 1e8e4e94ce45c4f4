"""The numbers in the page's charts; a table of the same numbers accompanies each chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from catsclean.core.model import Status

if TYPE_CHECKING:
    import pandas as pd

MAX_BARS: Final = 30
# edges of the bins of the short side in pixels, and of width / height
_SIDES_PX: Final = (1, 32, 64, 128, 192, 256, 320, 384, 448, 512, 768, 1024, 2048, 4096)
_ASPECTS: Final = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.12, 1.25, 1.42, 1.67, 2.0, 2.5)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart.

    Attributes:
        name: Its label.
        value: Its number.
        share: Its length as a share of the longest bar, 0 to 1.
    """

    name: str
    value: int
    share: float


@dataclass(frozen=True, slots=True)
class ClassBar:
    """The bar of one class, in three parts: pictures to keep, to look at, and to leave out."""

    name: str
    total: int
    keep: int
    review: int
    drop: int
    widest: int

    @property
    def parts(self) -> list[tuple[str, float, float]]:
        """Name, start and length of each part, in percent of the longest class."""
        parts, start = [], 0.0
        for name, value in (("keep", self.keep), ("review", self.review), ("drop", self.drop)):
            length = 100 * value / self.widest
            parts.append((name, round(start, 3), round(length, 3)))
            start += length
        return parts


def class_bars(table: pd.DataFrame) -> list[ClassBar]:
    """Count the samples of each class by status, the largest classes first."""
    labels = table["label"].fillna("(no class)")
    counts = table.groupby([labels, "status"]).size().unstack(fill_value=0)
    sizes = counts.sum(axis=1)
    widest = int(sizes.max()) if len(sizes) else 1
    bars = []
    for name in sorted(counts.index, key=lambda name: (-int(sizes[name]), name)):
        by = {status: int(counts.loc[name].get(status.value, 0)) for status in Status}
        keep, review, drop = by[Status.KEEP], by[Status.REVIEW], by[Status.DROP]
        bars.append(ClassBar(str(name), int(sizes[name]), keep, review, drop, widest))
    return bars


def format_bars(table: pd.DataFrame) -> list[Bar]:
    """Count the samples by format and mode of colour, the most frequent first."""
    known = table[table["format"].fillna("") != ""]
    names = known["format"].astype(str) + " · " + known["mode"].fillna("?").astype(str)
    counts = names.value_counts()
    widest = int(counts.max()) if len(counts) else 1
    return [Bar(str(name), int(n), int(n) / widest) for name, n in counts.items()]


def side_bars(table: pd.DataFrame) -> list[Bar]:
    """Count the pictures by their short side, in pixels."""
    sides = np.minimum(_pixels(table, "width_px"), _pixels(table, "height_px"))
    edges = _SIDES_PX
    names = [f"{a:,}–{b - 1:,}" for a, b in pairwise(edges)]
    return _histogram(sides, edges, [*names, f"{edges[-1]:,}+"], below=None)


def aspect_bars(table: pd.DataFrame) -> list[Bar]:
    """Count the pictures by width divided by height."""
    aspects = _pixels(table, "width_px") / _pixels(table, "height_px")
    edges = _ASPECTS
    names = [f"{a:g}–{b:g}" for a, b in pairwise(edges)]
    return _histogram(aspects, edges, [*names, f"{edges[-1]:g}+"], below=f"< {edges[0]:g}")


def _pixels(table: pd.DataFrame, column: str) -> np.ndarray:
    known = table[(table["width_px"].fillna(0) > 0) & (table["height_px"].fillna(0) > 0)]
    values: np.ndarray = known[column].to_numpy(dtype=np.float64)
    return values


def _histogram(
    values: np.ndarray, edges: Sequence[float], names: list[str], below: str | None
) -> list[Bar]:
    bins = np.searchsorted(edges, values, side="right")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    if below is None:
        counts = counts[1:]
    else:
        names = [below, *names]
    filled = np.flatnonzero(counts)
    if not len(filled):
        return []
    widest = int(counts.max())
    wanted = range(filled[0], filled[-1] + 1)
    return [Bar(names[i], int(counts[i]), int(counts[i]) / widest) for i in wanted]
