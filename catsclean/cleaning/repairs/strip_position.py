"""The repair ``strip-position``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catsclean.cleaning.repairs.repair import Repair, Wishes
from catsclean.cleaning.repairs.segments import change_metadata, without_position

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


class StripPosition(Repair):
    """Remove the position where the picture was taken, and no other metadata.

    An XMP packet that names a position is removed as a whole.
    """

    name = "strip-position"
    summary = "remove the position"
    rank = 30
    after_encoding = True

    def change_bytes(self, image: ImageFile, wishes: Wishes) -> bytes:  # noqa: ARG002
        """Return the file without a position in Exif data or XMP."""
        return change_metadata(image, _without_position, only_position=True)


def _without_position(kind: str, body: bytes) -> bytes | None:
    if kind == "exif":
        return without_position(body)
    return None if kind == "xmp" and b"GPS" in body else body


REPAIR = StripPosition()
