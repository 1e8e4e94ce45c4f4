"""The repair ``apply-orientation``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catsclean.cleaning.repairs.repair import Pixels, Repair, Wishes
from catsclean.images.orientation import TURNS

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


class ApplyOrientation(Repair):
    """Turn the pixels as the Exif orientation says, and remove that tag.

    A JPEG is encoded again: turning its compressed blocks needs a library that catsclean does not
    have.
    """

    name = "apply-orientation"
    summary = "turn upright"
    rank = 60

    def needs_pixels(self, image: ImageFile, wishes: Wishes) -> bool:  # noqa: ARG002
        """Return whether the orientation is one of 2 to 8."""
        return image.orientation in TURNS

    def change_pixels(self, image: ImageFile, pixels: Pixels) -> None:
        """Turn the picture."""
        pixels.picture = pixels.picture.transpose(TURNS[image.orientation])
        pixels.upright = True


REPAIR = ApplyOrientation()
