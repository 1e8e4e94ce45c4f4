"""The repair ``add-end-mark``."""

from __future__ import annotations

import zlib
from struct import Struct
from typing import TYPE_CHECKING, Final

from catsclean.cleaning.repairs.repair import CannotRepairError, Pixels, Repair, Wishes
from catsclean.cleaning.rows_of_cut import crop_to_rows
from catsclean.images.formats import sniff

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

_CHUNK: Final = Struct(">I4s")
_FIRST_CHUNK: Final = 8
_AROUND_BYTES: Final = 12  # length, name and checksum of a chunk
_JPEG_END: Final = b"\xff\xd9"
_GIF_END: Final = b";"


class AddEndMark(Repair):
    """Add the end mark of a picture that lost nothing else.

    Whether all rows are there is known only afterwards: the repaired file must decode without a
    warning.  So a picture that lost rows is refused, and never filled up with grey.
    """

    name = "add-end-mark"
    summary = "add the missing end mark"
    rank = 20
    salvages = True

    def change_bytes(self, image: ImageFile, wishes: Wishes) -> bytes:
        """Return the file with its end mark."""
        data, structure = image.data, image.structure
        if structure is not None and structure.end_offset >= 0:
            return data
        if image.format == "JPEG":
            # the first byte of the mark may be there
            return data.removesuffix(b"\xff") + _JPEG_END
        if image.format == "PNG":
            return _with_end_chunk(data)
        if image.format == "GIF":
            made = data + _GIF_END
            # Pillow makes missing rows up, so the blocks must lead to the mark by themselves
            walked = sniff.FORMATS[image.format].walk(made, wishes.limits, to_end=True)
            if walked is None or walked.end_offset != len(made):
                raise CannotRepairError("rows of the picture are missing: its blocks are cut")
            return made
        raise CannotRepairError(f"a cut {image.format} cannot be completed")

    def salvage(self, image: ImageFile, wishes: Wishes) -> Pixels:
        """Return the rows that exist."""
        return crop_to_rows(image, wishes.salvage)


def _with_end_chunk(data: bytes) -> bytes:
    position = _FIRST_CHUNK
    while position + _AROUND_BYTES <= len(data):
        length, _ = _CHUNK.unpack_from(data, position)
        if position + _AROUND_BYTES + length > len(data):
            break
        position += _AROUND_BYTES + length
    rest, parts = data[position:], [data[:position]]
    if rest[4:8] == b"IDAT":
        # the last piece of the pixels is cut: if it is whole, only its checksum is missing
        parts.append(_chunk(b"IDAT", rest[8 : 8 + _CHUNK.unpack_from(rest)[0]]))
    return b"".join([*parts, _chunk(b"IEND", b"")])


def _chunk(kind: bytes, body: bytes) -> bytes:
    return _CHUNK.pack(len(body), kind) + body + zlib.crc32(kind + body).to_bytes(4)


REPAIR = AddEndMark()
