"""The validator ``trailing-data``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from catsclean.core.evidence import Evidence, Scalar
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

_WALKED = ("JPEG", "PNG", "GIF")  # the reader knows where these end
_RIFF_HEADER_BYTES = 8


class TrailingData(Validator):
    """Find pictures with extra bytes after their end mark.

    ## Why it matters

    Decoders stop at the end mark, so training is not harmed.  The extra bytes may be padding
    of a camera, a second picture, a zip archive (a popular way to hide data), or the rest of a
    longer file that was overwritten.  They are read in every epoch.  They also make two files with
    the same picture differ, so that comparing digests does not find them.

    ## Example

        Cat/117.jpg: trailing-data: 1,686 bytes after the end of the JPEG

    ## What to do

    Mostly nothing.  `catsclean fix --select trailing-data` cuts them, which loses no pixel.

    ## False alarms

    Off by default, because it is mostly harmless.  Only JPEG, PNG, GIF and WebP are judged; BMP and
    TIFF have no end mark (a BMP with extra bytes is `unsupported-by-tensorflow`, because TensorFlow
    requires the exact size).  JPEGs that announce more pictures after the first (MPO, from 3D
    cameras and phones) are left out.  It finds nine of 2,000 pictures of the Kaggle cats and dogs,
    all of them correct, with 1 to 1,686 bytes.
    """

    name = "trailing-data"
    family = "file"
    severity = Severity.NOTE
    fix = Fix.NONE
    repair = "cut-tail"
    default = False
    content_only = True
    columns: ClassVar[dict[str, Scalar]] = {"tail_bytes": 0}
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"min_bytes": (0, math.inf)}

    min_bytes: int = 1

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Measure the tail of a WebP, whose length its header announces (RFC 9649, section 2.3)."""
        if image.format != "WEBP":
            return None
        announced = int.from_bytes(image.data[4:8], "little")
        # one byte of padding makes the length even
        end = _RIFF_HEADER_BYTES + announced + (announced & 1)
        return {"tail_bytes": max(0, len(image.data) - end)}

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with a tail."""
        pictures = evidence.decoded
        walked = pictures.is_in("format", _WALKED)
        tail = np.where(walked, pictures["trailing_bytes"], pictures["tail_bytes"])
        # further pictures that the file announces are its content
        several = (pictures["format"] == "JPEG") & (pictures["frames"] > 1)
        found = (tail >= max(1, self.min_bytes)) & ~several
        rows = pictures.where(found)
        messages = [
            f"{count:,} byte{'s' if count != 1 else ''} after the end of the {kind}"
            for count, kind in zip(tail[found], rows["format"], strict=True)
        ]
        return self.findings(rows, messages)
