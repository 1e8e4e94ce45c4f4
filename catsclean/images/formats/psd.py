"""PSD, the documents of Photoshop: recognised, and not decoded."""

from __future__ import annotations

from catsclean.images.formats.picture_format import PictureFormat


class Psd(PictureFormat):
    """PSD, the documents of Photoshop."""

    name = "PSD"
    endings = (".psd",)
    signatures = (b"8BPS",)

    def missing(self) -> str:
        """Say so."""
        return f"{self.name} is not decoded here, nor by TensorFlow"


FORMAT = Psd()
