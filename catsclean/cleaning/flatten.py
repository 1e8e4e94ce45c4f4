"""Turn a picture of any mode into 8-bit RGB or grey, and note what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catsclean.cleaning.repairs.repair import CannotRepairError, Pixels
from catsclean.cleaning.to_srgb import to_srgb
from catsclean.images.decoding import to_eight_bits

if TYPE_CHECKING:
    from PIL import Image

# modes whose colours all exist in 8-bit RGB or grey
_EXACT: Final = frozenset({"1", "L", "RGB", "P"})
_OPAQUE: Final = 255


def flatten(pixels: Pixels) -> None:
    """Convert a picture in place.

    Inks are converted by their profile if there is one, 16 bits keep their upper 8 as in
    TensorFlow, transparency is put on white, and fractions are stretched to their range.
    """
    picture = pixels.picture
    if picture.mode == "CMYK":
        pixels.picture = _from_inks(picture, pixels)
        return
    if (note := _note(picture)) is not None:
        pixels.notes.append(note)
    pixels.picture = to_eight_bits(picture)
    pixels.picture.info.pop("transparency", None)


def _from_inks(picture: Image.Image, pixels: Pixels) -> Image.Image:
    profile, pixels.profile = pixels.profile, b""
    if profile:
        try:
            found = to_srgb(picture, profile)
        except CannotRepairError:
            pass
        else:
            pixels.notes.append("inks converted by their profile")
            return found
    pixels.notes.append("inks converted without a profile")
    return picture.convert("RGB")


def _note(picture: Image.Image) -> str | None:
    """Say what the conversion costs; None: every pixel keeps its colour."""
    mode = picture.mode
    if mode.startswith("I;16"):
        return "upper 8 of 16 bits"
    if mode in {"I", "F"}:
        return "values stretched to their range"
    if transparency_of(picture) is not None:
        return "transparency on white"
    return None if mode in _EXACT or _has_alpha(picture) else f"converted from {mode}"


def transparency_of(picture: Image.Image) -> Image.Image | None:
    """Return the opacity of each pixel, mode ``L``; None if nothing shines through."""
    if not _has_alpha(picture):
        return None
    alpha = picture.convert("RGBA").getchannel("A")
    return None if alpha.getextrema() == (_OPAQUE, _OPAQUE) else alpha


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in picture.info
