"""Decode a file once, at the smallest scale that serves, and say how it went.

What differs between formats stands in :mod:`catsclean.images.formats`, one file each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL import ImageFile as PillowImageFile

from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images import warning_log
from catsclean.images.formats import sniff
from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import (
    ImageFile,
    ReadingEndedError,
    complaint_of,
    refuse,
    refuse_more,
)
from catsclean.images.scaling import reduction

_DEEP_MODES = frozenset({"I", "F"})
_MOST_PALETTE_COLOURS = 256
# conversions go tile by tile, so that the copies on the way never have the size of the picture
_TILE_WIDTH_PX, _TILE_PX = 65_536, 2**20
_NO_FORMAT = PictureFormat()


def open_image(path: str, data: bytes, limits: Limits, *, to_end: bool = True) -> ImageFile:
    """Walk the bytes of a file; nothing is decoded yet.

    Args:
        path: Sample path (escaped).
        data: All bytes of the file.
        limits: Bounds on what it may cost.
        to_end: Look for the end marker of a JPEG, which only decoding can do without.
    """
    name = sniff.sniff(data)
    kind = sniff.FORMATS.get(name, _NO_FORMAT)
    structure = kind.walk(data, limits, to_end=to_end)
    return ImageFile(path, data, limits, format_name=name, structure=structure, opener=kind.open)


def decode(image: ImageFile) -> None:
    """Decode `image` in place: size, mode, frames, warnings, and the reduced grey and colour.

    Raises:
        ReadingEndedError: It is not a picture, damaged, or beyond a limit.
    """
    _refuse_non_pictures(image)
    kind = sniff.FORMATS[image.format]
    try:
        kind.check(image)
        kind.find_damage(image)
        found = kind.decode(image)
        if found is None:
            _decode_with_pillow(image, kind)
        elif isinstance(found, np.ndarray):
            _keep(image, found)
        else:
            _keep_pillow(image, found)
    except (ReadingEndedError, MemoryError):
        raise
    except Exception as error:
        # neither damage nor health is certain, so the file stays where it is
        detail = f"a library failed on it: {complaint_of(error)}"
        raise ReadingEndedError(Outcome.UNSUPPORTED, detail) from error


def check_header(image: ImageFile) -> None:
    """Check the size that the header announces before anything is allocated for it.

    Raises:
        ReadingEndedError: Over a limit.
    """
    sniff.FORMATS[image.format].check(image)


def _refuse_non_pictures(image: ImageFile) -> None:
    data, extension = image.data, image.extension
    if sniff.is_other(extension, image.format):
        raise ReadingEndedError(Outcome.OTHER, "")
    if not data:
        raise ReadingEndedError(Outcome.EMPTY, "0 bytes")
    if image.format in sniff.FORMATS:
        if why := sniff.FORMATS[image.format].missing():
            raise ReadingEndedError(Outcome.UNSUPPORTED, why)
        return
    if sniff.is_lfs_pointer(data):
        raise ReadingEndedError(
            Outcome.LFS_POINTER,
            "a Git LFS pointer; the picture itself was never fetched (git lfs pull)",
        )
    if image.format:
        raise ReadingEndedError(
            Outcome.ACTIVE, f"{image.format}, called {extension or 'a picture'}"
        )
    raise ReadingEndedError(Outcome.NOT_IMAGE, sniff.describe(data))


def _decode_with_pillow(image: ImageFile, kind: PictureFormat) -> None:
    try:
        picture, first, messages = _open_and_load(image, kind, kind.first_alone(image))
    except (ReadingEndedError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ReadingEndedError(Outcome.OVER_LIMIT, str(error)) from error
    except Exception as error:
        complaint = complaint_of(error)
        if _rescue(image, kind, complaint):
            return
        outcome = Outcome.UNDECODABLE
        if kind.is_cut(image, str(error)):
            outcome = Outcome.TRUNCATED
        elif kind.may_be_sound(image, str(error)):
            outcome = Outcome.UNSUPPORTED
        raise ReadingEndedError(outcome, complaint) from error
    image.decoder_warnings.extend(names.text(m) for m in messages if "EXIF" not in m.upper())
    _keep_pillow(image, first)
    kind.note_first(image, first)
    if kind.several:
        if kind.first_alone(image) is not image.data:
            picture = image.pillow = image.open_pillow()
        _count_frames(image, kind, picture)


def _open_and_load(
    image: ImageFile, kind: PictureFormat, data: bytes
) -> tuple[Image.Image, Image.Image, list[str]]:
    """Return the open file, its first picture, and the warnings that Pillow gave."""
    with warning_log.collecting() as messages:
        picture = image.open_pillow(data)
        image.pillow = picture
        image.check_size(*picture.size)
        image.mode = picture.mode
        kind.load(image, picture, data)
        # where no further frame fits the limit, none is read, and the first one stays in place
        several = getattr(picture, "is_animated", False) and _frame_budget(image, picture, 2) > 1
        first = picture.copy() if several else picture
    return picture, first, messages


def _rescue(image: ImageFile, kind: PictureFormat, complaint: str) -> bool:
    """Read what Pillow refuses for the sake of something that TensorFlow never looks at."""
    attempts = kind.rescue(image)
    while True:
        try:
            attempt = next(attempts, None)
            if attempt is None:
                return False
            if isinstance(attempt, bytes):
                first = _open_and_load(image, kind, attempt)[1]
            else:
                first = Image.fromarray(attempt)
            break
        except (ReadingEndedError, MemoryError):
            raise
        except Exception:  # noqa: BLE001, S112 - the first error is the one that counts
            continue
    image.decoder_warnings.append(f"{complaint}; the picture itself can be read")
    _keep_pillow(image, first)
    return True


def _count_frames(image: ImageFile, kind: PictureFormat, picture: Image.Image) -> None:
    """Decode the frames behind the first one; damage there is a warning, the first one trains."""
    frame = 0
    damaged = False
    try:
        frames = kind.count(image, picture)
        image.frames = frames
        refuse_more(frames, image.limits.max_frames, "pictures")
        if frames > 1:
            refuse(kind.later_excess(image))
        for frame in range(1, _frame_budget(image, picture, frames)):
            picture.seek(frame)
            picture.load()
    except (ReadingEndedError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
        image.frames = max(image.frames, frame + 1)
        image.decoder_warnings.append(f"picture {frame + 1} of the file: {complaint_of(error)}")
        damaged = True
    kind.note_later(image, damaged=damaged)


def _frame_budget(image: ImageFile, picture: Image.Image, frames: int) -> int:
    """Return the number of frames to decode: together no more pixels than one file may have."""
    return min(frames, max(1, image.limits.max_pixels // max(1, picture.width * picture.height)))


def _keep(image: ImageFile, pixels: npt.NDArray[np.uint8]) -> None:
    height, width, channels = pixels.shape
    # Pillow shares the memory of one or four channels, and copies three
    mode = "L" if channels == 1 else "RGBX"
    picture = Image.frombuffer(mode, (width, height), pixels, "raw", mode, 0, 1)
    if channels == 1:
        image.grey = picture
    else:
        image.pixels = pixels
        image.grey = picture.convert("L")


def _keep_pillow(image: ImageFile, picture: Image.Image) -> None:
    """Keep the reduced pixels of any mode: 16 bits rescaled, transparency on white.

    Raises:
        ReadingEndedError: Pillow decodes the picture and cannot convert it.
    """
    try:
        small = to_eight_bits(picture)
    except MemoryError:
        raise
    except Exception as error:
        raise ReadingEndedError(
            Outcome.UNSUPPORTED,
            f"it decodes, but its mode {picture.mode} cannot be converted: {complaint_of(error)}",
        ) from error
    scale = reduction(min(small.size))
    if sniff.FORMATS[image.format].scaled_by_decoder:
        full = min(image.width_px, image.height_px)
        scale = max(1, reduction(full) // max(1, round(full / min(small.size))))
    image.whole = small
    if scale > 1:
        small = small.reduce(scale)
    if small.mode == "L":
        image.grey = small
    else:
        image.pixels = np.asarray(small)
        image.grey = small.convert("L")


def decode_cut(image: ImageFile, data: bytes) -> Image.Image:
    """Decode bytes whose end is missing at full size; what is missing is made up.

    Args:
        image: The file that they stem from.
        data: The bytes, of the same format.

    Raises:
        Exception: Whatever Pillow raises on bytes that it cannot open.
    """
    whole = PillowImageFile.LOAD_TRUNCATED_IMAGES
    PillowImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        picture = image.open_pillow(data)
        image.check_size(*picture.size)
        picture.load()
        return picture
    finally:
        PillowImageFile.LOAD_TRUNCATED_IMAGES = whole


def to_eight_bits(picture: Image.Image) -> Image.Image:
    """Convert a picture of any mode to ``L`` or ``RGB``.

    Pillow's own conversion clips 16-bit grey instead of rescaling it; TensorFlow keeps the upper
    8 bits, and so does this.  32-bit and float pictures are stretched to their range.
    """
    if picture.mode in {"L", "RGB"} and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I;16"):
        return _by_tiles(picture, _upper_eight_bits)
    if picture.mode in _DEEP_MODES:
        ranges = [(float(v.min()), float(v.max())) for v in map(_values, _tiles(picture))]
        low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
        return _by_tiles(picture, lambda tile: _stretched(tile, low, high))
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode == "La":  # Pillow converts it to nothing but LA
        picture = picture.convert("LA")
    transparency = picture.info.get("transparency")
    if picture.mode == "P" and isinstance(transparency, bytes):  # one value for each colour
        picture.info["transparency"] = transparency[:_MOST_PALETTE_COLOURS]
    if picture.mode in {"RGBA", "LA", "PA", "RGBa"} or "transparency" in picture.info:
        return _by_tiles(picture, _on_white)
    return picture.convert("RGB")


def _by_tiles(picture: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Convert a picture pixel by pixel, one tile after the other."""
    result: Image.Image | None = None
    for box in _boxes(picture):
        tile = convert(picture.crop(box))
        if tile.size == picture.size:
            return tile
        result = result or Image.new(tile.mode, picture.size)
        result.paste(tile, box)
    return result or convert(picture)


def _tiles(picture: Image.Image) -> Iterator[Image.Image]:
    return (picture.crop(box) for box in _boxes(picture))


def _boxes(picture: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    across = min(_TILE_WIDTH_PX, picture.width)
    down = max(1, _TILE_PX // max(1, across))
    for top in range(0, picture.height, down):
        for left in range(0, picture.width, across):
            yield left, top, min(left + across, picture.width), min(top + down, picture.height)


def _upper_eight_bits(tile: Image.Image) -> Image.Image:
    return Image.fromarray((np.asarray(tile) >> 8).astype(np.uint8))


def _values(tile: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(tile, dtype=np.float64), posinf=0.0, neginf=0.0)


def _stretched(tile: Image.Image, low: float, high: float) -> Image.Image:
    scaled = (_values(tile) - low) * (255.0 / (high - low or 1.0))
    return Image.fromarray(scaled.astype(np.uint8))


def _on_white(tile: Image.Image) -> Image.Image:
    overlay = tile.convert("RGBA")
    paper = Image.new("RGBA", overlay.size, (255, 255, 255, 255))
    paper.alpha_composite(overlay)
    return paper.convert("RGB")
