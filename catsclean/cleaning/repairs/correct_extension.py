"""The repair ``correct-extension``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catsclean.cleaning.repairs.repair import Repair, Wishes
from catsclean.images.formats import sniff

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


class CorrectExtension(Repair):
    """Rename a file so that its extension is one of its format; its bytes stay."""

    name = "correct-extension"
    summary = "rename"
    rank = 90

    def ending(self, image: ImageFile, wishes: Wishes) -> str:  # noqa: ARG002
        """Return the usual extension of the format if the present one is another format's."""
        if not sniff.is_wrong_ending(image.extension, image.format):
            return ""
        return sniff.FORMATS[image.format].endings[0]


REPAIR = CorrectExtension()
