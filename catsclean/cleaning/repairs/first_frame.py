"""The repair ``first-frame``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catsclean.cleaning.repairs.repair import Pixels, Repair, Wishes
from catsclean.cleaning.repairs.segments import without_further_pictures

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


class FirstFrame(Repair):
    """Keep the first picture of a file, and drop the others."""

    name = "first-frame"
    summary = "keep the first picture only"
    rank = 15

    def change_bytes(self, image: ImageFile, wishes: Wishes) -> bytes:  # noqa: ARG002
        """Return a JPEG without the JPEGs behind it; other formats have to be decoded."""
        if image.format != "JPEG" or image.frames < 2 or image.structure is None:
            return image.data
        return without_further_pictures(image.data, image.structure.end_offset)

    def cost(self, image: ImageFile) -> str:
        """Say that further pictures are dropped."""
        return f"first of {image.frames:,} pictures"

    def needs_pixels(self, image: ImageFile, wishes: Wishes) -> bool:  # noqa: ARG002
        """Return whether there is more than one picture."""
        return image.frames > 1 and image.format != "JPEG"

    def change_pixels(self, image: ImageFile, pixels: Pixels) -> None:
        """Note what is lost: decoding took the first picture."""
        pixels.notes.append(self.cost(image))


REPAIR = FirstFrame()
