"""Encode a repaired picture, and measure what that cost.

Pictures that were stored without loss become PNG, and stay exact.  The others (JPEG, AVIF, HEIC,
most WebP) become JPEG of quality 95 with full colour resolution (4:4:4): their first compression
removed what PNG would store at ten times the size, and a second one at this quality changes less
than the first (docs/repair.md has the figures).
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from catsclean.cleaning.flatten import flatten
from catsclean.cleaning.repairs.repair import CannotRepairError, Pixels

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

QUALITY: Final = 95
#: A JPEG of quality 95 is nearer than this to what was encoded, in dB; else it is refused.
LEAST_PSNR_DB: Final = 36.0
_LOSSY: Final = frozenset({"JPEG", "AVIF", "HEIC"})
_JPEG_MODES: Final = frozenset({"L", "RGB"})
_PNG_MODES: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_ORIENTATION: Final = 0x0112
# a WebP names the kind of its first picture in here
_HEAD_BYTES: Final = 4096
_STRIP_PX: Final = 2**20
_PEAK: Final = 255.0


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoded picture.

    Attributes:
        data: Its bytes.
        exact: Every pixel is as it was before the encoding.
        note: The format and its quality, for people.
    """

    data: bytes
    exact: bool
    note: str


def is_lossy(image: ImageFile) -> bool:
    """Return whether a file was compressed with loss, as far as its format says."""
    if image.format == "WEBP":
        return b"VP8L" not in image.data[:_HEAD_BYTES]
    return image.format in _LOSSY


def encode(image: ImageFile, pixels: Pixels) -> Encoded:
    """Encode a repaired picture with its Exif data, and compare it with what was encoded.

    A mode that the format lacks is flattened, and its cost noted.

    Raises:
        CannotRepairError: What was encoded decodes to something else.
    """
    lossy = is_lossy(image)
    if pixels.picture.mode not in (_JPEG_MODES if lossy else _PNG_MODES):
        flatten(pixels)
    picture = pixels.picture
    options: dict[str, object] = {"icc_profile": pixels.profile or None}
    try:
        exif = _exif(image, upright=pixels.upright)
    except Exception:  # noqa: BLE001 - damaged tags make Pillow raise nearly anything
        exif = b""
        pixels.notes.append("without its Exif data, which are damaged")
    if exif:
        options["exif"] = exif
    stream = io.BytesIO()
    # Pillow adds what it read from the file, such as a comment, unless the call says otherwise
    bare = picture.copy()
    bare.info = {key: picture.info[key] for key in ("transparency",) if key in picture.info}
    if lossy:
        options |= {"quality": QUALITY, "subsampling": 0, "optimize": True}
        bare.save(stream, "JPEG", **options)
    else:
        bare.save(stream, "PNG", **options)
    data = stream.getvalue()
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as again:
        again.load()
        difference = _difference_db(bare, again)
    if not lossy and not math.isinf(difference):
        raise CannotRepairError("it did not come out of the encoder as it went in")
    if difference < LEAST_PSNR_DB:
        raise CannotRepairError(
            f"JPEG of quality {QUALITY} would change it too much: {difference:.1f} dB"
        )
    if not lossy:
        return Encoded(data, exact=True, note="PNG")
    level = "" if math.isinf(difference) else f", {difference:.1f} dB"
    return Encoded(data, exact=False, note=f"JPEG quality {QUALITY}, 4:4:4{level}")


def _exif(image: ImageFile, *, upright: bool) -> bytes:
    """Return the Exif data to write; empty if there are none or they cannot be written."""
    exif = image.exif
    if upright and _ORIENTATION in exif:
        exif = Image.Exif()
        exif.load(image.exif.tobytes())
        del exif[_ORIENTATION]
    return exif.tobytes() if len(exif) else b""


def _difference_db(one: Image.Image, other: Image.Image) -> float:
    """Return the peak signal-to-noise ratio of two pictures, in dB; infinite if they are equal."""
    if (one.size, one.mode) != (other.size, other.mode):
        return 0.0
    if one.mode == "P":
        one, other = one.convert("RGBA"), other.convert("RGBA")
    rows = max(1, _STRIP_PX // one.width)
    total = count = 0
    for top in range(0, one.height, rows):
        box = (0, top, one.width, min(one.height, top + rows))
        first, second = (np.asarray(part.crop(box), np.int32) for part in (one, other))
        total += int(((first - second) ** 2).sum(dtype=np.int64))
        count += first.size
    return math.inf if not total else 10 * math.log10(_PEAK**2 * count / total)
