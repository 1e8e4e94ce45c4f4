"""JPEG XL: recognised, and not decoded."""

from __future__ import annotations

from catsclean.images.formats.picture_format import PictureFormat


class JpegXl(PictureFormat):
    """JPEG XL."""

    name = "JPEG XL"
    endings = (".jxl",)
    signatures = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")

    def missing(self) -> str:
        """Say so."""
        return f"{self.name} is not decoded here, though TensorFlow 2.21 reads it"


FORMAT = JpegXl()
