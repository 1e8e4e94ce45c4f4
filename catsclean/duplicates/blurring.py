"""Gaussian blur, bit-identical to ``scipy.ndimage.gaussian_filter``.

An audit blurs only the few pictures whose hashes are near one another.  Importing SciPy for that
took longer than comparing all of 2,000 pictures.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_REACH: Final = 4.0  # standard deviations, SciPy's default


def blur(picture: NDArray[np.float64], sigma_px: float) -> NDArray[np.float64]:
    """Blur both axes; beyond the edges, the last row and column repeat.

    Args:
        picture: (H, W) greys, float64.
        sigma_px: Standard deviation, in pixels.

    Returns:
        (H, W) float64, equal to ``gaussian_filter(picture, sigma_px, mode="nearest")``.
    """
    # back to row order: NumPy's sums over a picture depend on the order of its memory
    return np.ascontiguousarray(_blur_rows(_blur_rows(picture, sigma_px).T, sigma_px).T)


def _blur_rows(picture: NDArray[np.float64], sigma_px: float) -> NDArray[np.float64]:
    weights = _weights(sigma_px)
    reach = len(weights) - 1
    padded = np.pad(picture, ((reach, reach), (0, 0)), mode="edge")
    count = len(picture)
    total: NDArray[np.float64] = picture * weights[0]
    # SciPy's order of additions: the middle, then pairs from the outermost inwards
    for distance in range(reach, 0, -1):
        before = padded[reach - distance : reach - distance + count]
        after = padded[reach + distance : reach + distance + count]
        total += (before + after) * weights[distance]
    return total


@cache
def _weights(sigma_px: float) -> NDArray[np.float64]:
    """The weights of a pixel and of its neighbours at distance 1, 2, ..."""
    reach = int(_REACH * sigma_px + 0.5)
    places = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 / (sigma_px * sigma_px) * places**2)
    weights /= weights.sum()
    outwards: NDArray[np.float64] = weights[reach:].copy()
    return outwards
