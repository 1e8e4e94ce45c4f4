"""The validator ``gps-position``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from catsclean.core.evidence import Evidence, Scalar
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

_GPS_DIRECTORY = 0x8825


class GpsPosition(Validator):
    """Find pictures whose metadata contain a position.

    ## Why it matters

    Phones write latitude and longitude into the picture, often to a few metres.  Everybody who gets
    the data set learns where somebody lives.  Publishing it may break the law (a position together
    with a face or a pet is personal data in the European Union), and you cannot take it back.

    ## Example

        Cat/77.jpg: gps-position: taken at 51.478°, -0.001° (latitude, longitude)

    ## What to do

    `catsclean fix --strip gps` removes only the position, so you need not delete the picture.
    catsclean's own report never contains the metadata of a picture.

    ## False alarms

    None of importance: a position is reported if latitude and longitude are present, are numbers
    in range, and are not both exactly zero, as cameras without a fix write them.  None of 2,000
    Kaggle cats and dogs has one.
    """

    name = "gps-position"
    family = "metadata"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    collective = True
    content_only = True
    columns: ClassVar[dict[str, Scalar]] = {"gps_latitude": math.nan, "gps_longitude": math.nan}

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Read latitude and longitude, in degrees, north and east positive."""
        if image.has_no_exif or _GPS_DIRECTORY not in image.exif:
            return None
        directory = image.exif_directory(_GPS_DIRECTORY)
        latitude = _degrees(directory.get(2), directory.get(1), 90.0)
        longitude = _degrees(directory.get(4), directory.get(3), 180.0)
        if math.isnan(latitude + longitude) or not (latitude or longitude):
            return None
        return {"gps_latitude": latitude, "gps_longitude": longitude}

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with a position."""
        pictures = evidence.decoded
        rows = pictures.where(~np.isnan(pictures["gps_latitude"]))
        message = "taken at {gps_latitude:.3f}°, {gps_longitude:.3f}° (latitude, longitude)"
        return self.findings(rows, message)


def _degrees(parts: Any, side: Any, limit: float) -> float:
    """Turn degrees, minutes, seconds and a letter into signed degrees; NaN where it makes none."""
    try:
        numbers = [float(part) for part in parts]
        value = sum(number / 60**power for power, number in enumerate(numbers[:3]))
    except (TypeError, ValueError, ZeroDivisionError):
        return math.nan
    letter = side.decode("ascii", "replace") if isinstance(side, bytes) else str(side)
    signed = -value if letter[:1].upper() in {"S", "W"} else value
    return signed if numbers and abs(signed) <= limit else math.nan
