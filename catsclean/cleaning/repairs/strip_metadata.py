"""The repair ``strip-metadata``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catsclean.cleaning.repairs.repair import Repair, Wishes
from catsclean.cleaning.repairs.segments import change_metadata, orientation_alone

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


class StripMetadata(Repair):
    """Remove all metadata except those that change how the picture looks.

    The colour profile and the orientation stay.
    """

    name = "strip-metadata"
    summary = "remove all metadata"
    rank = 30
    after_encoding = True

    def change_bytes(self, image: ImageFile, wishes: Wishes) -> bytes:  # noqa: ARG002
        """Return the file without Exif data, XMP, comments and the like."""
        return change_metadata(image, _stripped)


def _stripped(kind: str, body: bytes) -> bytes | None:
    if kind == "exif":
        return orientation_alone(body)
    return body if kind == "index" else None


REPAIR = StripMetadata()
