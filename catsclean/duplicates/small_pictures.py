"""Candidates among small pictures, whose hashes prove less than those of photographs.

A picture of 32x32 pixels has few details, so the hashes of two copies differ in more bits than
those of larger pictures.  Wide radii find them, but also hundreds of thousands of unlike pairs.
Comparing the pictures themselves, at 16x16 pixels and with shifts up to one pixel, rejects 94 % of
those and keeps 99 % of the pairs that the proof accepts (docs/duplicates.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catsclean.duplicates import poses
from catsclean.duplicates.candidates import Candidates, choose, find_near
from catsclean.duplicates.search_elsewhere import Elsewhere
from catsclean.duplicates.verification import Radii, radii
from catsclean.images.hashing import Hashes

# Returns (N, 16, 16) greys of pictures by their paths; NaN for one that cannot be read.
Glance = Callable[[Sequence[str]], NDArray[np.float32]]

GLANCE_SIDE_PX: Final = 16
# 1 % of the copies that the proof accepts have less; of unlike pairs within the radii, 94 %.
_LEAST_CORRELATION: Final = 0.75
_LEAST_SLOPES: Final = 0.55
_SHIFTS: Final = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1))
_PAIRS_AT_ONCE: Final = 1 << 13
_COARSE: Final = 18
# With more, all-against-all takes minutes at that radius: it falls step by step to the usual one.
_MANY_PICTURES: Final = 300_000
_COARSE_PER_DOUBLING: Final = 3.5


def small_radii(count: int) -> Radii:
    """Choose the radii for small pictures by their number.

    Each time the number doubles, the 256-bit radius falls by four bits, which halves the share of
    unlike pairs: so each picture has about as many candidates in a set of any size.  Neither
    radius is smaller than that of other pictures.
    """
    usual = radii(count)
    fine = 104 - 4 * math.log2(max(count, 1) / 60_000)
    many = max(math.log2(max(count, 1) / _MANY_PICTURES), 0.0)
    return Radii(
        max(_COARSE - int(_COARSE_PER_DOUBLING * many), usual.coarse),
        int(min(max(fine, usual.fine, 72), 108)),
    )


def glance_at(picture: Image.Image) -> NDArray[np.float32]:
    """Reduce a picture to (16, 16) greys."""
    side = (GLANCE_SIDE_PX, GLANCE_SIDE_PX)
    small = picture.convert("L").resize(side, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32)


def find_small(
    hashes: Hashes, paths: Sequence[str], glance: Glance, elsewhere: Elsewhere | None = None
) -> Candidates:
    """Find pairs of small pictures whose pixels are worth comparing.

    Args:
        hashes: Hashes of N small pictures.
        paths: Their paths.
        glance: Reduces them to 16x16 pixels.
        elsewhere: Does a long search in other processes.

    Returns:
        The candidates, as they are or mirrored.
    """
    count = len(paths)
    found = find_near(hashes, small_radii(count), elsewhere)
    used = np.unique(np.concatenate([found.first, found.second]))
    greys = glance([paths[at] for at in used.tolist()])
    place = np.empty(count, dtype=np.intp)
    place[used] = np.arange(len(used))
    near = np.zeros(len(found.first), dtype=np.bool_)
    for start in range(0, len(near), _PAIRS_AT_ONCE):
        rows = slice(start, start + _PAIRS_AT_ONCE)
        second = greys[place[found.second[rows]]]
        mirrored = found.pose[rows] == poses.MIRRORED
        second = np.where(mirrored[:, None, None], second[:, :, ::-1], second)
        near[rows] = _agree(greys[place[found.first[rows]]], second)
    return choose(found, near)


def _agree(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which pairs correlate, in greys and in slopes, at the best shift of each."""
    inner = np.s_[:, 1:-1, 1:-1]
    best = np.full((2, len(first)), -1.0, dtype=np.float32)
    parts = [(first, second), (_slopes(first), _slopes(second))]
    for at, (one, other) in enumerate(parts):
        there = _unit(other[inner])
        height, width = one.shape[1:3]
        for down, across in _SHIFTS:
            moved = one[:, 1 + down : height - 1 + down, 1 + across : width - 1 + across]
            np.fmax(best[at], np.einsum("ij,ij->i", _unit(moved), there), out=best[at])
    good: NDArray[np.bool_] = (best[0] >= _LEAST_CORRELATION) & (best[1] >= _LEAST_SLOPES)
    return good


def _slopes(greys: NDArray[np.float32]) -> NDArray[np.float32]:
    down = np.diff(greys, axis=1)[:, :, :-1]
    across = np.diff(greys, axis=2)[:, :-1]
    return np.stack([down, across], axis=-1)


def _unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = values.reshape(len(values), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    unit: NDArray[np.float32] = flat / np.maximum(np.linalg.norm(flat, axis=1), 1e-6)[:, None]
    return unit
