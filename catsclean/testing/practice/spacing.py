"""Keep drawn pictures so different that no two of them pass for near-duplicates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.fft import dct

MIN_DISTANCE_256 = 84
"""Any two pictures differ in at least so many bits of imagehash.phash(hash_size=16).

Altered copies of photographs reach 72; compressing a drawing moves a few bits.
"""

MIN_DISTANCE_64 = 12
"""The same for imagehash.phash, as long as the set is small enough for drawings to keep apart."""

_SMALL_SET = 2000


class Spacing:
    """Perceptual hashes of all pictures so far, and of their mirror images."""

    def __init__(self) -> None:
        self._short: list[npt.NDArray[np.uint8]] = []
        self._long: list[npt.NDArray[np.uint8]] = []

    def accepts(self, picture: Image.Image) -> bool:
        """Record a picture and return True, unless it is too near to an earlier one."""
        short, long = _hashes(picture, 8), _hashes(picture, 16)
        if self._short:
            near = _distances(self._long, long[0]) < MIN_DISTANCE_256
            if len(self._short) < 2 * _SMALL_SET:
                near |= _distances(self._short, short[0]) < MIN_DISTANCE_64
            if bool(near.any()):
                return False
        self._short += short
        self._long += long
        return True


def _hashes(picture: Image.Image, side: int) -> list[npt.NDArray[np.uint8]]:
    """Return the packed hashes of a picture and of its mirror image, as in imagehash.phash."""
    grey = picture.convert("L").resize((side * 4, side * 4), Image.Resampling.LANCZOS)
    pixels = np.asarray(grey, np.float64)
    low = dct(dct(pixels, axis=0), axis=1)[:side, :side]
    mirror = low * np.where(np.arange(side) % 2, -1, 1)  # mirroring negates odd horizontal waves
    return [np.packbits(waves > np.median(waves)) for waves in (low, mirror)]


def _distances(
    many: list[npt.NDArray[np.uint8]], one: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    differing = np.bitwise_count(np.stack(many) ^ one)
    count: npt.NDArray[np.int64] = differing.sum(axis=1, dtype=np.int64)
    return count
