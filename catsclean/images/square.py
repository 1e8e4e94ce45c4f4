"""A square of pixels from a decoded file, as networks take pictures in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

from catsclean.images.image import ImageFile
from catsclean.images.load import decode_rgb
from catsclean.images.scaling import resize

_SPARE = 2  # blocks are averaged down to this many times the side
# libjpeg-turbo is fast at these, and slow at the scales between them
_DECODER_SCALES = (8, 4, 2, 1)


def make_square(image: ImageFile, side_px: int) -> npt.NDArray[np.uint8]:
    """Resize a decoded file to a square, without keeping its proportions.

    The pixels that reading left are used if they are large enough; else a JPEG is decoded again,
    at the smallest scale that is.

    Args:
        image: A file that decoded.
        side_px: Side of the square, pixels.

    Returns:
        uint8 of shape (side_px, side_px, 3), red, green, blue; the orientation tag is ignored.

    Raises:
        UnreadablePictureError: The file does not decode again.
    """
    source = next(each for each in _sources(image, side_px) if each is not None)
    # averaging blocks first is several times faster than resizing from far above
    factor = min(source.size) // (_SPARE * side_px)
    if factor > 1:
        source = source.reduce(factor)
    square = resize(source, (side_px, side_px), Image.Resampling.BILINEAR)
    return np.asarray(square.convert("RGB"))


def _sources(image: ImageFile, side_px: int) -> Iterator[Image.Image | None]:
    """Yield pictures that are large enough, the cheapest first; None if one cannot be made."""
    enough = min(side_px, image.width_px, image.height_px)
    if image.rgb is not None:
        if min(image.rgb.shape[:2]) >= enough:
            yield Image.fromarray(np.ascontiguousarray(image.rgb))
    elif image.grey is not None and min(image.grey.size) >= enough:
        yield image.grey
    if image.whole is not None and min(image.whole.size) >= enough:
        yield image.whole
    if image.format == "JPEG" and image.mode in {"L", "RGB"}:
        yield _decode_jpeg(image, side_px)
    yield decode_rgb(image.data, limits=image.limits)


def _decode_jpeg(image: ImageFile, side_px: int) -> Image.Image | None:
    short = min(image.width_px, image.height_px)
    scale = next((scale for scale in _DECODER_SCALES if short >= scale * side_px), 1)
    try:
        pixels = simplejpeg.decode_jpeg(
            image.data,
            "GRAY" if image.mode == "L" else "RGB",
            min_height=-(-image.height_px // scale),
            min_width=-(-image.width_px // scale),
            strict=False,
        )
    except ValueError:
        return None
    return Image.fromarray(pixels[..., 0] if image.mode == "L" else pixels)
