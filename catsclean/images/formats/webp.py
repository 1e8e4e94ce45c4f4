"""Walk the chunks of a WebP: its canvas, whether it moves or is transparent, its first picture.

Chunk layout: RFC 9649, sections 2.3 to 2.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from struct import Struct

import numpy as np
import numpy.typing as npt

from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import ImageFile, Structure, refuse

_CHUNK = Struct("<4sI").unpack_from
_PICTURES = frozenset({b"VP8 ", b"VP8L"})
_FIRST_CHUNK = 12
_EXTENDED_BYTES = 10  # of the VP8X chunk
_ANIMATION_FLAG, _ALPHA_FLAG = 0x02, 0x10
_LOSSLESS_ALPHA_BIT = 28
_FLAGS_BYTE, _KNOWN_FLAGS = 20, 0x3E  # of the VP8X chunk, which comes first


@dataclass(slots=True)
class WebpStructure(Structure):
    """What reading a WebP showed of its container.

    Attributes:
        damaged: The picture is whole, the container around it is not.
    """

    damaged: bool = False


def canvas(data: bytes) -> tuple[int, int] | None:
    """Read width and height; None where they are cut off."""
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and len(data) >= 30:
        width, height = (int.from_bytes(data[at : at + 2], "little") for at in (26, 28))
        return width & 0x3FFF, height & 0x3FFF
    return None


def excess(data: bytes, max_chunks: int) -> str:
    """Say if there are more chunks than the limit; empty if not."""
    count = sum(1 for _ in islice(_chunks(data), max_chunks + 1))
    return f"more than {max_chunks:,} chunks" if count > max_chunks else ""


def animated(data: bytes) -> bool:
    """Tell whether the header announces an animation."""
    return data[12:16] == b"VP8X" and bool(data[20:21]) and bool(data[20] & _ANIMATION_FLAG)


def transparent(data: bytes) -> bool:
    """Tell whether the header announces transparency."""
    if data[12:16] == b"VP8X":
        return bool(data[20:21]) and bool(data[20] & _ALPHA_FLAG)
    if data[12:16] == b"VP8L" and len(data) >= 25:
        return bool(int.from_bytes(data[21:25], "little") >> _LOSSLESS_ALPHA_BIT & 1)
    return False


def without_reserved_bits(data: bytes) -> bytes:
    """Return the file with the reserved bits of its VP8X chunk set to 0, as RFC 9649 wants them.

    Readers must ignore them; Pillow refuses the file for them.
    """
    if data[12:16] != b"VP8X" or len(data) < _FLAGS_BYTE + 4:
        return data
    flags = bytes([data[_FLAGS_BYTE] & _KNOWN_FLAGS, 0, 0, 0])
    return data[:_FLAGS_BYTE] + flags + data[_FLAGS_BYTE + 4 :]


def first_picture(data: bytes) -> bytes:
    """Return the first whole picture in a container of its own; empty if there is none."""
    for kind, start, length in _chunks(data):
        if kind in _PICTURES:
            body = data[start : start + length]
            body += bytes(len(body) & 1)
            chunk = kind + length.to_bytes(4, "little") + body
            return b"RIFF" + (len(chunk) + 4).to_bytes(4, "little") + b"WEBP" + chunk
    return b""


def found_by_libwebp(data: bytes) -> bool:
    """Tell whether libwebp's simple decoder, which TensorFlow takes, comes to the first picture.

    It reads the sizes of the container up to there, and nothing behind.  A picture with a chunk
    for its transparency counts as not found.
    """
    riff_size = int.from_bytes(data[4:8], "little")
    if riff_size > len(data) - 8:
        return False
    extended = data[12:16] == b"VP8X"
    if extended and int.from_bytes(data[16:20], "little") != _EXTENDED_BYTES:
        return False
    for kind, start, length in _chunks(data):
        if kind in _PICTURES:
            picture = first_picture(data)
            same = not extended or canvas(picture) == canvas(data)
            end = start + length + (length & 1 if extended else 0)
            return same and end <= riff_size + 8 and not transparent(picture)
        if kind == b"ALPH" or not extended:
            return False
    return False


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    position = _FIRST_CHUNK
    while position + 8 <= len(data):
        kind, length = _CHUNK(data, position)
        yield kind, position + 8, length
        position += 8 + length + (length & 1)


class Webp(PictureFormat):
    """WebP."""

    name = "WEBP"
    endings = (".webp",)
    several = True

    def recognises(self, data: bytes) -> bool:
        """Look for the container and its kind."""
        return data[:4] == b"RIFF" and data[8:12] == b"WEBP"

    def check(self, image: ImageFile) -> None:
        """Bound the number of chunks and the canvas."""
        refuse(excess(image.data, image.limits.max_chunks))
        size = canvas(image.data)
        if size is not None:
            image.check_size(*size)

    def rescue(self, image: ImageFile) -> Iterator[bytes | npt.NDArray[np.uint8]]:
        """Return the file without its reserved bits, then only its first picture."""
        cleared = without_reserved_bits(image.data)
        if cleared != image.data:
            yield cleared
        image.structure = WebpStructure(damaged=True)
        data = first_picture(image.data)
        size = canvas(data)
        if size is not None:  # opening it takes memory for all of it
            image.check_size(*size)
        yield data

    def is_cut(self, image: ImageFile, complaint: str) -> bool:  # noqa: ARG002
        """Compare the length that the container announces."""
        return int.from_bytes(image.data[4:8], "little") + 8 > len(image.data)

    def may_be_sound(self, image: ImageFile, complaint: str) -> bool:  # noqa: ARG002
        """Look for a whole picture: of such files TensorFlow takes some."""
        return bool(first_picture(image.data))

    def refusal(self, image: ImageFile) -> str:
        """Ask the header for what has four channels."""
        damaged = isinstance(image.structure, WebpStructure) and image.structure.damaged
        if damaged and not found_by_libwebp(image.data):
            return "a WebP with a damaged container, which TensorFlow mostly refuses"
        if image.frames > 1 or animated(image.data):
            return "an animated WebP, which TensorFlow decodes to four channels rather than three"
        if image.mode == "RGBA" or transparent(image.data):
            return "a WebP with transparency, which TensorFlow decodes to four channels, not three"
        return ""


FORMAT = Webp()
