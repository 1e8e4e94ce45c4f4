"""A format of pictures, and what the package asks of it.

Each format is one file in this folder, with an instance of its class called ``FORMAT``;
:mod:`catsclean.images.formats.sniff` finds it there.  Nothing else names a format: a new file is
enough to add one.  A format that Pillow decodes by itself needs no more than the attributes and
:meth:`PictureFormat.check`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from catsclean.core.limits import Limits
from catsclean.images.image import ImageFile, Structure

if TYPE_CHECKING:
    from PIL import Image


class PictureFormat:
    """A format of pictures: how to recognise, bound and decode it, and what TensorFlow refuses.

    The methods are called in the order in which they stand here.

    Attributes:
        name: As the column ``format`` of the evidence has it.
        pillow_names: Names of the decoders of Pillow that may open it; empty: the format's name.
        endings: Endings of file names that stand for it, in lower case, with their dot.
        keras_endings: Those that Keras' ``image_dataset_from_directory`` lists.
        signatures: First bytes of a file, any of them.
        several: A file may hold more pictures than one.
        scaled_by_decoder: :meth:`load` may leave out finer levels of the picture.
    """

    name: ClassVar[str]
    pillow_names: ClassVar[tuple[str, ...]] = ()
    endings: ClassVar[tuple[str, ...]] = ()
    keras_endings: ClassVar[tuple[str, ...]] = ()
    signatures: ClassVar[tuple[bytes, ...]] = ()
    several: ClassVar[bool] = False
    scaled_by_decoder: ClassVar[bool] = False

    def recognises(self, data: bytes) -> bool:
        """Tell whether the bytes of a file are of this format."""
        return data.startswith(self.signatures)

    def missing(self) -> str:
        """Say why such pictures are not decoded here; empty: they are."""
        return ""

    def walk(self, data: bytes, limits: Limits, *, to_end: bool) -> Structure | None:  # noqa: ARG002
        """Read what surrounds the pixels; damage ends the walk and is not an error.

        Args:
            data: The file.
            limits: Bounds on it, after which the walk ends.
            to_end: Look for the end of the file too, which only decoding can do without.
        """
        return None

    def check(self, image: ImageFile) -> None:
        """Check the size and everything else that costs time, before anything is allocated.

        Raises:
            ReadingEndedError: Over a limit.
        """

    def find_damage(self, image: ImageFile) -> None:
        """Find damage that Pillow does not report.

        Raises:
            ReadingEndedError: The file is damaged.
        """

    def decode(self, image: ImageFile) -> npt.NDArray[np.uint8] | Image.Image | None:  # noqa: ARG002
        """Decode without Pillow; the other methods below are for Pillow alone.

        Returns:
            The picture, or its reduced pixels (height, width, 1 or 4); None: Pillow decodes it.

        Raises:
            ReadingEndedError: The file is damaged or over a limit.
        """
        return None

    def open(self, data: bytes, structure: Structure | None) -> Image.Image:  # noqa: ARG002
        """Open bytes with Pillow, with the decoders of this format and no other.

        Raises:
            Exception: Whatever Pillow raises on bytes that it cannot open.
        """
        from PIL import Image

        return Image.open(io.BytesIO(data), formats=self.pillow_names or (self.name,))

    def first_alone(self, image: ImageFile) -> bytes:
        """Return the bytes to decode the first picture from."""
        return image.data

    def load(self, image: ImageFile, picture: Image.Image, data: bytes) -> None:  # noqa: ARG002
        """Let Pillow decode an open picture."""
        picture.load()

    def rescue(self, image: ImageFile) -> Iterator[bytes | npt.NDArray[np.uint8]]:  # noqa: ARG002
        """Return what else to decode if Pillow refuses a file that TensorFlow may take.

        Yields:
            Bytes for Pillow, or the pixels themselves; the first that serve are taken.
        """
        return iter(())

    def is_cut(self, image: ImageFile, complaint: str) -> bool:  # noqa: ARG002
        """Tell whether a file that Pillow refused ends before its format says so."""
        return "runcated" in complaint

    def may_be_sound(self, image: ImageFile, complaint: str) -> bool:  # noqa: ARG002
        """Tell whether a file that Pillow refused may serve elsewhere, so that it must stay."""
        return False

    def note_first(self, image: ImageFile, first: Image.Image) -> None:
        """Note what only the decoded first picture shows."""

    def count(self, image: ImageFile, picture: Image.Image) -> int:  # noqa: ARG002
        """Count the pictures of an open file."""
        return int(getattr(picture, "n_frames", 1))

    def later_excess(self, image: ImageFile) -> str:  # noqa: ARG002
        """Say what the pictures behind the first one have more of than a limit allows."""
        return ""

    def note_later(self, image: ImageFile, *, damaged: bool) -> None:
        """Note what the pictures behind the first one showed; `damaged`: Pillow failed at one."""

    def refusal(self, image: ImageFile) -> str:  # noqa: ARG002
        """Say why TensorFlow refuses a decoded picture; empty: it takes it.

        The rules were found by asking TensorFlow 2.21 itself, with ``channels=3`` and
        ``expand_animations=False``, about every mode of every format that Pillow writes and about
        thousands of damaged files, and are checked against it file by file in the tests.
        """
        return f"TensorFlow has no decoder for {self.name}"
