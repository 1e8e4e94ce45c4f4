"""HEIC, which the optional pillow-heif decodes with libheif."""

from __future__ import annotations

import importlib.util
import io
from typing import TYPE_CHECKING, Final

from catsclean.core.evidence import Outcome
from catsclean.images.formats import avif
from catsclean.images.formats.boxes import BoxedFormat
from catsclean.images.image import ImageFile, ReadingEndedError, Structure

if TYPE_CHECKING:
    from PIL import Image

_INSTALLED: Final = importlib.util.find_spec("pillow_heif") is not None
_CUT: Final = "Unexpected end of file"
# no damage: something other than HEVC in the boxes, or a feature that libheif lacks
_NOT_OF_THE_FILE: Final = ("has not been built in", "Unsupported")
# previews may show something else than the picture, and several pictures are decoded at a time
_OPTIONS: Final = {
    "DECODE_THREADS": 1, "THUMBNAILS": False, "DEPTH_IMAGES": False, "AUX_IMAGES": False,
}  # fmt: skip
_OVER_LIMIT: Final = "Security limit exceeded"


class Heic(BoxedFormat):
    """HEIC and HEIF, the pictures of phones."""

    name = "HEIC"
    endings = (".heic", ".heif")
    brands = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})

    def recognises(self, data: bytes) -> bool:
        """Look for a brand, and for none of AVIF's, which shares some of them."""
        return super().recognises(data) and not avif.FORMAT.recognises(data)

    def missing(self) -> str:
        """Name the extra if it is not installed."""
        if _INSTALLED:
            return ""
        # part of a finding, which is the same on every machine
        return (
            "HEIC is not decoded here, nor by TensorFlow. To read it, install the extra heif of"
            " catsclean"
        )

    def open(self, data: bytes, structure: Structure | None) -> Image.Image:  # noqa: ARG002
        """Open with libheif, without adding it to the decoders of Pillow."""
        import pillow_heif

        options = pillow_heif.options
        before = {name: getattr(options, name) for name in _OPTIONS}
        try:
            for name, value in _OPTIONS.items():
                setattr(options, name, value)
            picture: Image.Image = pillow_heif.HeifImageFile(io.BytesIO(data))
        finally:
            for name, value in before.items():
                setattr(options, name, value)
        return picture

    def load(self, image: ImageFile, picture: Image.Image, data: bytes) -> None:
        """Tell libheif's own limits from damage."""
        try:
            super().load(image, picture, data)
        except RuntimeError as error:
            if _OVER_LIMIT in str(error):
                raise ReadingEndedError(Outcome.OVER_LIMIT, str(error)) from error
            raise

    def is_cut(self, image: ImageFile, complaint: str) -> bool:  # noqa: ARG002
        """Ask libheif, which looks for all parts of the file."""
        return _CUT in complaint

    def may_be_sound(self, image: ImageFile, complaint: str) -> bool:  # noqa: ARG002
        """Tell damage from what libheif cannot decode."""
        return any(text in complaint for text in _NOT_OF_THE_FILE)


FORMAT = Heic()
