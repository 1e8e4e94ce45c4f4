"""Crop a cut picture to the rows that exist.

Which rows of a JPEG exist shows when it is decoded twice, with different bytes after the cut: rows
that come out equal do not depend on what is missing.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from PIL import Image

from catsclean.cleaning.repairs.repair import CannotRepairError, Pixels
from catsclean.images.decoding import decode_cut
from catsclean.images.formats.jpeg import JpegStructure
from catsclean.images.formats.png import without_missing_rows

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

# a JPEG stores its rows in bands of 8 or 16
_BAND: Final = 16
_END: Final = b"\xff\xd9"
_OTHER_BYTES: Final = 2**16


def crop_to_rows(image: ImageFile, least_percent: int) -> Pixels:
    """Return a cut picture without the rows that are missing.

    Raises:
        CannotRepairError: Fewer rows exist than are asked for, or it is not known which.
    """
    if image.format == "JPEG":
        picture, height = _rows_of_jpeg(image)
    elif image.format == "PNG":
        data, rows = without_missing_rows(image.data)
        height = image.height_px
        if not rows:
            raise CannotRepairError("it is not known which rows of the picture exist")
        picture = Image.open(io.BytesIO(data), formats=("PNG",))
        picture.load()
    else:
        raise CannotRepairError(f"the rows of a cut {image.format} cannot be told apart")
    percent = 100 * picture.height // height
    if percent < least_percent:
        raise CannotRepairError(f"only {percent} % of its rows exist, asked for {least_percent} %")
    note = f"cropped to {picture.height:,} of {height:,} rows"
    return Pixels(picture, [note], profile=image.icc_profile)


def _rows_of_jpeg(image: ImageFile) -> tuple[Image.Image, int]:
    structure = cast("JpegStructure", image.structure)
    if structure.in_scans or structure.arithmetic or not structure.scan_offset:
        raise CannotRepairError("a cut progressive JPEG is blurred, and has no whole rows")
    # below 255, so that none starts a marker
    others = np.random.default_rng(0).integers(0, 255, _OTHER_BYTES, np.uint8).tobytes()
    first = decode_cut(image, image.data + _END)
    second = decode_cut(image, image.data + others + _END)
    equal = (np.asarray(first) == np.asarray(second)).reshape(first.height, -1).all(axis=1)
    rows = first.height if equal.all() else int(equal.argmin()) // _BAND * _BAND
    if not rows:
        raise CannotRepairError("no row of the picture is whole")
    return first.crop((0, 0, first.width, rows)), first.height
