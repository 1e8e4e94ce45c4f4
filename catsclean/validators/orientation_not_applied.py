"""The validator ``orientation-not-applied``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

# Exif 2.32 (CIPA DC-008), section 4.6.4: what has to be done to see the picture upright
_TURNS = {
    2: "mirror",
    3: "turn by 180°",
    4: "mirror top to bottom",
    5: "mirror, then turn left by 90°",
    6: "turn right by 90°",
    7: "mirror, then turn right by 90°",
    8: "turn left by 90°",
}


class OrientationNotApplied(Validator):
    """Find pictures that are upright only if the program respects the Exif orientation.

    ## Why it matters

    A phone held sideways stores the pixels as the sensor saw them, and adds a tag that says how
    to turn them.  Picture viewers respect it; TensorFlow, Keras and Pillow's `open` do not.  You
    see an upright cat, but the model sees one that climbs a wall.  If one class comes from phones
    and the other from the web, the model may learn just that.

    ## Example

        Dog/9.jpg: orientation-not-applied: orientation 6 (turn right by 90°), TensorFlow ignores it

    ## What to do

    Turn the pixels once and for all with `catsclean fix --select orientation-not-applied`, which
    encodes JPEGs again at quality 95, or without any loss with `jpegtran -rotate`.  Or make the
    training code respect the tag.

    ## False alarms

    If a program turned the pixels but left the tag, the picture is upright with a wrong tag.
    The file does not show the difference, so look before you turn.  None of 2,000 Kaggle cats and
    dogs has such a tag.
    """

    name = "orientation-not-applied"
    family = "metadata"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    repair = "apply-orientation"
    collective = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with an orientation of 2 to 8."""
        pictures = evidence.decoded
        rows = pictures.where(pictures.is_in("exif_orientation", _TURNS))
        messages = [
            f"orientation {value} ({_TURNS[value]}), TensorFlow ignores it"
            for value in rows["exif_orientation"]
        ]
        return self.findings(rows, messages)
