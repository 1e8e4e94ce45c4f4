"""Read a BMP's header as TensorFlow does, which looks at five fields and believes them.

Field offsets: BITMAPFILEHEADER and BITMAPINFOHEADER of the Windows documentation.  TensorFlow
knows neither compression nor palettes nor older headers: it takes what stands where the newer
header has its fields, and refuses a file whose length does not fit them to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

import numpy as np
import numpy.typing as npt

from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import ImageFile, refuse

_HEADER = Struct("<10xI4xiihH").unpack_from
_HEADER_BYTES: Final = 32
_HEADER_SIZES: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_NEWER_HEADER_BYTES: Final = 40
_CHANNELS: Final = frozenset({1, 3, 4})  # bits a pixel, divided by 8 and rounded down
_RUN_LENGTHS: Final = frozenset({1, 2})  # compression: runs of 8-bit or of 4-bit pixels
# Pillow unpacks runs in Python, 3 million a second; as many as a full-HD screen has pixels
_MOST_RUNS: Final = 2_000_000
# and fills up rows pixel by pixel; such files are drawings and screens, never photographs
_MOST_RUN_PIXELS: Final = 20_000_000


def fault(data: bytes) -> str:
    """Return the reason for which TensorFlow refuses a BMP; empty where it takes it."""
    if len(data) < _HEADER_BYTES:
        return "a BMP with an incomplete header"
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
            f"a BMP of {len(data)} bytes, TensorFlow expects {expected} for its size and depth"
        )
    return kind or f"a BMP of {width} x {height} pixels"


def excess(data: bytes, file_header_bytes: int = 14) -> str:
    """Say which part of a run-length BMP goes beyond a limit; empty if it respects all limits.

    Args:
        data: The file.
        file_header_bytes: Bytes before the bitmap header: 14, or 0 inside an icon.
    """
    head = file_header_bytes
    size = int.from_bytes(data[head : head + 4], "little")
    compression = int.from_bytes(data[head + 16 : head + 20], "little")
    if size < 40 or compression not in _RUN_LENGTHS:
        return ""
    width, height = (
        abs(int.from_bytes(data[at : at + 4], "little", signed=True)) for at in (head + 4, head + 8)
    )
    if width * height > _MOST_RUN_PIXELS:
        return f"{width * height:,} pixels in runs, limit {_MOST_RUN_PIXELS:,}"
    start = int.from_bytes(data[10:14], "little") if head else size
    if _runs_exceed(data, start, nibbles=compression == 2):
        return f"more than {_MOST_RUNS:,} runs of pixels"
    return ""


def _runs_exceed(data: bytes, position: int, *, nibbles: bool) -> bool:
    """Walk the runs until their end or the limit."""
    end = len(data) - 1
    if end - position < 2 * _MOST_RUNS:  # a run takes two bytes
        return False
    for _ in range(_MOST_RUNS):
        if position >= end:
            return False
        pixels, value = data[position], data[position + 1]
        position += 2
        if not pixels:
            if value == 1:  # the end of the bitmap
                return False
            if value == 2:  # a jump, with two bytes that say how far
                position += 2
            elif value:  # so many pixels as they are, padded to 16 bits
                position += ((value + 1) // 2 if nibbles else value) + 1 & ~1
    return True


def plain_pixels(data: bytes) -> npt.NDArray[np.uint8]:
    """Return the pixels that TensorFlow shows of a BMP without :func:`fault`.

    Returns:
        uint8 of shape (height, width) for 8 bits a pixel, else (height, width, 3).
    """
    offset, width, height, _, bits = _HEADER(data)
    channels = bits // 8
    rows = np.frombuffer(data, np.uint8, offset=offset).reshape(abs(height), -1)
    pixels = rows[:, : width * channels].reshape(abs(height), width, channels)
    upright = pixels if height < 0 else pixels[::-1]
    return upright[..., 0] if channels == 1 else np.ascontiguousarray(upright[..., 2::-1])


class Bmp(PictureFormat):
    """BMP, the bitmap of Windows."""

    name = "BMP"
    pillow_names = ("BMP", "DIB")
    endings = (".bmp", ".dib")
    keras_endings = (".bmp",)

    def recognises(self, data: bytes) -> bool:
        """Look at the header's size field, because "BM" alone starts many a text.

        TensorFlow does not look at that field, but insists that the pixels fill the file exactly.
        """
        if data[:2] != b"BM":
            return False
        return int.from_bytes(data[14:18], "little") in _HEADER_SIZES or not fault(data)

    def check(self, image: ImageFile) -> None:
        """Bound the size, and the runs of a compressed file."""
        data = image.data
        if int.from_bytes(data[14:18], "little") >= _NEWER_HEADER_BYTES:
            width, height = (
                abs(int.from_bytes(data[at : at + 4], "little", signed=True)) for at in (18, 22)
            )
            image.check_size(width, height)
            refuse(excess(data))

    def rescue(self, image: ImageFile) -> Iterator[bytes | npt.NDArray[np.uint8]]:
        """Return the pixels as TensorFlow reads them."""
        if not fault(image.data):
            pixels = plain_pixels(image.data)
            image.check_size(pixels.shape[1], pixels.shape[0])
            image.mode = "L" if pixels.ndim == 2 else "RGB"
            yield pixels

    def refusal(self, image: ImageFile) -> str:
        """Ask the header."""
        return fault(image.data)


FORMAT = Bmp()
