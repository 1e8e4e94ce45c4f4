"""When and by which camera a picture was taken, as its Exif says.

Only the processes that read pictures load this.
"""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from catsclean.core import names
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.images import warning_log
from catsclean.images.formats import sniff
from catsclean.images.read_file import read_file

_MAKE: Final = 0x010F
_MODEL: Final = 0x0110
_CHANGED: Final = 0x0132
_EXIF: Final = 0x8769
_TAKEN: Final = 0x9003
_MOST: Final = 80


def taken_with(reach: Reach, path: str, limits: Limits) -> dict[str, str]:
    """Return ``date`` and ``camera`` of a picture; empty texts if they are not known.

    Args:
        reach: The data set.
        path: The sample (escaped path).
        limits: Bounds on the file.
    """
    try:
        data, _ = read_file(reach, path, limits.max_bytes)
        with (
            warning_log.collecting(),
            Image.open(io.BytesIO(data), formats=list(sniff.FORMATS)) as picture,
        ):
            exif = picture.getexif()
            date = exif.get_ifd(_EXIF).get(_TAKEN) or exif.get(_CHANGED)
            camera = " ".join(_text(exif.get(tag)) for tag in (_MAKE, _MODEL)).strip()
    except Exception:  # noqa: BLE001 - damaged bytes make Pillow raise nearly anything
        return {"date": "", "camera": ""}
    return {"date": _text(date), "camera": camera}


def _text(value: object) -> str:
    return names.text(str(value or "").strip(" \0"))[:_MOST]
