"""The validator ``exif-warning``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

_NO_TAG, _NO_NUMBER = -1, -2
_KNOWN = (_NO_TAG, *range(1, 9))


class ExifWarning(Validator):
    """Find pictures whose Exif data are damaged or have an invalid orientation.

    ## Why it matters

    Exif data are the camera's notes in the file.  Damaged ones hurt in two ways.  Every
    program that reads the file prints a warning again in every epoch, until nobody reads the
    log any more.  And the orientation may be lost, so that a picture lies on its side.  An
    orientation is a number from 1 to 8.  If it is another number, a program may ignore it, refuse
    the file, or turn the picture in any way.

    ## Example

        Dog/81.jpg: exif-warning: orientation 0 (valid: 1 to 8)

    ## What to do

    The pixels are undamaged, so keep the picture.  `exiftool -all= FILE` or `jpegtran -copy none`
    removes the damaged data without touching the pixels.  First check that the picture is
    upright, because afterwards no tag can say so.

    ## False alarms

    None known: the messages are Pillow's own, word for word, as printed while
    training.  Of 373 Kaggle cats and dogs with Exif data 15 have the orientation 0, and none has
    any other damage.
    """

    name = "exif-warning"
    family = "metadata"
    severity = Severity.WARNING
    fix = Fix.NONE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with complaints about Exif, or with an impossible orientation."""
        pictures = evidence.decoded
        impossible = ~pictures.is_in("exif_orientation", _KNOWN)
        rows = pictures.where(impossible | (pictures["exif_warnings"] != ""))
        return self.findings(
            rows,
            [
                _message(*pair)
                for pair in zip(rows["exif_warnings"], rows["exif_orientation"], strict=True)
            ],
        )


def _message(warnings: str, orientation: int) -> str:
    parts = [line for line in warnings.split("\n") if line]
    if orientation == _NO_NUMBER:
        parts.append("the orientation is not a number")
    elif orientation not in _KNOWN:
        parts.append(f"orientation {orientation} (valid: 1 to 8)")
    return "; ".join(parts)
