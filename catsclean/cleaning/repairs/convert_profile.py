"""The repair ``convert-profile``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catsclean.cleaning.flatten import flatten, transparency_of
from catsclean.cleaning.repairs.repair import Pixels, Repair, Wishes
from catsclean.cleaning.to_srgb import to_srgb

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


# modes that a profile may be about
_WITH_PROFILE: Final = frozenset({"RGB", "CMYK", "L"})


class ConvertProfile(Repair):
    """Convert the pixels from the colour profile of the file to sRGB, and remove the profile.

    Transparency stays as it is.
    """

    name = "convert-profile"
    summary = "convert to sRGB"
    rank = 50

    def needs_pixels(self, image: ImageFile, wishes: Wishes) -> bool:  # noqa: ARG002
        """Return whether there is a profile."""
        return bool(image.icc_profile)

    def change_pixels(self, image: ImageFile, pixels: Pixels) -> None:  # noqa: ARG002
        """Convert the picture by its profile."""
        alpha = transparency_of(pixels.picture)
        if alpha is not None:
            pixels.picture = pixels.picture.convert("L" if pixels.picture.mode == "LA" else "RGB")
        elif pixels.picture.mode not in _WITH_PROFILE:
            flatten(pixels)
        pixels.picture = to_srgb(pixels.picture, pixels.profile)
        if alpha is not None:
            pixels.picture.putalpha(alpha)
        pixels.profile = b""
        pixels.notes.append("colours converted to sRGB")


REPAIR = ConvertProfile()
