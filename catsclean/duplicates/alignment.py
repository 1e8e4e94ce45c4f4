"""Lays one picture over another: a crop, a border, a turn of a few degrees, a change of light.

The perceptual hash says that two pictures have the same coarse shapes in the same places.  It
cannot say whether they are the same picture.  Alignment can: after the best affine map and the
best gain and offset of the greys, two copies agree in their details, and two pictures of
different things do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS: Final = 15
_BLURS_PX: Final = (4.0, 1.5)  # coarse to fine, at the side of 96 pixels
_BLOCK_PX: Final = 12
# Standard deviation of the greys below which a block holds nothing to compare.
_BLOCK_CONTRAST: Final = 4.0


class Alignment(NamedTuple):
    """How one picture lies on another, both stretched to a square with corners at -1 and 1.

    Attributes:
        matrix: (2, 2) linear part, rows (y, x): a place in the first picture to one in the second.
        shift: (2,) of (y, x), in half sides.
        correlation: Of the greys where both pictures are, -1 to 1.
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


def align(first: NDArray[np.float64], second: NDArray[np.float64]) -> Alignment:
    """Finds the affine map under which two pictures agree best.

    Gauss-Newton on the normalised greys, first blurred, then sharp; good for crops and borders up
    to about a tenth and turns up to about ten degrees.

    Args:
        first: (S, S) greys, 0 to 255.
        second: (S, S) greys, 0 to 255.

    Returns:
        The alignment, with measures of how well it fits.
    """
    from scipy.ndimage import gaussian_filter

    parameters = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    for blur in _BLURS_PX:
        parameters = _climb(
            gaussian_filter(first, blur, mode="nearest"),
            gaussian_filter(second, blur, mode="nearest"),
            parameters,
        )
    smooth_first = gaussian_filter(first, 0.7, mode="nearest")
    smooth_second = gaussian_filter(second, 0.7, mode="nearest")
    moved, inside = _warp(smooth_second, parameters)
    return Alignment(
        parameters[:4].reshape(2, 2),
        parameters[4:],
        _correlation(smooth_first[inside], moved[inside]),
        _agreement(smooth_first, moved, inside),
        float(inside.mean()),
        float(moved[inside].std() / max(smooth_first[inside].std(), 1e-9)) if inside.any() else 0.0,
        float(moved[inside].mean() - smooth_first[inside].mean()) if inside.any() else 0.0,
    )


def moved_like(alignment: Alignment, channel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lays another channel of the second picture over the first; NaN outside of it."""
    parameters = np.concatenate([alignment.matrix.ravel(), alignment.shift])
    moved, inside = _warp(channel, parameters)
    return np.where(inside, moved, np.nan)


def _places(side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    return y, x


def _warp(
    picture: NDArray[np.float64], parameters: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    from scipy.ndimage import affine_transform

    side = len(picture)
    half = (side - 1) / 2
    matrix, shift = parameters[:4].reshape(2, 2), parameters[4:]
    offset = half + half * shift - matrix @ np.array([half, half])
    moved = affine_transform(picture, matrix, offset, order=1, mode="nearest")
    y, x = _places(side)
    to_y = matrix[0, 0] * y + matrix[0, 1] * x + shift[0]
    to_x = matrix[1, 0] * y + matrix[1, 1] * x + shift[1]
    return moved, (np.abs(to_y) <= 1) & (np.abs(to_x) <= 1)


def _climb(
    first: NDArray[np.float64], second: NDArray[np.float64], parameters: NDArray[np.float64]
) -> NDArray[np.float64]:
    y, x = _places(len(first))
    half = (len(first) - 1) / 2
    slope_y, slope_x = np.gradient(second)
    best, best_score = parameters, -2.0
    for _ in range(_ROUNDS):
        moved, inside = _warp(second, parameters)
        if inside.mean() < 0.4:
            break
        a, b = first[inside], moved[inside]
        a, b = a - a.mean(), b - b.mean()
        scale_a, scale_b = np.linalg.norm(a), np.linalg.norm(b)
        if scale_a < 1e-6 or scale_b < 1e-6:
            break
        score = float(a @ b / (scale_a * scale_b))
        if score > best_score:
            best, best_score = parameters, score
        dy = _warp(slope_y, parameters)[0][inside] * half
        dx = _warp(slope_x, parameters)[0][inside] * half
        py, px = y[inside], x[inside]
        slopes = np.stack([dy * py, dy * px, dx * py, dx * px, dy, dx], axis=1)
        slopes -= slopes.mean(axis=0)
        towards = b / scale_b
        slopes -= towards[:, None] * (towards @ slopes)[None, :]
        residual = a * (scale_b / scale_a) - b
        normal = slopes.T @ slopes
        normal[np.diag_indices(6)] *= 1.01
        normal[np.diag_indices(6)] += 1e-9 * np.trace(normal) + 1e-12
        step = np.linalg.solve(normal, slopes.T @ residual)
        parameters = parameters + np.clip(step, -0.1, 0.1)
        if np.abs(step).max() < 5e-4:
            break
    return best


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if not len(a):
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / scale if scale > 1e-6 else 0.0


def _agreement(
    first: NDArray[np.float64], second: NDArray[np.float64], inside: NDArray[np.bool_]
) -> float:
    """Share of blocks with contrast that correlate; blocks partly outside do not count."""
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
