"""The repair ``apply-orientation``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image

from catsclean.cleaning.repairs.repair import Pixels, Repair, Wishes

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

# Exif 2.32 (CIPA DC-008), section 4.6.4
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
        return image.orientation in _TURNS

    def change_pixels(self, image: ImageFile, pixels: Pixels) -> None:
        """Turn the picture."""
        pixels.picture = pixels.picture.transpose(_TURNS[image.orientation])
        pixels.upright = True


REPAIR = ApplyOrientation()
