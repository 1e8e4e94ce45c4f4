"""Rank pictures that are unlike all others in the data set, whatever their label.

Two signs count: the distance to the nearest pictures of other groups, and how little a network's
names for the picture are those that it gives to this data set ("neither a cat nor a dog").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.content.vector_maths import Floats, nearest, reduced, unit, usable

_NEIGHBOURS: Final = 10
_DIMENSIONS: Final = 256
_BLOCK: Final = 1024
# Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993
_NORMAL_MAD: Final = 0.6745
_FAR: Final = 3.5
# Nobody looks at more.  Where the names or distances of a set have several kinds, many pictures lie
# far above the median, and the later ones are usual.
_MOST_SHARE: Final = 0.02
_AT_LEAST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddness:
    """How unlike the others each picture is.

    Attributes:
        judged: (n,) whether the picture's vector is usable; others have rank 0 and zeros.
        score: (n,) float32, in robust standard deviations above the median.
        rank: (n,) int32 from 1 for the oddest.
        distance: (n,) float32 from 0 to 2, mean cosine distance to the nearest ten.
        foreign: (n,) float32, larger if the names are not those of this data set; zeros without
            names.
        likely_name: (n,) int32, the position of the most likely name; -1 without names.
        worth_seeing: How many of the first ranks stand out from the bulk, at most one in fifty
            (of small sets, ten); later ones are like it.
    """

    judged: NDArray[np.bool_]
    score: Floats
    rank: NDArray[np.int32]
    distance: Floats
    foreign: Floats
    likely_name: NDArray[np.int32]
    worth_seeing: int


def rank_odd(
    vectors: NDArray[np.floating],
    labels: NDArray[np.integer],
    groups: NDArray[np.integer],
    name_probabilities: NDArray[np.floating] | None = None,
) -> Oddness:
    """Rank pictures by how unlike the others they are.

    Args:
        vectors: (n, d) float16 or float32, one for each picture.
        labels: (n,) the number of its class: each counts the same for what is usual here.
        groups: (n,) members of one group of duplicates share a number, and are not neighbours.
        name_probabilities: (n, names) what a network calls each picture, if it names pictures.

    Returns:
        The ranking, in the order of the rows.
    """
    from threadpoolctl import threadpool_limits

    judged = usable(vectors)
    if name_probabilities is not None:
        judged &= usable(name_probabilities)
    rows = np.flatnonzero(judged)
    number = len(rows)
    distance, foreign = np.zeros(number, np.float32), np.zeros(number, np.float32)
    name = np.full(number, -1, np.int32)
    if number:
        with threadpool_limits(1):
            points = unit(reduced(vectors, rows, _DIMENSIONS))
            near = nearest(points, np.asarray(groups, np.int64)[rows], _NEIGHBOURS)
        there = near.rows >= 0
        alike = np.where(there, near.similarities, 0).sum(1) / np.maximum(there.sum(1), 1)
        distance = np.where(there.any(1), 1 - alike, 0).astype(np.float32)
        if name_probabilities is not None:
            foreign, name = _foreign(name_probabilities, rows, np.asarray(labels)[rows])
    score = _standing(distance) + _standing(foreign)
    order = np.lexsort((-distance, -score))
    rank = np.zeros(number, np.int32)
    rank[order] = np.arange(1, number + 1)

    def back(values: NDArray[Any], empty: float = 0) -> NDArray[Any]:
        whole = np.full(len(vectors), empty, values.dtype)
        whole[rows] = values
        return whole

    return Oddness(
        judged=judged,
        score=back(score),
        rank=back(rank),
        distance=back(distance),
        foreign=back(foreign),
        likely_name=back(name, -1),
        worth_seeing=min(int((score >= _FAR).sum()), most_odd(number)),
    )


def most_odd(pictures: int) -> int:
    """Return how many of so many pictures may stand out: one in fifty, but up to ten."""
    return max(_AT_LEAST, round(_MOST_SHARE * pictures))


def _foreign(
    probabilities: NDArray[np.floating], rows: NDArray[np.intp], labels: NDArray[np.integer]
) -> tuple[Floats, NDArray[np.int32]]:
    """Return how foreign each picture's names are, and the most likely one."""
    _, code = np.unique(labels, return_inverse=True)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(rows), _BLOCK)]
    # each class counts the same: the mean of its mean
    share = 1 / (np.bincount(code)[code] * (code.max() + 1))
    usual = np.zeros(probabilities.shape[1])
    for block in blocks:
        usual += share[block] @ probabilities[rows[block]].astype(np.float32)
    # the root keeps a frequent name from hiding the others
    weight = np.sqrt(usual).astype(np.float32)
    foreign, name = np.empty(len(rows), np.float32), np.empty(len(rows), np.int32)
    for block in blocks:
        part = probabilities[rows[block]].astype(np.float32)
        foreign[block] = -np.log(np.maximum(part @ weight, 1e-9))
        name[block] = part.argmax(1)
    return foreign, name


def _standing(values: Floats) -> Floats:
    """Robust z-scores: distance from the median, in spreads of the lower half."""
    if not len(values):
        return values
    middle = np.median(values)
    # the lower half: odd pictures lie above, and would widen the spread that they are measured by
    spread = np.median(middle - values[values <= middle])
    if not spread > 0:
        return np.zeros_like(values)
    scores: Floats = (_NORMAL_MAD * (values - middle) / spread).astype(np.float32)
    return scores
