"""Draw numbers as one line of text: ``▁▃▅▆█▇``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import Final

_LEVELS: Final = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """Draw each value as a block, the lowest one as the smallest block.

    Args:
        values: Numbers in order; one that is not finite is a gap.
        width: Largest number of blocks; each of fewer blocks is the mean of its neighbours.
    """
    numbers = list(values)
    if len(numbers) > width > 0:
        ends = [len(numbers) * block // width for block in range(width + 1)]
        numbers = [fmean(numbers[start:end]) for start, end in pairwise(ends)]
    finite = [number for number in numbers if math.isfinite(number)]
    if width <= 0 or not finite:
        return ""
    low, high = min(finite), max(finite)
    return "".join(_block(number, low, high) for number in numbers)


def _block(number: float, low: float, high: float) -> str:
    if not math.isfinite(number):
        return " "
    # values that are all the same are drawn in the middle
    share = (number - low) / (high - low) if high > low else 0.5
    return _LEVELS[round(share * (len(_LEVELS) - 1))]
