"""By how much a picture is reduced before it is measured and hashed."""

from __future__ import annotations

from typing import Final

# Measured: down to it the hashes of cropped, turned and recompressed copies stay together.
MIN_SHORT_SIDE_PX: Final = 64
_SCALES: Final = (8, 4, 2)


def reduction(short_side: int) -> int:
    """Give the factor, 1 to 8, by which a picture with this short side (pixels) is reduced."""
    return next((scale for scale in _SCALES if short_side >= scale * MIN_SHORT_SIDE_PX), 1)
