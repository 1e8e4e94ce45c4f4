"""Convert a file's bytes to the square that a network sees, the same for training and prediction.

The decoder is catsclean's own reader and not ``tf.io.decode_image``: it has limits, follows no
link, decodes a JPEG at a fraction of its size if that is enough, and returns the same pixels for
TensorFlow, JAX and PyTorch.  Of an animation it takes the first picture, as
``decode_image(expand_animations=False)`` does.
"""

from __future__ import annotations

import hashlib
import json
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL import __version__ as pillow_version

from catsclean.core.limits import Limits
from catsclean.core.reading_errors import reason_of
from catsclean.errors import ConfigError
from catsclean.images.decoding import (
    check_header,
    open_image,
    to_eight_bits,
)
from catsclean.images.formats.jpeg import JpegStructure
from catsclean.images.formats.sniff import DECODABLE, describe
from catsclean.images.image import ImageFile, ReadingEndedError, complaint_of
from catsclean.images.orientation import TURNS
from catsclean.images.read_file import FolderReader
from catsclean.images.scaling import resize
from catsclean.training.backend import load_opencv

FitName = Literal["stretch", "crop", "pad"]
FITS: Final[tuple[FitName, ...]] = get_args(FitName)
# Increase it when the decoded pixels of a file change, so that cached ones are not reused.
_DECODER_VERSION = 4
_BUFFER_BYTES = 4 * 2**20  # of each thread, for decoded JPEGs: new memory costs page faults


class UnreadableError(ValueError):
    """One picture cannot be read or decoded; the text is the reason, without the file name."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How a picture becomes a square.

    Attributes:
        size: Side of the square, pixels.
        fit: ``stretch``: both sides to `size`, as the course and Keras do, which squeezes a wide
            picture.  ``crop``: the centre.  ``pad``: all of it, with grey beside it.
        apply_orientation: Turn the picture by its Exif tag.  Keras and plain TensorFlow ignore
            the tag; so does this unless set.
    """

    size: int = 150
    fit: str = "stretch"
    apply_orientation: bool = False

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise ConfigError(f"fit must be one of {', '.join(FITS)}. Received: {self.fit!r}.")
        if not 1 <= self.size <= 4096:
            raise ConfigError(f"size must be 1 to 4096 pixels. Received: {self.size!r}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the values, to store with a model."""
        return asdict(self)

    @property
    def key(self) -> str:
        """A name that differs for any two settings with different pixels."""
        text = json.dumps(
            [
                _DECODER_VERSION,
                pillow_version,
                load_opencv().__version__,
                self.size,
                self.fit,
                self.apply_orientation,
            ]
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_bytes(folders: FolderReader, path: str, limits: Limits) -> bytes:
    """Read a sample's file (escaped path), following no link.

    Raises:
        UnreadableError: It cannot be read.
    """
    try:
        return folders.read(path, limits.max_bytes)
    except FileNotFoundError:
        raise UnreadableError("the file is gone") from None
    except (OSError, ValueError) as error:
        raise UnreadableError(f"cannot be read: {reason_of(error)}") from None


def decode_picture(path: str, data: bytes, cut: Cut, limits: Limits | None = None) -> Image.Image:
    """Decode a file's bytes to an RGB picture that is at least as large as `cut` needs.

    Args:
        path: Its name, for its extension.
        data: The bytes.
        cut: Its size allows decoding a JPEG at a fraction of its own; its orientation is applied.
        limits: Bounds on size; None: the audit's.

    Raises:
        UnreadableError: It is not a picture, is damaged, or exceeds a limit.
    """
    image = open_image(path, data, limits or Limits(), to_end=False)
    pixels = _decode_jpeg(image, cut)
    return _decode_with_pillow(image, cut) if pixels is None else Image.fromarray(pixels)


def decode_square(
    path: str,
    data: bytes,
    cut: Cut,
    limits: Limits | None = None,
    out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Make the (size, size, 3) uint8 square of a file's bytes, in `out` if given.

    The result equals ``cut_square(decode_picture(...))``, without the picture in between.

    Raises:
        UnreadableError: As for :func:`decode_picture`.
    """
    image = open_image(path, data, limits or Limits(), to_end=False)
    pixels = _decode_jpeg(image, cut, _buffer.bytes)
    if pixels is None:
        picture = _decode_with_pillow(image, cut)
    elif cut.fit == "stretch" and _reaches(pixels.shape[1], pixels.shape[0], cut.size):
        return _stretch(pixels, cut.size, out)
    else:
        picture = Image.fromarray(pixels)
    square = cut_square(picture, cut)
    if out is None:
        return square
    out[...] = square
    return out


def _decode_with_pillow(image: ImageFile, cut: Cut) -> Image.Image:
    data = image.data
    if not data:
        raise UnreadableError("the file is empty (0 bytes)")
    if image.format not in DECODABLE:
        raise UnreadableError(
            f"not a picture that can be decoded: {image.format or describe(data)}"
        )
    try:
        check_header(image)
        picture = image.open_pillow()
        image.check_size(*picture.size)
        if image.format == "JPEG":
            picture.draft("RGB", (cut.size, cut.size))
        picture.load()
        orientation = image.orientation if cut.apply_orientation else 1
        picture = to_eight_bits(picture).convert("RGB")
    except ReadingEndedError as error:
        raise UnreadableError(str(error)) from None
    except MemoryError:
        raise UnreadableError("needs more memory than there is") from None
    except Exception as error:  # noqa: BLE001 - a decoder may raise anything; report the file
        raise UnreadableError(f"cannot be decoded: {complaint_of(error)}") from None
    if 2 <= orientation <= 8:
        picture = picture.transpose(TURNS[orientation])
    return picture


class _Buffer(threading.local):
    def __init__(self) -> None:
        self.bytes = bytearray(_BUFFER_BYTES)


_buffer = _Buffer()


def _decode_jpeg(
    image: ImageFile, cut: Cut, buffer: bytearray | None = None
) -> NDArray[np.uint8] | None:
    """Decode an intact JPEG with libjpeg-turbo, at half of Pillow's cost; None: use Pillow.

    Args:
        image: The file.
        cut: Decides how small it may become.
        buffer: Memory to decode into, if it is large enough: the pixels are valid until the next
            use.

    Returns:
        (height, width, 3) uint8.
    """
    structure = image.structure
    if not isinstance(structure, JpegStructure) or not structure.plain or structure.components == 4:
        return None
    height, width = structure.height_px, structure.width_px
    if structure.scans > image.limits.max_scans:
        raise UnreadableError(f"more than {image.limits.max_scans} scans")
    if cut.apply_orientation and image.orientation > 1:
        return None
    try:
        image.check_size(width, height)
    except ReadingEndedError as error:
        raise UnreadableError(str(error)) from None
    lowest_height, lowest_width = _decoded_size(height, width, cut.size)
    fits = buffer is not None and height * width * 3 <= len(buffer)
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            image.data,
            "RGB",
            min_height=lowest_height,
            min_width=lowest_width,
            buffer=buffer if fits else None,
        )
    except ValueError:
        return None
    except MemoryError:
        raise UnreadableError("needs more memory than there is") from None
    return pixels


def _decoded_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Choose the least height and width to request from the decoder.

    Halves and quarters are fastest.  If they leave a side so long that the fast resize would skip
    pixels, the decoder may choose any eighth.
    """
    short = min(height, width)
    scale = next((s for s in (8, 4, 2) if short >= s * size), 1)
    decoded = -(-height // scale), -(-width // scale)
    if short >= size and max(decoded) >= 2 * size:
        return size, size
    return decoded


def cut_square(picture: Image.Image, cut: Cut) -> NDArray[np.uint8]:
    """Make the (size, size, 3) uint8 square of a decoded picture."""
    target = (cut.size, cut.size)
    if cut.fit == "crop":
        square = ImageOps.fit(picture, target, Image.Resampling.BILINEAR)
    elif cut.fit == "pad":
        square = ImageOps.pad(picture, target, Image.Resampling.BILINEAR, color=(128, 128, 128))
    elif _reaches(*picture.size, cut.size):
        return _stretch(np.asarray(picture), cut.size)
    else:
        square = resize(picture, target, Image.Resampling.BILINEAR)
    return np.asarray(square)


def _reaches(width_px: int, height_px: int, size: int) -> bool:
    """Return whether two-tap interpolation uses every pixel of a picture of this size."""
    return width_px < 2 * size and height_px < 2 * size


def _stretch(
    pixels: NDArray[np.uint8], size: int, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Interpolate each pixel of a square from the two nearest ones of a row and of a column.

    Keras and ``tf.image.resize`` do this at any size, and so skip pixels of a large picture.
    """
    cv2 = load_opencv()
    square: NDArray[np.uint8] = cv2.resize(
        pixels, (size, size), out, interpolation=cv2.INTER_LINEAR
    )
    return square


@contextmanager
def unwarned() -> Iterator[None]:
    """Silence Pillow's warnings: the audit has reported them.  Enter it outside of threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
