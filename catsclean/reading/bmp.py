"""Reads a BMP's header as TensorFlow does, which looks at five fields and believes them.

Field offsets: BITMAPFILEHEADER and BITMAPINFOHEADER of the Windows documentation.  TensorFlow
knows neither compression nor palettes nor older headers: it takes what stands where the newer
header has its fields, and refuses a file whose length does not fit them to the byte.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_HEADER = Struct("<10xI4xiihH").unpack_from
_HEADER_BYTES: Final = 32
_CHANNELS: Final = frozenset({1, 3, 4})  # bits a pixel, divided by 8 and rounded down


def fault(data: bytes) -> str:
    """Give the reason for which TensorFlow refuses a BMP; empty where it takes it."""
    if len(data) < _HEADER_BYTES:
        return "a BMP without a whole header"
    offset, width, height, _, bits = _HEADER(data)
    if int.from_bytes(data[14:18], "little") == 12:
        kind = "a BMP with an OS/2 header, whose fields TensorFlow misreads"
    elif bits // 8 not in _CHANNELS:
        kind = f"a BMP of {bits} bits a pixel, TensorFlow reads 8, 24 and 32"
    else:
        kind = ""
    if bits // 8 in _CHANNELS and width > 0 and height:
        row_bytes = (bits // 8 * width + 3) // 4 * 4
        expected = offset + row_bytes * abs(height)
        if expected == len(data):
            return ""
        kind = kind or (
            f"a BMP of {len(data)} bytes, TensorFlow insists on {expected} for its size and depth"
        )
    return kind or f"a BMP of {width} x {height} pixels"


def plain_pixels(data: bytes) -> npt.NDArray[np.uint8]:
    """Give the pixels that TensorFlow shows of a BMP without :func:`fault`.

    Returns:
        uint8 of shape (height, width) for 8 bits a pixel, else (height, width, 3).
    """
    import numpy as np  # here: who asks for settings or endings needs no pixels

    offset, width, height, _, bits = _HEADER(data)
    channels = bits // 8
    rows = np.frombuffer(data, np.uint8, offset=offset).reshape(abs(height), -1)
    pixels = rows[:, : width * channels].reshape(abs(height), width, channels)
    upright = pixels if height < 0 else pixels[::-1]
    return upright[..., 0] if channels == 1 else np.ascontiguousarray(upright[..., 2::-1])
