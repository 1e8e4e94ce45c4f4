"""Keeps drawn pictures apart, so that no two of them pass for near-duplicates of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy.fft import dct

if TYPE_CHECKING:
    import numpy.typing as npt

MIN_DISTANCE_64 = 16
"""No two pictures share all but fewer of the 64 bits of imagehash.phash (always an even number)."""

MIN_DISTANCE_256 = 84
"""The same for imagehash.phash(hash_size=16).  Near-duplicates of photographs reach 14 and 72."""


class Spacing:
    """Perceptual hashes of all pictures so far, and of their mirror images."""

    def __init__(self) -> None:
        self._short: list[npt.NDArray[np.uint8]] = []
        self._long: list[npt.NDArray[np.uint8]] = []

    def accepts(self, picture: Image.Image) -> bool:
        """Remember a picture and give True, unless it is too near to one of those before it."""
        short, long = _hashes(picture, 8), _hashes(picture, 16)
        if self._short:
            near = _distances(np.stack(self._short), short[0]) < MIN_DISTANCE_64
            far = _distances(np.stack(self._long), long[0]) < MIN_DISTANCE_256
            if bool(np.any(near | far)):
                return False
        self._short += short
        self._long += long
        return True


def _hashes(picture: Image.Image, side: int) -> list[npt.NDArray[np.uint8]]:
    """Give the packed hash of a picture and of its mirror image, as imagehash.phash defines it."""
    grey = picture.convert("L").resize((side * 4, side * 4), Image.Resampling.LANCZOS)
    pixels = np.asarray(grey, np.float64)
    low = dct(dct(pixels, axis=0), axis=1)[:side, :side]
    mirror = low * np.where(np.arange(side) % 2, -1, 1)  # odd horizontal waves change their sign
    return [np.packbits(waves > np.median(waves)) for waves in (low, mirror)]


def _distances(many: npt.NDArray[np.uint8], one: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    count: npt.NDArray[np.int64] = np.bitwise_count(many ^ one).sum(axis=1, dtype=np.int64)
    return count
