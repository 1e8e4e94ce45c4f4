"""Resizes a picture to a square by two taps a side: half as dear as Pillow's resize, or less.

Each output pixel is mixed from the two nearest pixels of a row and of a column, as Keras and
``tf.image.resize`` do it.  Keras does so at any size and thereby skips pixels of a large picture;
here only a picture of less than twice the square's sides is resized so, and none of its pixels is
passed over.  Weights are 128ths and the sums whole numbers: every machine gives the same bytes.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_WEIGHT_BITS: Final = 7  # 255 differences * 128 + rounding still fits into 16 bits
_KEPT_VALUES: Final = 2**20  # of a thread's working arrays, 2 bytes each

_HALF: Final = np.int16(1 << (_WEIGHT_BITS - 1))
_SHIFT: Final = np.int16(_WEIGHT_BITS)

Words = NDArray[np.int16]


class _Scratch(threading.local):
    """Working arrays of one thread, few, so that they stay in its processor's cache.

    Fresh ones cost more than the arithmetic: page faults.
    """

    def __init__(self) -> None:
        self._arrays: dict[str, Words] = {}

    def take(self, name: str, rows: int, columns: int) -> Words:
        """Give an array of this shape, with whatever stood in it."""
        wanted = rows * columns
        found = self._arrays.get(name)
        if found is None or found.size < wanted:
            found = np.empty(wanted, np.int16)
            if wanted <= _KEPT_VALUES:
                self._arrays[name] = found
        return found[:wanted].reshape(rows, columns)


_scratch = _Scratch()


def reaches(width_px: int, height_px: int, size: int) -> bool:
    """Tell whether two taps see every pixel of such a picture."""
    return width_px < 2 * size and height_px < 2 * size


def stretch(
    pixels: NDArray[np.uint8], size: int, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Resize to a square.

    Args:
        pixels: (height, width, 4) uint8, C-contiguous; the fourth channel is left out.
        size: Side of the square, pixels.
        out: Where to, (size, size, 3) uint8; a new array where None.

    Returns:
        `out`.
    """
    height, width, _ = pixels.shape
    upper, lower, down = _taps(height, size)
    left, right, across = _taps(width, size)
    rows = pixels.reshape(height, width * 4)
    first = _gather_rows(rows, upper, "first")
    second = _gather_rows(rows, lower, "second")
    _mix(first, second, down[:, None])
    # a pixel of four 16-bit channels moves as one 64-bit number; the lower row has done its work
    mixed = first.view(np.int64)
    first, second = _scratch.take("narrow", size, size * 4), _scratch.take("second", size, size * 4)
    mixed.take(left, axis=1, out=first.view(np.int64), mode="clip")
    mixed.take(right, axis=1, out=second.view(np.int64), mode="clip")
    _mix(first, second, np.repeat(across, 4))
    if out is None:
        out = np.empty((size, size, 3), np.uint8)
    channels = first.view(np.uint8).reshape(size, size, 4, 2)[..., _LOW_BYTE]
    for channel in range(3):
        out[:, :, channel] = channels[:, :, channel]
    return out


def _gather_rows(rows: NDArray[np.uint8], chosen: NDArray[np.intp], name: str) -> Words:
    columns = rows.shape[1]
    narrow = _scratch.take("narrow", len(chosen), columns // 2).view(np.uint8)
    rows.take(chosen, axis=0, out=narrow, mode="clip")
    words = _scratch.take(name, len(chosen), columns)
    np.copyto(words, narrow)
    return words


def _mix(first: Words, second: Words, weights: Words) -> None:
    """Move `first` towards `second`, in place; `second` is used up."""
    np.subtract(second, first, out=second)
    np.multiply(second, weights, out=second)
    np.add(second, _HALF, out=second)
    np.right_shift(second, _SHIFT, out=second)
    np.add(first, second, out=first)


@lru_cache(512)
def _taps(length: int, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Words]:
    """Give the two nearest pixels of every output pixel, and the weight of the second."""
    centres = (np.arange(size) + 0.5) * (length / size) - 0.5
    centres = np.clip(centres, 0, length - 1)
    first = centres.astype(np.intp)
    weights = np.rint((centres - first) * (1 << _WEIGHT_BITS)).astype(np.int16)
    return first, np.minimum(first + 1, length - 1), weights


_LOW_BYTE: Final = int(np.array([1], np.int16).view(np.uint8)[0] == 0)
