"""The repair ``correct-extension``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catsclean.cleaning.loaders import LOADERS
from catsclean.cleaning.repairs.repair import Repair, Wishes
from catsclean.images.formats import sniff

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


class CorrectExtension(Repair):
    """Rename a file so that its extension is one of its format; its bytes stay."""

    name = "correct-extension"
    summary = "rename the file to the extension of its format"
    rank = 90

    def ending(self, image: ImageFile, wishes: Wishes) -> str:
        """Return an extension of the format if the present one is another format's.

        Empty if the program lists no file of this format: a new name would hide the picture.
        """
        if not sniff.is_wrong_ending(image.extension, image.format):
            return ""
        return LOADERS[wishes.loader].ending_for(image.format)


REPAIR = CorrectExtension()
