"""The programs that read pictures for training: which files they list, and which they decode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from catsclean.images.formats import sniff

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

# torchvision.datasets.folder.IMG_EXTENSIONS, which ImageFolder lists
_TORCH: Final = (
    ".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loader:
    """A program that reads pictures.

    Attributes:
        name: As ``--for`` takes it.
        endings: Extensions that it lists, in lower case; empty: it reads any file.
        by_tensorflow: It decodes by TensorFlow's rules; else through Pillow.
    """

    name: str
    endings: tuple[str, ...]
    by_tensorflow: bool

    def lists(self, ending: str) -> bool:
        """Return whether it lists files with an extension (lower case, with its dot)."""
        return not self.endings or ending in self.endings

    def ending_for(self, kind: str) -> str:
        """Return the extension under which it lists a format; empty if there is none."""
        found = sniff.FORMATS[kind].endings if kind in sniff.FORMATS else ()
        return next((ending for ending in found if self.lists(ending)), "")

    def refuses(self, image: ImageFile) -> bool:
        """Return whether it does not decode a picture that decodes here."""
        return self.by_tensorflow and bool(sniff.FORMATS[image.format].refusal(image))


LoaderName = Literal["tensorflow", "keras", "torch"]
LOADERS: Final = {
    one.name: one
    for one in (
        Loader("tensorflow", (), by_tensorflow=True),
        Loader("keras", sniff.KERAS_EXTENSIONS, by_tensorflow=True),
        Loader("torch", _TORCH, by_tensorflow=False),
    )
}
