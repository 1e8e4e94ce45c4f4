"""The repair ``flatten-mode``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catsclean.cleaning.flatten import flatten
from catsclean.cleaning.repairs.repair import Pixels, Repair, Wishes

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

_FLAT: Final = frozenset({"RGB", "L"})


class FlattenMode(Repair):
    """Store a picture as 8-bit RGB or grey (:func:`catsclean.cleaning.flatten.flatten`)."""

    name = "flatten-mode"
    summary = "store as 8-bit RGB or grey"
    rank = 55

    def needs_pixels(self, image: ImageFile, wishes: Wishes) -> bool:  # noqa: ARG002
        """Return whether it has another mode."""
        return image.mode not in _FLAT

    def change_pixels(self, image: ImageFile, pixels: Pixels) -> None:  # noqa: ARG002
        """Convert the picture."""
        flatten(pixels)


REPAIR = FlattenMode()
