"""One file, opened once: what its bytes say, each step done once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images import warning_log

# Every command asks the formats which endings they have; Pillow is loaded if a file is opened.
if TYPE_CHECKING:
    from PIL import Image

ORIENTATION_TAG = 0x0112
_UNREADABLE_ORIENTATION = -2
_MOST_GREYS = 2**22
_LARGEST_ORIENTATION = 2**31 - 1  # what the manifest's column holds


class ReadingEndedError(Exception):
    """The file is not going to be decoded; says how reading it ended."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = names.text(detail)


@dataclass(slots=True)
class Structure:
    """What walking a file showed before anything was decoded; each format adds its own.

    Attributes:
        metadata_bytes: Bytes of Exif data, comments and the like.
        end_offset: Just behind the end mark; -1 if it is missing or the format has none.
        exif: The TIFF bytes of the Exif data; None if there are none, or if only Pillow finds them.
        icc: The colour profile; None if there is none, or if only Pillow finds it.
        refusal: Why TensorFlow refuses a file that Pillow shows; decoding adds to it.
    """

    finds_exif: ClassVar[bool] = False  # else Pillow is asked

    metadata_bytes: int = 0
    end_offset: int = -1
    exif: bytes | None = None
    icc: bytes | None = None
    refusal: str = ""


class ImageFile:
    """One file that a validator's ``inspect`` looks at.

    Attributes:
        path: Sample path (escaped).
        data: All bytes of the file.
        format: By content: ``JPEG``, ``PNG``, ``GIF``, ``BMP``, ``WEBP``, ``TIFF``, ...
        width_px: Width as stored, before any orientation tag.
        height_px: Height as stored.
        mode: Pillow's mode: ``RGB``, ``L``, ``CMYK``, ``RGBA``, ``P``, ``I;16``, ...
        frames: Number of pictures in the file.
        structure: Markers of a JPEG, chunks of a PNG, blocks of a GIF; None for other formats.
        decoder_warnings: What the decoder complained of, word for word.
        exif_warnings: What Pillow complained of in the Exif data, word for word.
        grey: Greyscale picture (Pillow, mode ``L``), reduced so that its short side keeps 64
            pixels or more; None until the file is decoded.
        pixels: The same in colour, uint8 of shape (height, width, 3 or 4), the fourth channel
            without meaning; None where it has no colour.
        whole: The picture before it was reduced (Pillow, mode ``L`` or ``RGB``), if Pillow decoded
            it; None if the decoder itself reduced it.
    """

    __slots__ = (
        "_exif", "_greys", "_opener", "data", "decoder_warnings", "exif_warnings", "format",
        "frames", "grey", "height_px", "limits", "mode", "path", "pillow", "pixels", "structure",
        "whole", "width_px",
    )  # fmt: skip

    def __init__(
        self,
        path: str,
        data: bytes,
        limits: Limits,
        *,
        format_name: str,
        structure: Structure | None,
        opener: Callable[[bytes, Structure | None], Image.Image],
    ) -> None:
        """Hold what walking the file showed; :func:`catsclean.images.decoding.open_image` walks.

        Args:
            path: Sample path (escaped).
            data: All bytes of the file.
            limits: Bounds on what it may cost.
            format_name: By content; empty if unknown.
            structure: What walking the file showed.
            opener: Opens bytes of this format with Pillow.
        """
        self.path = path
        self.data = data
        self.limits = limits
        self.format = format_name
        self.width_px = 0
        self.height_px = 0
        self.mode = ""
        self.frames = 1
        self.structure = structure
        self.decoder_warnings: list[str] = []
        self.exif_warnings: list[str] = []
        self.grey: Image.Image | None = None
        self.pixels: npt.NDArray[np.uint8] | None = None
        self.pillow: Image.Image | None = None
        self.whole: Image.Image | None = None
        self._exif: Image.Exif | None = None
        self._greys: npt.NDArray[np.uint8] | None = None
        self._opener = opener

    @property
    def extension(self) -> str:
        """Ending of the name, lower case, with its dot; empty if there is none."""
        name = self.path.rpartition("/")[2]
        stem, dot, ending = name.rpartition(".")
        return f".{ending.lower()}" if dot and stem else ""

    @property
    def exif(self) -> Image.Exif:
        """Exif tags of the main directory (tag number → value); empty where there are none."""
        if self._exif is None:
            self._exif = self._read_exif()
        return self._exif

    @property
    def greys(self) -> npt.NDArray[np.uint8] | None:
        """:attr:`grey` as an array: uint8 of shape (height, width), not to be changed.

        None where there are no greys, or so many, in a very long strip, that arrays made from them
        would exceed a worker's memory.
        """
        grey = self.grey
        if self._greys is None and grey is not None and grey.width * grey.height <= _MOST_GREYS:
            greys = np.frombuffer(grey.tobytes(), np.uint8)
            self._greys = greys.reshape(grey.height, grey.width)
        return self._greys

    @property
    def rgb(self) -> npt.NDArray[np.uint8] | None:
        """The reduced picture in colour: uint8 of shape (height, width, 3); None where grey."""
        return None if self.pixels is None else self.pixels[..., :3]

    @property
    def has_no_exif(self) -> bool:
        """The file is known to hold no Exif data, so that nobody needs to look for them."""
        structure = self.structure
        return structure is not None and structure.finds_exif and structure.exif is None

    def exif_directory(self, tag: int) -> dict[int, Any]:
        """Return one of the directories inside the Exif data: 0x8769 photo, 0x8825 position."""
        if not self.exif:
            return {}
        with warning_log.collecting() as messages:
            try:
                found = dict(self.exif.get_ifd(tag))
            except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
                found = {}
                messages.append(f"{type(error).__name__}: {error}")
        self._note(messages)
        return found

    @property
    def orientation(self) -> int:
        """Value of the Exif orientation tag: 1 to 8, other numbers as they stand.

        -1 if there is no tag, -2 if its value is not a number, or too large.
        """
        value = self.exif.get(ORIENTATION_TAG, -1)
        if not isinstance(value, int) or abs(value) > _LARGEST_ORIENTATION:
            return _UNREADABLE_ORIENTATION
        return value

    @property
    def icc_profile(self) -> bytes:
        """The colour profile; empty if there is none."""
        if self.structure is not None and self.structure.icc is not None:
            return self.structure.icc
        profile = self.pillow.info.get("icc_profile") if self.pillow is not None else None
        return profile if isinstance(profile, bytes) else b""

    def _read_exif(self) -> Image.Exif:
        from PIL import Image

        exif = Image.Exif()
        with warning_log.collecting() as messages:
            try:
                if self.structure is not None and self.structure.finds_exif:
                    if self.structure.exif is not None:
                        exif.load(b"Exif\0\0" + self.structure.exif)
                elif self.pillow is not None:
                    exif = self.pillow.getexif()
            except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
                messages.append(f"{type(error).__name__}: {error}")
                exif = Image.Exif()
        self._note(messages)
        return exif

    def _note(self, messages: list[str]) -> None:
        for message in messages:
            line = names.text(message)
            if line not in self.exif_warnings:
                self.exif_warnings.append(line)

    def open_pillow(self, data: bytes | None = None) -> Image.Image:
        """Open the bytes with Pillow, with the decoder of the sniffed format and no other.

        Args:
            data: Other bytes of the same format to open in place of the file's.

        Raises:
            Exception: Whatever Pillow raises on bytes that it cannot open.
        """
        return self._opener(self.data if data is None else data, self.structure)

    def check_size(self, width: int, height: int) -> None:
        """Refuse a picture with more pixels than the limit, before anything is allocated for it.

        Raises:
            ReadingEndedError: Over the limit.
        """
        self.width_px, self.height_px = width, height
        if width * height > self.limits.max_pixels:
            raise ReadingEndedError(
                Outcome.OVER_LIMIT,
                f"{width} x {height} = {width * height:,} pixels,"
                f" limit {self.limits.max_pixels:,} (--max-pixels)",
            )


def refuse(excess: str) -> None:
    """Refuse a file that goes beyond a limit.

    Args:
        excess: What it has too much of; empty if it respects all limits.

    Raises:
        ReadingEndedError: Over a limit.
    """
    if excess:
        raise ReadingEndedError(Outcome.OVER_LIMIT, excess)


def refuse_more(count: int, limit: int, what: str) -> None:
    """Refuse a file with more of something than the limit.

    Raises:
        ReadingEndedError: Over the limit.
    """
    if count > limit:
        raise ReadingEndedError(Outcome.OVER_LIMIT, f"more than {limit:,} {what}")


def complaint_of(error: Exception | None) -> str:
    """Say in one safe line what a decoder complained of."""
    if error is None:
        return ""
    text = names.text(str(error)).strip()
    # Pillow's text for bytes that it cannot identify holds the address of a buffer
    if "cannot identify image file" in text:
        return "Pillow cannot identify it"
    return f"{type(error).__name__}: {text}" if not isinstance(error, OSError) or not text else text
