"""Read the header of a PPM, PGM or PBM, and the samples that Pillow would read one by one.

Layout: the manual pages of Netpbm.  Pillow reads plain text, comments and every range other than 0
to 255 in Python, where a picture of 4 million pixels takes seconds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import ImageFile, refuse

if TYPE_CHECKING:
    from PIL import Image
# Pillow reads the header byte by byte; real comments name the program that wrote the file
_MOST_HEADER_BYTES: Final = 2**16
# Pillow copies a megabyte for each comment between plain samples
_MOST_COMMENTS: Final = 1_000
# of a plain file: they take Pillow about a second; a megapixel in colour has 3 million
_MOST_PLAIN_SAMPLES: Final = 3_500_000
# a plain bit costs a twentieth of a plain number
_MOST_PLAIN_BITS: Final = 20_000_000
_COMMENT: Final = re.compile(rb"#[^\r\n]*[\r\n]?")
_HEADER: Final = re.compile(rb"P([1-6])\s+(\d{1,10})\s+(\d{1,10})\s(?:\s*(\d{1,10})\s)?")
_UNFINISHED: Final = re.compile(rb"P[1-6][\s\d]*$")
_PLAIN_KINDS: Final = frozenset({1, 2, 3})  # written as text
_PLAIN_BITS, _PLAIN_COLOUR = 1, 3


def excess(data: bytes) -> str:
    """Say what the file has more of than a limit allows; empty if it respects all limits."""
    head = _COMMENT.sub(b" ", data[: _MOST_HEADER_BYTES + 1])
    found = _HEADER.match(head)
    if found is None:
        if len(data) > _MOST_HEADER_BYTES and _UNFINISHED.match(head):
            return f"a header of more than {_MOST_HEADER_BYTES:,} bytes"
        return ""
    kind, width, height = int(found[1]), int(found[2]), int(found[3])
    if kind not in _PLAIN_KINDS:
        return ""
    samples = width * height * (3 if kind == _PLAIN_COLOUR else 1)
    most = _MOST_PLAIN_BITS if kind == _PLAIN_BITS else _MOST_PLAIN_SAMPLES
    if samples > most:
        return f"{samples:,} samples written as text, limit {most:,}"
    comments = data.count(b"#")
    if comments > _MOST_COMMENTS:
        return f"{comments:,} comments, limit {_MOST_COMMENTS:,}"
    return ""


def load_scaled(picture: Image.Image, data: bytes) -> None:
    """Load an open picture at once if Pillow would read its samples one by one.

    Those are binary samples whose highest value is neither 255 nor 65,535.

    Raises:
        ValueError: Samples are missing.
    """
    from PIL import Image

    if not picture.tile or picture.tile[0].codec_name != "ppm":  # type: ignore[attr-defined]
        return
    [tile] = picture.tile  # type: ignore[attr-defined]
    _, highest = tile.args
    channels = len(picture.getbands())
    count = picture.width * picture.height * channels
    kind = np.dtype(np.uint8 if highest < 256 else ">u2")
    if len(data) - tile.offset < count * kind.itemsize:
        raise ValueError("not enough image data")
    stored = np.frombuffer(data, kind, count, tile.offset)
    deep = picture.mode == "I"
    top = 65_535 if deep else 255
    # Python rounds halves to even, as NumPy does
    table = np.minimum(top, np.rint(np.arange(2 ** (8 * kind.itemsize)) / highest * top))
    pixels = table.astype(np.int32 if deep else np.uint8)[stored]
    shape = (picture.height, picture.width) + ((channels,) if channels > 1 else ())
    picture.im = Image.fromarray(pixels.reshape(shape)).im
    picture.tile = []  # type: ignore[attr-defined]


class Ppm(PictureFormat):
    """PPM, PGM and PBM."""

    name = "PPM"
    endings = (".ppm", ".pgm", ".pbm", ".pnm")

    def recognises(self, data: bytes) -> bool:
        """Look for the letter, the digit of the kind, and what ends them."""
        return data[:1] == b"P" and data[1:2] in b"123456" and data[2:3] in b" \t\r\n#"

    def check(self, image: ImageFile) -> None:
        """Bound the samples that are written as text."""
        refuse(excess(image.data))

    def load(self, image: ImageFile, picture: Image.Image, data: bytes) -> None:  # noqa: ARG002
        """Load at once what Pillow would read one by one."""
        load_scaled(picture, data)
        picture.load()


FORMAT = Ppm()
