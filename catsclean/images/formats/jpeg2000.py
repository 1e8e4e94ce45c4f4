"""Walk the markers of a JPEG 2000: how many there are, and how often its size was halved.

Layout: ITU-T T.800 (2019), annexes A and I.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Final

from catsclean.core.evidence import Outcome
from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import ImageFile, ReadingEndedError, refuse_more
from catsclean.images.scaling import reduction

if TYPE_CHECKING:
    from PIL import Image

_U16: Final = Struct(">H").unpack_from
_TILE_PART: Final = Struct(">6xI").unpack_from
_BOX: Final = Struct(">I4s").unpack_from
_CODESTREAM: Final = b"\xff\x4f"
_CODING, _START_OF_TILE, _END = 0xFF52, 0xFF90, 0xFFD9
# at full size; OpenJPEG unpacks 8 MB in a second
_MOST_BYTES: Final = 2**23
_LEVELS_BYTE: Final = 9  # of the coding segment, behind its marker


@dataclass(slots=True)
class Jpeg2000Structure:
    """What the markers say.

    Attributes:
        segments: Boxes, segments of the main header and tile parts; at most one over the limit.
        levels: How often width and height were halved; 0 if unknown.
    """

    segments: int = 0
    levels: int = 0


def walk(data: bytes, max_segments: int) -> Jpeg2000Structure:
    """Read boxes and markers; damage ends the walk.

    Args:
        data: The file, or a codestream alone.
        max_segments: Number of segments after which the walk ends.
    """
    found = Jpeg2000Structure()
    position = 0
    while not data.startswith(_CODESTREAM, position):
        found.segments += 1
        if found.segments > max_segments or position + 8 > len(data):
            return found
        length, kind = _BOX(data, position)
        if kind == b"jp2c":
            position += 16 if length == 1 else 8
        elif length < 8:  # to the end of the file, or of 64 bits, which no header needs
            return found
        else:
            position += length
    position += 2
    while position + 10 <= len(data) and found.segments <= max_segments:
        marker = _U16(data, position)[0]
        if marker == _END:
            break
        found.segments += 1
        if marker == _START_OF_TILE:
            length = _TILE_PART(data, position)[0]
            if length < 12:  # up to the end of the file
                break
            position += length
        else:
            if marker == _CODING:
                found.levels = data[position + _LEVELS_BYTE]
            position += 2 + _U16(data, position + 2)[0]
    return found


class Jpeg2000(PictureFormat):
    """JPEG 2000, in boxes or as a codestream alone."""

    name = "JPEG2000"
    endings = (".jp2", ".j2k", ".jpx")
    signatures = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
    scaled_by_decoder = True

    def check(self, image: ImageFile) -> None:
        """Bound the number of segments."""
        limit = image.limits.max_chunks
        refuse_more(walk(image.data, limit).segments, limit, "segments and tiles")

    def load(self, image: ImageFile, picture: Image.Image, data: bytes) -> None:  # noqa: ARG002
        """Leave out the finest levels, which take nearly all of the time and are shrunk anyway."""
        wanted = reduction(min(picture.size)).bit_length() - 1
        levels = min(wanted, walk(image.data, image.limits.max_chunks).levels)
        if len(image.data) >> (2 * levels) > _MOST_BYTES:
            raise ReadingEndedError(
                Outcome.OVER_LIMIT,
                f"{len(image.data):,} bytes of a JPEG 2000 that has no smaller levels",
            )
        if levels:
            picture.reduce = levels  # type: ignore[method-assign, assignment]
        picture.load()
        picture.reduce = 0  # type: ignore[method-assign, assignment]


FORMAT = Jpeg2000()
