"""AVIF, which Pillow decodes with libavif."""

from __future__ import annotations

from catsclean.images.formats.boxes import BoxedFormat


class Avif(BoxedFormat):
    """AVIF, still or moving."""

    name = "AVIF"
    endings = (".avif", ".avifs")
    brands = frozenset({b"avif", b"avis"})


FORMAT = Avif()
