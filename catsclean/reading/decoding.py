"""Decodes a file once, at the smallest scale that serves, and says how it went.

JPEG goes to libjpeg-turbo in strict mode, because its warnings are the only sign of damage in the
middle of a file; Pillow arbitrates where it complains, and decodes every other format.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg
from PIL import Image

from catsclean.evidence import Outcome
from catsclean.reading import (
    avif,
    bmp,
    formats,
    gif,
    ico,
    jpeg,
    jpeg2000,
    names,
    png,
    ppm,
    tiff,
    warning_log,
    webp,
)
from catsclean.reading.gif import GifStructure
from catsclean.reading.jpeg import JpegStructure
from catsclean.reading.png import PngStructure
from catsclean.reading.scaling import reduction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catsclean.reading.image import ImageFile

_PREMATURE_END = "Premature end of JPEG file"
# the API cannot, and the file is healthy
_NOT_OF_THE_FILE = ("Unsupported", "tjDecompressHeader3(): Could not determine subsampling")
# Pillow passes over them byte by byte, which took it 16 seconds for 16 MB
_MOST_FILLER_BYTES = 2**18
# at full size; OpenJPEG unpacks 8 MB in a second
_MOST_JPEG2000_BYTES = 2**23
_JPEG_XL = "JPEG XL"
_DEEP_MODES = frozenset({"I", "F"})
_MOST_PALETTE_COLOURS = 256
# conversions go tile by tile, so that the copies on the way never have the size of the picture
_TILE_WIDTH_PX, _TILE_PX = 65_536, 2**20


class ReadingEndedError(Exception):
    """The file is not going to be decoded; says how reading it ended."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = names.text(detail)


def decode(image: ImageFile) -> None:
    """Decode `image` in place: size, mode, frames, warnings, and the reduced grey and colour.

    Raises:
        ReadingEndedError: It is no picture, damaged, or beyond a limit.
    """
    _refuse_non_pictures(image)
    structure = image.structure
    try:
        if isinstance(structure, JpegStructure):
            _decode_jpeg(image, structure)
        else:
            _decode_other(image)
    except (ReadingEndedError, MemoryError):
        raise
    except Exception as error:
        # neither damage nor health is certain, so the file stays where it is
        detail = f"a library failed at it: {complaint_of(error)}"
        raise ReadingEndedError(Outcome.UNSUPPORTED, detail) from error


def check_size(image: ImageFile, width: int, height: int) -> None:
    """Refuse a picture with more pixels than the limit, before anything is allocated for it.

    Raises:
        ReadingEndedError: Over the limit.
    """
    image.width_px, image.height_px = width, height
    if width * height > image.limits.max_pixels:
        raise ReadingEndedError(
            Outcome.OVER_LIMIT,
            f"{width} x {height} = {width * height:,} pixels,"
            f" limit {image.limits.max_pixels:,} (--max-pixels)",
        )


def _refuse_non_pictures(image: ImageFile) -> None:
    data, extension = image.data, image.extension
    claims_picture = extension in formats.EXTENSIONS
    if not data:
        raise ReadingEndedError(Outcome.EMPTY if claims_picture else Outcome.OTHER, "0 bytes")
    if image.format in formats.DECODABLE:
        return
    if formats.is_lfs_pointer(data):
        raise ReadingEndedError(
            Outcome.LFS_POINTER if claims_picture else Outcome.OTHER,
            "a Git LFS pointer; the picture itself was never fetched (git lfs pull)",
        )
    if not claims_picture:
        if image.format and image.format not in formats.ACTIVE:
            raise ReadingEndedError(Outcome.UNSUPPORTED, f"{image.format} is not decoded here")
        raise ReadingEndedError(Outcome.OTHER, "")
    if image.format in formats.ACTIVE:
        raise ReadingEndedError(
            Outcome.ACTIVE, f"{image.format}, called {extension or 'a picture'}"
        )
    if image.format:
        read = (
            "though TensorFlow 2.21 reads it" if image.format == _JPEG_XL else "nor by TensorFlow"
        )
        raise ReadingEndedError(Outcome.UNSUPPORTED, f"{image.format} is not decoded here, {read}")
    raise ReadingEndedError(Outcome.NOT_IMAGE, formats.describe(data))


def _decode_jpeg(image: ImageFile, structure: JpegStructure) -> None:
    check_header(image)
    if structure.rare_kind:
        raise ReadingEndedError(
            Outcome.UNSUPPORTED, f"{structure.rare_kind}, which neither TensorFlow nor Pillow reads"
        )
    image.mode = structure.mode
    if structure.plain and structure.width_px and structure.height_px:
        pixels, complaint = _turbo(image.data, structure)
        if complaint is None and pixels is not None:
            _keep(image, pixels)
        else:
            _arbitrate(image, structure, pixels, complaint)
    else:
        _arbitrate(image, structure, None, None)
    if structure.missing_coefficients:
        image.decoder_warnings.append(
            f"progressive JPEG without its last scans: {structure.missing_coefficients} of"
            f" {structure.components * 64} coefficients never reach full precision"
        )
    if structure.multi_picture:
        _count_multi_pictures(image)


def _turbo(data: bytes, structure: JpegStructure) -> tuple[np.ndarray | None, str | None]:
    """Decode strictly; give the reduced pixels and libjpeg-turbo's first complaint."""
    scale = reduction(min(structure.width_px, structure.height_px))
    height = -(-structure.height_px // scale)
    width = -(-structure.width_px // scale)
    space = {1: "GRAY", 3: "RGBX"}.get(structure.components, "CMYK")
    try:
        pixels = simplejpeg.decode_jpeg(data, space, min_height=height, min_width=width)
    except ValueError as error:
        complaint = str(error)
    else:
        # whether Adobe's inverted inks stand in the file is for Pillow to know
        return (None if space == "CMYK" else pixels), None
    if space == "CMYK":
        return None, complaint
    try:
        return (
            simplejpeg.decode_jpeg(data, space, min_height=height, min_width=width, strict=False),
            complaint,
        )
    except ValueError:
        return None, complaint


def _arbitrate(
    image: ImageFile, structure: JpegStructure, pixels: np.ndarray | None, complaint: str | None
) -> None:
    """Ask Pillow about a JPEG that libjpeg-turbo complained of, or that its API cannot take.

    Measured on 1,900 damaged JPEGs: where Pillow fails or the data ends early, TensorFlow refuses
    the file; where Pillow loads it, TensorFlow does.
    """
    error: Exception | None = None
    picture: Image.Image | None = None
    content = jpeg.without_cut_frame_header(image.data, structure)
    if content is not image.data:
        image.decoder_warnings.append("it ends inside of a second frame header")
    try:
        with warning_log.collecting():  # Exif is read, and its warnings kept, elsewhere
            # libjpeg passes over markers that Pillow's own parser stumbles at
            picture = image.open_pillow(jpeg.without_stray_markers(content, structure))
            check_size(image, *picture.size)
            image.mode = picture.mode
            if pixels is None:
                scale = reduction(min(picture.size))
                picture.draft(None, (picture.width // scale, picture.height // scale))
            picture.load()
    except (ReadingEndedError, MemoryError):
        raise
    except Exception as caught:  # noqa: BLE001 - damaged bytes make Pillow raise nearly anything
        error = caught
    text = complaint or ""
    # where libjpeg-turbo went through and only Pillow's own parser stumbles, TensorFlow decodes
    failed = error is not None and (picture is not None or pixels is None)
    premature = text.startswith(_PREMATURE_END)
    if premature and not failed and jpeg.ends_behind_stray_marker(image.data, structure):
        premature = False
    if failed or premature:
        ended = structure.end_offset < 0 and (
            premature or structure.scan_offset > 0 or "runcated" in str(error)
        )
        detail = text if text and pixels is not None else complaint_of(error) if error else text
        raise ReadingEndedError(Outcome.TRUNCATED if ended else Outcome.UNDECODABLE, detail)
    if text and not text.startswith(_NOT_OF_THE_FILE):
        image.decoder_warnings.append(names.text(text))
    # Pillow alone notices neither a missing end mark nor one before the picture
    if text or not structure.scan_offset:
        structure.end_out_of_reach = not jpeg.reaches_end(image.data, structure)
    if pixels is not None:
        _keep(image, pixels)
    elif picture is not None:
        _keep_pillow(image, picture)


def _decode_other(image: ImageFile) -> None:
    check_header(image)
    _refuse_broken_png(image)
    # Pillow before 12.2 shows the empty canvas in place of it, and TensorFlow refuses it
    if isinstance(image.structure, GifStructure) and image.structure.first_is_empty:
        raise ReadingEndedError(Outcome.UNDECODABLE, "its first picture has no width or no height")
    gif_structure = image.structure if isinstance(image.structure, GifStructure) else None
    try:
        alone = gif.first_alone(image.data, gif_structure) if gif_structure else image.data
        picture, pixels_of_first, messages = _open_and_load(image, alone)
    except (ReadingEndedError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ReadingEndedError(Outcome.OVER_LIMIT, str(error)) from error
    except Exception as error:
        if not _read_plainly(image, complaint_of(error)):
            outcome = Outcome.TRUNCATED if _cut_short(image, error) else Outcome.UNDECODABLE
            if (
                outcome is Outcome.UNDECODABLE
                and image.format == "WEBP"
                and webp.first_picture(image.data)
            ):
                # TensorFlow takes some of them, so none may be called undecodable
                outcome = Outcome.UNSUPPORTED
            raise ReadingEndedError(outcome, complaint_of(error)) from error
        return
    image.decoder_warnings.extend(names.text(m) for m in messages if "EXIF" not in m.upper())
    if gif_structure and pixels_of_first.mode in {"P", "L"}:
        gif_structure.highest_index = int(pixels_of_first.getextrema()[1])  # type: ignore[arg-type]
    _keep_pillow(image, pixels_of_first)
    if gif_structure and gif_structure.first_data:
        _check_first_gif(image, gif_structure)
        picture = image.pillow = image.open_pillow()
    if image.format in {"GIF", "WEBP", "PNG", "TIFF", "AVIF"}:
        _count_frames(image, picture)


def _check_first_gif(image: ImageFile, structure: GifStructure) -> None:
    """Note why giflib refuses the first frame of a GIF that Pillow shows."""
    if gif.has_tiny_codes(image.data, structure):
        structure.refusal = "a GIF with codes of fewer bits than the format allows"


def _open_and_load(image: ImageFile, data: bytes) -> tuple[Image.Image, Image.Image, list[str]]:
    """Give the open file, its first picture, and the warnings that Pillow gave."""
    with warning_log.collecting() as messages:
        picture = image.open_pillow(data)
        image.pillow = picture
        check_size(image, *picture.size)
        image.mode = picture.mode
        _refuse_other_gif(image, picture)
        if image.format == "PPM":
            ppm.load_scaled(picture, data)
        elif image.format == "JPEG2000":
            _shrink_jpeg2000(image, picture)
        picture.load()
        if image.format == "JPEG2000":
            picture.reduce = 0  # type: ignore[method-assign, assignment]
        # where no further frame fits the limit, none is read, and the first one stays in place
        several = getattr(picture, "is_animated", False) and _frame_budget(image, picture, 2) > 1
        first = picture.copy() if several else picture
    return picture, first, messages


def _refuse_other_gif(image: ImageFile, picture: Image.Image) -> None:
    """Raise where Pillow passes over the picture that giflib comes to first, and shows another.

    An empty comment does that: giflib takes the byte behind it for the length of a block.
    """
    structure = image.structure
    tiles = getattr(picture, "tile", ())
    if isinstance(structure, GifStructure) and structure.frames and tiles:
        start = structure.first_data + 1  # behind the size of the codes
        if tiles[0].offset != start:
            raise ValueError("Pillow passes over its first picture")


def _shrink_jpeg2000(image: ImageFile, picture: Image.Image) -> None:
    """Leave out the finest levels, which take nearly all of the time and are shrunk anyway."""
    wanted = reduction(min(picture.size)).bit_length() - 1
    levels = min(wanted, jpeg2000.walk(image.data, image.limits.max_chunks).levels)
    if len(image.data) >> (2 * levels) > _MOST_JPEG2000_BYTES:
        raise ReadingEndedError(
            Outcome.OVER_LIMIT,
            f"{len(image.data):,} bytes of a JPEG 2000 that has no smaller levels",
        )
    if levels:
        picture.reduce = levels  # type: ignore[method-assign, assignment]


def _read_plainly(image: ImageFile, complaint: str) -> bool:
    """Read what Pillow refuses for the sake of something that TensorFlow never looks at.

    X
        PNG with a spoilt chunk that only adds information, and a WebP whose container is spoilt
        around a whole picture.
    """
    try:
        if image.format == "BMP":
            if bmp.fault(image.data):
                return False
            pixels = bmp.plain_pixels(image.data)
            check_size(image, pixels.shape[1], pixels.shape[0])
            first = Image.fromarray(pixels)
            image.mode = first.mode
        elif isinstance(image.structure, GifStructure):
            if not image.structure.frames:  # its data are cut, giflib gives up as well
                return False
            _refuse(gif.excess(image.data, image.structure))
            indices = gif.first_indices(image.data, image.structure)
            if not indices:
                return False
            image.structure.highest_index = max(indices)
            image.mode, image.frames = "P", max(1, image.structure.frames)
            # the colours of a file this broken matter less than its shapes
            first = Image.frombytes("L", image.structure.first_size_px, indices)
        elif image.format == "PNG":
            first = _open_and_load(image, png.with_plain_data(image.data))[1]
        elif image.format == "WEBP":
            first = _read_plain_webp(image)
        else:
            return False
    except (ReadingEndedError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - the first complaint is the one that counts
        return False
    image.decoder_warnings.append(f"{complaint}; the picture itself can be read")
    _keep_pillow(image, first)
    return True


def _read_plain_webp(image: ImageFile) -> Image.Image:
    """Read a WebP without its reserved bits, or its first picture without the container."""
    cleared = webp.without_reserved_bits(image.data)
    if cleared != image.data:
        with contextlib.suppress(OSError, ValueError, SyntaxError):
            return _open_and_load(image, cleared)[1]
    image.structure = webp.WebpStructure(damaged=True)
    data = webp.first_picture(image.data)
    canvas = webp.canvas(data)
    if canvas is not None:  # opening it takes memory for all of it
        check_size(image, *canvas)
    return _open_and_load(image, data)[1]


def check_header(image: ImageFile) -> None:
    """Check the size that the header announces before anything is allocated for it.

    Raises:
        ReadingEndedError: Over a limit.
    """
    data, limits = image.data, image.limits
    structure = image.structure
    if isinstance(structure, JpegStructure):
        check_size(image, structure.width_px, structure.height_px)
        if structure.scans > limits.max_scans:
            raise ReadingEndedError(Outcome.OVER_LIMIT, f"more than {limits.max_scans} scans")
        _refuse_more(structure.segments, limits.max_chunks, "segments")
        _refuse_more(structure.filler_bytes, _MOST_FILLER_BYTES, "bytes between its segments")
        _refuse(jpeg.excess(data, structure, limits.max_pixels))
    elif isinstance(structure, PngStructure):
        _refuse(png.excess(structure, limits.max_chunks))
        if structure.width_px:
            check_size(image, structure.width_px, structure.height_px)
    elif isinstance(structure, GifStructure):
        check_size(image, structure.width_px, structure.height_px)
        _refuse_more(structure.frames, limits.max_frames, "pictures")
        if structure.too_many_blocks:
            raise ReadingEndedError(
                Outcome.OVER_LIMIT, f"more than {limits.max_chunks:,} blocks, nearly all empty"
            )
    else:
        _check_other_header(image)


def _check_other_header(image: ImageFile) -> None:
    data, limits = image.data, image.limits
    match image.format:
        case "TIFF":
            _refuse(tiff.excess(data, limits.max_frames))
        case "PPM":
            _refuse(ppm.excess(data))
        case "JPEG2000":
            segments = jpeg2000.walk(data, limits.max_chunks).segments
            _refuse_more(segments, limits.max_chunks, "segments and tiles")
        case "AVIF":
            _refuse_more(avif.boxes(data, limits.max_chunks), limits.max_chunks, "boxes")
        case "ICO":
            _refuse(ico.excess(data, limits.max_frames, limits.max_chunks))
            for size in ico.sizes(data):
                check_size(image, *size)
        case "WEBP":
            _refuse(webp.excess(data, limits.max_chunks))
            canvas = webp.canvas(data)
            if canvas is not None:
                check_size(image, *canvas)
        case "BMP" if int.from_bytes(data[14:18], "little") >= 40:
            check_size(
                image,
                abs(int.from_bytes(data[18:22], "little", signed=True)),
                abs(int.from_bytes(data[22:26], "little", signed=True)),
            )
            _refuse(bmp.excess(data))


def _refuse(excess: str) -> None:
    if excess:
        raise ReadingEndedError(Outcome.OVER_LIMIT, excess)


def _refuse_more(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise ReadingEndedError(Outcome.OVER_LIMIT, f"more than {limit:,} {what}")


def _refuse_broken_png(image: ImageFile) -> None:
    structure = image.structure
    if not isinstance(structure, PngStructure):
        return
    if not structure.complete:
        raise ReadingEndedError(Outcome.TRUNCATED, "the end chunk (IEND) is missing or cut short")
    if structure.damaged_chunk:
        raise ReadingEndedError(
            Outcome.UNDECODABLE, f"the checksum of chunk {structure.damaged_chunk} is wrong"
        )
    if structure.fault:
        raise ReadingEndedError(Outcome.UNDECODABLE, structure.fault)
    fault = png.data_fault(image.data)
    if fault == png.BARREN:
        raise ReadingEndedError(Outcome.OVER_LIMIT, fault)
    if fault in {png.WINDOW, png.FRAME}:
        structure.refusal = structure.refusal or fault
    elif fault == png.LOOSE:
        image.decoder_warnings.append(fault)
    elif fault:
        raise ReadingEndedError(Outcome.UNDECODABLE, fault)


def _cut_short(image: ImageFile, error: Exception) -> bool:
    """Tell whether the file ends before its format says so."""
    if isinstance(image.structure, GifStructure):
        return image.structure.cut
    if image.format == "PNG":  # without its end chunk it was refused before
        return False
    if image.format == "WEBP":
        return int.from_bytes(image.data[4:8], "little") + 8 > len(image.data)
    return "runcated" in str(error)


def _count_frames(image: ImageFile, picture: Image.Image) -> None:
    """Decode the frames behind the first one; damage there is a warning, the first one trains."""
    frame = 0
    damaged = False
    try:
        if isinstance(image.structure, GifStructure):
            # Pillow searches damaged data for more pictures, and finds giants in noise
            frames = max(1, image.structure.frames)
        else:
            frames = int(getattr(picture, "n_frames", 1))
        image.frames = frames
        _refuse_more(frames, image.limits.max_frames, "pictures")
        for frame in range(1, _frame_budget(image, picture, frames)):
            picture.seek(frame)
            picture.load()
    except (ReadingEndedError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - damaged bytes make Pillow raise nearly anything
        image.frames = max(image.frames, frame + 1)
        image.decoder_warnings.append(f"picture {frame + 1} of the file: {complaint_of(error)}")
        damaged = True
    if isinstance(image.structure, GifStructure) and image.structure.end_offset < 0 and not damaged:
        image.decoder_warnings.append("the GIF ends without its end mark")


def _frame_budget(image: ImageFile, picture: Image.Image, frames: int) -> int:
    """Give the number of frames to decode: together no more pixels than one file may have."""
    return min(frames, max(1, image.limits.max_pixels // max(1, picture.width * picture.height)))


def _count_multi_pictures(image: ImageFile) -> None:
    """Decode up to three further pictures of an MPO; damage there is a warning."""
    try:
        picture = image.open_pillow()
        if picture.format != "MPO":
            return
        image.frames = int(getattr(picture, "n_frames", 1))
        left = image.limits.max_pixels - image.width_px * image.height_px
        for frame in range(1, min(image.frames, 4)):
            picture.seek(frame)
            left -= picture.width * picture.height
            if left < 0 or _is_over_limit(image, picture.offset):  # type: ignore[attr-defined]
                return
            picture.load()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - damaged bytes make Pillow raise nearly anything
        image.decoder_warnings.append(f"a further picture of the file: {complaint_of(error)}")


def _is_over_limit(image: ImageFile, start: int) -> bool:
    """Tell whether the JPEG that starts there has more of anything than a file may have."""
    data = image.data[start:]
    limits = image.limits
    structure = jpeg.walk(data, limits.max_scans, limits.max_chunks)
    return (
        structure.scans > limits.max_scans
        or structure.segments > limits.max_chunks
        or structure.filler_bytes > _MOST_FILLER_BYTES
        or bool(jpeg.excess(data, structure, limits.max_pixels))
    )


def _keep(image: ImageFile, pixels: np.ndarray | None) -> None:
    if pixels is None:
        return
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
    if image.format == "JPEG2000":  # perhaps without its finest levels
        full = min(image.width_px, image.height_px)
        scale = max(1, reduction(full) // max(1, round(full / min(small.size))))
    if scale > 1:
        small = small.reduce(scale)
    if small.mode == "L":
        image.grey = small
    else:
        image.pixels = np.asarray(small)
        image.grey = small.convert("L")


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


def complaint_of(error: Exception | None) -> str:
    """Say in one safe line what a decoder complained of."""
    if error is None:
        return ""
    text = names.text(str(error)).strip()
    # Pillow's text for bytes that it cannot identify holds the address of a buffer
    if "cannot identify image file" in text:
        return "Pillow cannot identify it"
    return f"{type(error).__name__}: {text}" if not isinstance(error, OSError) or not text else text
