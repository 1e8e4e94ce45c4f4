"""The validator ``odd-size``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

import numpy as np

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class OddSize(Validator):
    """Find pictures far smaller or far larger than the rest of the set.

    ## Why it matters

    An icon of 16 x 16 pixels among photographs, enlarged to the size of the model's input, is a
    coloured blur with a label.  A huge picture is mostly harmless, but costs as much time as a
    hundred others in every epoch, and is often something else: a panorama, a scan, a poster.

    ## Example

        Cat/5.jpg: odd-size: 24 x 18 pixels, the usual short side is 364

    ## What to do

    Look at the small ones, and set aside those that a person cannot recognise.  Shrink the huge
    ones once.

    ## False alarms

    Sizes are compared with the median of the set itself, so a set of thumbnails is not reported
    as small.  A picture is reported if its short side is less than an eighth of the usual one, or
    its long side more than eight times the usual one.  None were found among 2,000 cats and dogs
    (three below a sixth) and 2,347 hands.  Sets of fewer than ten pictures have no usual size.
    """

    name = "odd-size"
    family = "pixels"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    compares = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "max_ratio": (1, math.inf),
        "min_pictures": (0, math.inf),
    }

    max_ratio: float = 8.0
    min_pictures: int = 10

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures whose sides are far from the median."""
        pictures = evidence.decoded
        if len(pictures) < max(1, self.min_pictures):
            return
        sides = pictures["width_px"], pictures["height_px"]
        short, long = np.minimum(*sides), np.maximum(*sides)
        usual_short, usual_long = float(np.median(short)), float(np.median(long))
        for odd, what, usual in (
            (short * self.max_ratio < usual_short, "short", usual_short),
            (long > self.max_ratio * usual_long, "long", usual_long),
        ):
            rows = pictures.where(odd)
            messages = [
                f"{width} x {height} pixels, the usual {what} side is {usual:.0f}"
                for width, height in zip(rows["width_px"], rows["height_px"], strict=True)
            ]
            yield from self.findings(rows, messages)
