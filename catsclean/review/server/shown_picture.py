"""What a page shows of a file: pixels that were encoded again, never the bytes of the file.

Only the processes that read pictures load this.
"""

from __future__ import annotations

import io
from typing import Final

import numpy as np
import simplejpeg

from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.images.load import load_rgb
from catsclean.images.thumbnail_bytes import encode_thumbnail
from catsclean.review.server.made_picture import FULL_PX, SMALL_TYPE, Picture, Wanted

# so small a picture is sent as it is, so that a difference of two is one of theirs
_MOST_EXACT_PIXELS: Final = 400_000
_QUALITY: Final = 92


def encode_sample(reach: Reach, wanted: Wanted, limits: Limits) -> Picture:
    """Read a file and encode it for a page, turned as its Exif tag says.

    Args:
        reach: The data set.
        wanted: The file and the size.
        limits: Bounds on the file.

    Raises:
        UnreadablePictureError: It cannot be shown; the text says why.
    """
    picture = load_rgb(
        reach,
        wanted.path,
        apply_orientation=True,
        max_side=wanted.side_px,
        limits=limits,
        sha256=wanted.sha256,
    )
    if wanted.side_px < FULL_PX:
        return Picture(encode_thumbnail(picture), SMALL_TYPE)
    if picture.width * picture.height <= _MOST_EXACT_PIXELS:
        buffer = io.BytesIO()
        picture.info.clear()
        picture.save(buffer, "PNG", compress_level=1)
        return Picture(buffer.getvalue(), "image/png")
    pixels = np.ascontiguousarray(picture)
    data = simplejpeg.encode_jpeg(pixels, quality=_QUALITY, colorsubsampling="444")
    return Picture(data, "image/jpeg")
