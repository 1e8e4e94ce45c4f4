"""Lay one picture over another: a crop, a border, a turn of a few degrees, a change of light.

If the perceptual hashes of two pictures are near, both have the same coarse shapes in the same
places.  That does not prove that they are the same picture.  Alignment does: after the best affine
map and the best gain and offset of the greys, two copies agree in their details, and two pictures
of different things do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates.blurring import blur
from catsclean.duplicates.registration import climber, inverse

_COARSE_ROUNDS: Final = 12
_FINE_ROUNDS: Final = 5
_COARSE_BLUR_PX: Final = 1.6  # at half the size
_FINE_BLUR_PX: Final = 0.7
_CERTAIN: Final = 0.97
_HOPELESS: Final = 0.8  # correlation of the blurred greys
_BLOCK_PX: Final = 12
# For small pictures: the side of the grid that is compared, the reach of the local mean and
# contrast around each place, and the variance of noise.
_GRID: Final = 32
_AROUND_BLUR_PX: Final = 2.0
_NOISE: Final = 1.0
# Standard deviation of the greys below which a block holds nothing to compare.
_BLOCK_CONTRAST: Final = 4.0


class Square:
    """A picture that is laid over others, smoothed once for all of them.

    Args:
        grey: (S, S) greys, 0 to 255, float64, S even.
    """

    def __init__(self, grey: NDArray[np.float64]) -> None:
        self.grey = grey

    @cached_property
    def small(self) -> NDArray[np.float64]:
        """(S / 2, S / 2) greys, at half the size."""
        return blur(_halve(self.grey), _COARSE_BLUR_PX)

    @cached_property
    def whole(self) -> NDArray[np.float64]:
        """(S, S) greys."""
        return blur(self.grey, _FINE_BLUR_PX)


class Alignment(NamedTuple):
    """How one picture lies on another, both stretched to a square with corners at -1 and 1.

    Attributes:
        matrix: (2, 2) linear part, rows (y, x): maps a place in the first picture to one in the
            second.
        shift: (2,) of (y, x), in half sides.
        correlation: Of the greys where the pictures overlap, -1 to 1.
        agreement: Share of the blocks with contrast whose own correlation is 0.5 or more.
        overlap: Share of the first picture that the second covers.
        gain: Contrast of the second picture in the first one's, at the places that both cover.
        offset: Difference of the mean greys, in grey levels.
    """

    matrix: NDArray[np.float64]
    shift: NDArray[np.float64]
    correlation: float
    agreement: float
    overlap: float
    gain: float
    offset: float


def align_both_ways(first: Square, second: Square) -> Iterator[Alignment]:
    """Find the affine map under which two pictures agree best, in both directions.

    Gauss-Newton on the normalised greys (inverse compositional: slopes and normal equations
    belong to the lower picture and are computed once), first at half the size and then at full
    size.  It works for crops and borders up to about a tenth and turns up to about ten degrees.

    Fitting the second picture on the first differs slightly from fitting the first on the second,
    because the slopes and blocks of the lower picture count.  Both start from one search at half
    the size.

    Args:
        first: A picture.
        second: Another one, of the same size.

    Yields:
        How ``second`` lies on ``first``; then, computed only on request, how ``first`` lies on
        ``second``.  Nothing if they already agree badly at half the size.
    """
    coarse = climber(len(first.small))
    matrix, score = coarse.climb(first.small, second.small, np.eye(3), _COARSE_ROUNDS)
    if score < _CERTAIN:  # a border misleads one direction: its edges are in one picture only
        back, back_score = coarse.climb(second.small, first.small, np.eye(3), _COARSE_ROUNDS)
        if back_score > score:
            matrix, score = inverse(back), back_score
    if score < _HOPELESS:
        return
    yield _align_closely(first.whole, second.whole, matrix)
    yield _align_closely(second.whole, first.whole, inverse(matrix))


def _align_closely(
    first: NDArray[np.float64], second: NDArray[np.float64], matrix: NDArray[np.float64]
) -> Alignment:
    fine = climber(len(first))
    matrix, _ = fine.climb(first, second, matrix, _FINE_ROUNDS)
    moved, inside = fine.warp(second, matrix)
    here, there = first[inside], moved[inside]
    return Alignment(
        matrix[:2, :2],
        matrix[:2, 2],
        _correlation(here, there),
        _agreement(first, moved, inside),
        float(inside.mean()),
        float(there.std() / max(here.std(), 1e-9)) if len(here) else 0.0,
        float(there.mean() - here.mean()) if len(here) else 0.0,
    )


def local_correlation(first: Square, second: Square, found: Alignment) -> float:
    """Correlate how each place of two pictures differs from its own surroundings.

    A single strong edge makes the greys correlate, whatever else the pictures show.  Here each
    place counts alike, however faint it is, down to noise.

    Args:
        first: The lower picture.
        second: The upper picture.
        found: How it lies on the first.

    Returns:
        -1 to 1.
    """
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = found.matrix, found.shift
    moved, inside = climber(len(first.whole)).warp(second.whole, matrix)
    pictures, mask = (_grid(first.whole), _grid(moved)), _grid(inside.astype(np.float64))
    mask = (mask > 1 - 1e-6).astype(np.float64)
    near = np.maximum(blur(mask, _AROUND_BLUR_PX), 1e-6)
    units = []
    for greys in pictures:
        above = (greys - blur(greys * mask, _AROUND_BLUR_PX) / near) * mask
        contrast = np.sqrt(blur(above * above, _AROUND_BLUR_PX) / near + _NOISE)
        units.append((above / contrast).ravel())
    scale = float(np.linalg.norm(units[0]) * np.linalg.norm(units[1]))
    return float(units[0] @ units[1]) / scale if scale > 1e-6 else 0.0


def _grid(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reduce a square to 32x32."""
    size = len(picture) // _GRID
    cells: NDArray[np.float64] = picture.reshape(_GRID, size, _GRID, size).mean(axis=(1, 3))
    return cells


def _halve(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    half = len(picture) // 2
    quarters = picture.reshape(half, 2, half, 2)
    return (
        quarters[:, 0, :, 0] + quarters[:, 0, :, 1] + quarters[:, 1, :, 0] + quarters[:, 1, :, 1]
    ) / 4


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if not len(a):
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / scale if scale > 1e-6 else 0.0


def _agreement(
    first: NDArray[np.float64], second: NDArray[np.float64], inside: NDArray[np.bool_]
) -> float:
    """Return the share of the blocks with contrast that correlate; skip blocks partly outside."""
    count = len(first) // _BLOCK_PX
    side = count * _BLOCK_PX

    def blocks(picture: NDArray[np.float64]) -> NDArray[np.float64]:
        cut = picture[:side, :side].reshape(count, _BLOCK_PX, count, _BLOCK_PX)
        return cut.transpose(0, 2, 1, 3).reshape(count * count, -1)

    whole = blocks(inside.astype(np.float64)).min(axis=1) > 0
    a, b = blocks(first)[whole], blocks(second)[whole]
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    deviation_a, deviation_b = a.std(axis=1), b.std(axis=1)
    telling = np.maximum(deviation_a, deviation_b) >= _BLOCK_CONTRAST
    if not telling.any():
        return 0.0
    a, b = a[telling], b[telling]
    alike = (a * b).mean(axis=1) / np.maximum(deviation_a[telling] * deviation_b[telling], 1e-9)
    return float((alike >= 0.5).mean())
