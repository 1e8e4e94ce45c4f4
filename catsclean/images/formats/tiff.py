"""Walk the directories of a TIFF, so that one with too many of anything is never parsed.

Directory layout: TIFF 6.0 (1992), section 2; BigTIFF by the tables of libtiff's documentation.
Every directory costs Pillow a search through all before it, and every value becomes an object.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.formats.png import BARREN, MOST_BARREN_BYTES, barren_bytes
from catsclean.images.image import ImageFile, refuse

# of all directories together; a scanner writes a few dozen a picture
_MOST_ENTRIES: Final = 100_000
# of one entry: tiles of 16 x 16 of the largest picture are 195,000.  Pillow makes objects of each
# strip and tile, 250,000 of them in a second.
_MOST_VALUES: Final = 250_000
# values that lie on top of each other are copied again and again; real ones share a few bytes
_MOST_COPIES: Final = 16
_COPIES_ALLOWED_BYTES: Final = 2**20
# text and bytes are never taken apart
_OPAQUE: Final = frozenset({1, 2, 6, 7})
# bytes of a value by its type
_VALUE_BYTES: Final = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8,
}  # fmt: skip

_INTEGERS: Final = {3: "H", 4: "I", 16: "Q"}
_WIDTH, _HEIGHT, _COMPRESSION, _CHANNELS = 256, 257, 259, 277
_OFFSETS, _BYTE_COUNTS = (273, 324), (279, 325)  # of strips, of tiles
_DEFLATE: Final = frozenset({8, 32_946})
_MOST_BYTES_OF_CHANNEL: Final = 8


@dataclass(frozen=True, slots=True)
class _Layout:
    """How numbers are stored: Struct readers of the classic or of the 64-bit variant."""

    header: Struct
    count: Struct
    entry: Struct
    offset: Struct


def excess(data: bytes, max_frames: int) -> str:
    """Say what the TIFF has more of than a limit allows; empty where it keeps to them all."""
    layout = _layout(data)
    seen: set[int] = set()
    entries = copied = barren = 0
    place = _number(layout.header, data, 0)
    while place and place not in seen:
        seen.add(place)
        if len(seen) > max_frames:
            return f"more than {max_frames:,} pictures"
        count = _number(layout.count, data, place)
        entries += count
        if entries > _MOST_ENTRIES:
            return f"more than {_MOST_ENTRIES:,} tags"
        start = place + layout.count.size
        tags: dict[int, list[int]] = {}
        for position in range(start, start + count * layout.entry.size, layout.entry.size):
            if position + layout.entry.size > len(data):
                return ""
            tag, kind, values = layout.entry.unpack_from(data, position)
            size = _VALUE_BYTES.get(kind, 0)
            if not size or values * size > len(data):
                continue
            if values > _MOST_VALUES and kind not in _OPAQUE:
                return f"tag {tag} of {values:,} values, limit {_MOST_VALUES:,}"
            copied += values * size
            if copied > _MOST_COPIES * len(data) + _COPIES_ALLOWED_BYTES:
                return f"overlapping tags, {copied:,} bytes in total"
            tags[tag] = [kind, values, position]
        barren += _barren_bytes(data, layout, tags)
        if barren > MOST_BARREN_BYTES:
            return BARREN
        place = _number(layout.offset, data, start + count * layout.entry.size)
    return ""


def _barren_bytes(data: bytes, layout: _Layout, tags: dict[int, list[int]]) -> int:
    """Count the bytes of the deflated strips or tiles of a picture that yield next to nothing."""
    if not _DEFLATE.intersection(_integers(data, layout, tags, _COMPRESSION)):
        return 0
    barren = 0
    for offsets, counts in zip(_OFFSETS, _BYTE_COUNTS, strict=True):
        lengths = _integers(data, layout, tags, counts)
        if sum(min(length, len(data)) for length in lengths) <= MOST_BARREN_BYTES:
            continue  # not worth a look: it could not hold enough
        needed = _MOST_BYTES_OF_CHANNEL
        for tag in (_WIDTH, _HEIGHT, _CHANNELS):
            needed *= next(iter(_integers(data, layout, tags, tag)), 1)
        for offset, length in zip(_integers(data, layout, tags, offsets), lengths, strict=False):
            barren += barren_bytes(data[offset : offset + length], needed)
            if barren > MOST_BARREN_BYTES:
                return barren
    return barren


def _integers(
    data: bytes, layout: _Layout, tags: dict[int, list[int]], tag: int
) -> tuple[int, ...]:
    """Read the whole numbers of a tag; none if it is missing, of another type or cut."""
    kind, values, position = tags.get(tag, (0, 0, 0))
    code = _INTEGERS.get(kind)
    if code is None:
        return ()
    numbers = Struct(f"{layout.offset.format[0]}{values}{code}")
    place = position + layout.entry.size - layout.offset.size
    if numbers.size > layout.offset.size:
        place = _number(layout.offset, data, place)
    return numbers.unpack_from(data, place) if place + numbers.size <= len(data) else ()


def _layout(data: bytes) -> _Layout:
    order = "<" if data[:2] == b"II" else ">"
    classic, big = ("4xI", "H", "HHI4x", "I"), ("8xQ", "Q", "HHQ8x", "Q")
    header, count, entry, offset = (
        Struct(order + code) for code in (big if 43 in data[2:4] else classic)
    )
    return _Layout(header, count, entry, offset)


def _number(layout: Struct, data: bytes, place: int) -> int:
    if place + layout.size > len(data):
        return 0
    number: int = layout.unpack_from(data, place)[0]
    return number


class Tiff(PictureFormat):
    """TIFF, classic and of 64 bits."""

    name = "TIFF"
    endings = (".tif", ".tiff")
    signatures = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    several = True

    def check(self, image: ImageFile) -> None:
        """Bound the directories."""
        refuse(excess(image.data, image.limits.max_frames))


FORMAT = Tiff()
