"""What a page shows of a file: pixels that were encoded again, never the bytes of the file.

Only the processes that read pictures load this.
"""

from __future__ import annotations

import io
import json
from typing import Final

import numpy as np
import simplejpeg
from PIL import Image

from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.duplicates import overlay
from catsclean.images.load import load_rgb
from catsclean.images.thumbnail_bytes import encode_thumbnail
from catsclean.reviewing.server.exif_origin import taken_with
from catsclean.reviewing.server.made_picture import FULL_PX, SMALL_TYPE, Picture, Show, Wanted

# so small a picture is sent as it is, so that a difference of two is one of theirs
_MOST_EXACT_PIXELS: Final = 400_000
_QUALITY: Final = 92
# two pictures of 12 megapixels take four seconds to be laid over one another, of 3 one
_COMPARED_PX: Final = 2048


def encode_sample(reach: Reach, wanted: Wanted, limits: Limits) -> Picture:
    """Read a file and encode it for a page, turned as its Exif tag says.

    Args:
        reach: The data set.
        wanted: The file and the size.
        limits: Bounds on the file.

    Raises:
        UnreadablePictureError: It cannot be shown; the text says why.
    """
    if wanted.show is not None:
        return _encode_compared(reach, wanted, wanted.show, limits)
    picture = _load(reach, wanted.path, wanted.sha256, wanted.side_px, limits)
    if wanted.side_px < FULL_PX:
        return Picture(encode_thumbnail(picture), SMALL_TYPE)
    return _encode_large(picture)


def _load(reach: Reach, path: str, sha256: str, side_px: int, limits: Limits) -> Image.Image:
    return load_rgb(
        reach, path, apply_orientation=True, max_side=side_px, limits=limits, sha256=sha256
    )


def _encode_compared(reach: Reach, wanted: Wanted, show: Show, limits: Limits) -> Picture:
    """Lay the other picture over the first, and show what comes of it."""
    first = np.asarray(_load(reach, wanted.path, wanted.sha256, _COMPARED_PX, limits))
    second = np.asarray(_load(reach, wanted.other_path, wanted.other_sha256, _COMPARED_PX, limits))
    over = overlay.lay_over(first, second, _placement(wanted.placed))
    if show is Show.WORDS:
        taken = [taken_with(reach, path, limits) for path in (wanted.path, wanted.other_path)]
        words = overlay.describe(first, second, over)
        pose, numbers, aligned = over.placement
        found = {"words": words, "aligned": aligned, "taken": taken}
        found["placed"] = [pose, aligned, *numbers]
        return Picture(json.dumps(found).encode(), "application/json")
    drawn = over.moved if show is Show.LAID_OVER else overlay.draw_difference(first, over)
    return _encode_large(Image.fromarray(drawn))


def _placement(placed: tuple[float, ...]) -> overlay.Placement | None:
    if not placed:
        return None
    pose, aligned, *numbers = placed
    return overlay.Placement(int(pose), tuple(numbers), bool(aligned))


def _encode_large(picture: Image.Image) -> Picture:
    if picture.width * picture.height <= _MOST_EXACT_PIXELS:
        buffer = io.BytesIO()
        picture.info.clear()
        picture.save(buffer, "PNG", compress_level=1)
        return Picture(buffer.getvalue(), "image/png")
    pixels = np.ascontiguousarray(picture)
    data = simplejpeg.encode_jpeg(pixels, quality=_QUALITY, colorsubsampling="444")
    return Picture(data, "image/jpeg")
