"""The repair ``cut-tail``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catsclean.cleaning.repairs.repair import CannotRepairError, Repair, Wishes

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

_RIFF_HEADER_BYTES: Final = 8


class CutTail(Repair):
    """Cut the bytes after the end mark of a picture."""

    name = "cut-tail"
    summary = "cut the bytes after the end"
    rank = 10

    def change_bytes(self, image: ImageFile, wishes: Wishes) -> bytes:  # noqa: ARG002
        """Return the file up to its end mark; that of a WebP is where its header says."""
        data, structure = image.data, image.structure
        if image.format == "WEBP":
            announced = int.from_bytes(data[4:8], "little")
            # one byte of padding makes the length even
            return data[: _RIFF_HEADER_BYTES + announced + (announced & 1)]
        if getattr(structure, "multi_picture", False):
            raise CannotRepairError("the bytes after its end are further pictures of the file")
        if structure is None or structure.end_offset < 0:
            raise CannotRepairError("it is not known where the picture ends")
        return data[: structure.end_offset]


REPAIR = CutTail()
