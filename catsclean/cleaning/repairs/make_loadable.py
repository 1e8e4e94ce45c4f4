"""The repair ``make-loadable``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catsclean.cleaning.loaders import LOADERS
from catsclean.cleaning.repairs.repair import Repair, Wishes

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


class MakeLoadable(Repair):
    """Make a picture readable for a program: rename it if that is enough, else encode it again."""

    name = "make-loadable"
    summary = "encode again"
    rank = 80

    def needs_pixels(self, image: ImageFile, wishes: Wishes) -> bool:
        """Return whether the program does not decode it, or lists no file of its format."""
        loader = LOADERS[wishes.loader]
        return loader.refuses(image) or not loader.ending_for(image.format)

    def ending(self, image: ImageFile, wishes: Wishes) -> str:
        """Return an extension that the program lists, if the present one is not listed."""
        loader = LOADERS[wishes.loader]
        if loader.lists(image.extension):
            return ""
        return loader.ending_for(image.format)


REPAIR = MakeLoadable()
