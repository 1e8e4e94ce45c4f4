"""Draw numbers as one line of text: ``▁▃▅▆█▇``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

_LEVELS: Final = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """Draw each value as a block, the lowest one as the smallest block.

    Args:
        values: Numbers in order; one that is not finite is a gap.
        width: Largest number of blocks; each of fewer blocks is the mean of its neighbours.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if len(numbers) > width > 0:
        numbers = np.array([part.mean() for part in np.array_split(numbers, width)])
    finite = np.isfinite(numbers)
    if width <= 0 or not finite.any():
        return ""
    low, high = numbers[finite].min(), numbers[finite].max()
    # values that are all the same are drawn in the middle
    shares = (numbers - low) / (high - low) if high > low else np.full(len(numbers), 0.5)
    top = len(_LEVELS) - 1
    return "".join(
        _LEVELS[round(float(share) * top)] if known else " "
        for share, known in zip(shares, finite, strict=True)
    )
