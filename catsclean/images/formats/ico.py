"""Read the sizes of the pictures inside an ICO; its directory has room for 256 a side only.

Layout: ICONDIR of the Windows documentation; each picture is a PNG, or a BMP without file header
whose height counts the mask as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from catsclean.images.formats import bmp, png
from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import ImageFile, refuse

_ENTRY = Struct("<12xI").unpack_from
_PNG_SIDES = Struct(">16xII")
_BITMAP_SIDES = Struct("<4xii")
_OLD_BITMAP_SIDES = Struct("<4xHH")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DIRECTORY_BYTES, _ENTRY_BYTES = 6, 16


def excess(data: bytes, max_pictures: int, max_chunks: int) -> str:
    """Say what the icon has more of than a limit allows; empty if it respects all limits.

    Args:
        data: The file.
        max_pictures: Entries of the directory.
        max_chunks: Chunks of all its PNGs together.
    """
    count = int.from_bytes(data[4:6], "little")
    if count > max_pictures:
        return f"more than {max_pictures:,} pictures"
    left = max_chunks
    for place in _places(data):
        if data.startswith(_SIGNATURE, place):
            left -= png.walk(data[place:], left).chunks
            if left < 0:
                return f"more than {max_chunks:,} chunks in its PNGs"
        elif excess := bmp.excess(data[place:], 0):
            return excess
    return ""


def sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Return width and height of every picture that has a header, each place once."""
    for place in _places(data):
        head = data[place : place + _PNG_SIDES.size]
        if head.startswith(_SIGNATURE):
            if len(head) == _PNG_SIDES.size:
                yield _PNG_SIDES.unpack(head)
        elif len(head) >= _BITMAP_SIDES.size:
            layout = _OLD_BITMAP_SIDES if head[:4] == b"\x0c\0\0\0" else _BITMAP_SIDES
            width, height = layout.unpack_from(head)
            yield abs(width), abs(height) // 2


def _places(data: bytes) -> list[int]:
    count = int.from_bytes(data[4:6], "little")
    end = min(_DIRECTORY_BYTES + count * _ENTRY_BYTES, len(data) - _ENTRY_BYTES + 1)
    return sorted({_ENTRY(data, at)[0] for at in range(_DIRECTORY_BYTES, end, _ENTRY_BYTES)})


class Ico(PictureFormat):
    """ICO, the icon of Windows."""

    name = "ICO"
    endings = (".ico",)
    signatures = (b"\0\0\1\0",)

    def check(self, image: ImageFile) -> None:
        """Bound the number of pictures and their chunks, and the size of each."""
        refuse(excess(image.data, image.limits.max_frames, image.limits.max_chunks))
        for size in sizes(image.data):
            image.check_size(*size)


FORMAT = Ico()
