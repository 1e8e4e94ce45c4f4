"""One file, opened once: what its bytes say, each step done once."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL import ImageFile as PillowImageFile

from catsclean.core import names
from catsclean.core.limits import Limits
from catsclean.images import warning_log
from catsclean.images.formats import gif, jpeg, png, sniff, webp

ORIENTATION_TAG = 0x0112
_UNREADABLE_ORIENTATION = -2
_LARGEST_ORIENTATION = 2**31 - 1  # what the manifest's column holds


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
    """

    __slots__ = (
        "_exif", "data", "decoder_warnings", "exif_warnings", "format", "frames", "grey",
        "height_px", "limits", "mode", "path", "pillow", "pixels", "structure", "width_px",
    )  # fmt: skip

    def __init__(self, path: str, data: bytes, limits: Limits, *, to_end: bool = True) -> None:
        """Look at the first bytes; nothing is decoded yet.

        Args:
            path: Sample path (escaped).
            data: All bytes of the file.
            limits: Bounds on what it may cost.
            to_end: Look for the end marker of a JPEG, which only decoding can do without.
        """
        self.path = path
        self.data = data
        self.limits = limits
        self.format = sniff.sniff(data)
        self.width_px = 0
        self.height_px = 0
        self.mode = ""
        self.frames = 1
        self.structure: (
            jpeg.JpegStructure | png.PngStructure | gif.GifStructure | webp.WebpStructure | None
        ) = None
        self.decoder_warnings: list[str] = []
        self.exif_warnings: list[str] = []
        self.grey: Image.Image | None = None
        self.pixels: npt.NDArray[np.uint8] | None = None
        self.pillow: Image.Image | None = None
        self._exif: Image.Exif | None = None
        if self.format == "JPEG":
            self.structure = jpeg.walk(data, limits.max_scans, limits.max_chunks, to_end=to_end)
        elif self.format == "PNG":
            self.structure = png.walk(data, limits.max_chunks)
        elif self.format == "GIF":
            self.structure = gif.walk(data, limits.max_frames, limits.max_chunks)

    @property
    def extension(self) -> str:
        """Ending of the name, lower case, with its dot; empty where there is none."""
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
    def rgb(self) -> npt.NDArray[np.uint8] | None:
        """The reduced picture in colour: uint8 of shape (height, width, 3); None where grey."""
        return None if self.pixels is None else self.pixels[..., :3]

    @property
    def has_no_exif(self) -> bool:
        """The file is known to hold no Exif data, so that nobody needs to look for them."""
        return isinstance(self.structure, jpeg.JpegStructure) and self.structure.exif is None

    def exif_directory(self, tag: int) -> dict[int, Any]:
        """Give one of the directories inside the Exif data: 0x8769 photo, 0x8825 position."""
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

        -1 where there is no tag, -2 where its value is no number, or a giant one.
        """
        value = self.exif.get(ORIENTATION_TAG, -1)
        if not isinstance(value, int) or abs(value) > _LARGEST_ORIENTATION:
            return _UNREADABLE_ORIENTATION
        return value

    @property
    def icc_profile(self) -> bytes:
        """The colour profile; empty where there is none."""
        if isinstance(self.structure, jpeg.JpegStructure):
            return self.structure.icc or b""
        profile = self.pillow.info.get("icc_profile") if self.pillow is not None else None
        return profile if isinstance(profile, bytes) else b""

    def _read_exif(self) -> Image.Exif:
        exif = Image.Exif()
        with warning_log.collecting() as messages:
            try:
                if isinstance(self.structure, jpeg.JpegStructure):
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
        allowed = sniff.PILLOW_NAMES.get(self.format, (self.format,))
        content = self.data if data is None else data
        picture = Image.open(io.BytesIO(content), formats=allowed)
        if isinstance(self.structure, jpeg.JpegStructure) and self.structure.arithmetic:
            # libjpeg cannot wait for more of such data, so it needs all of them at once
            picture.decodermaxblock = max(len(content), PillowImageFile.MAXBLOCK)
        return picture
