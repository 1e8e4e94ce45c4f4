"""The validator ``too-dark``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class TooDark(Validator):
    """Find pictures that are almost black.

    ## Why it matters

    In a night shot without flash, or a film frame that fades out, the whole picture
    lies within a few grey levels, and 8 bits hold no more of it.  Brightening such a picture
    brings out noise and stripes, not the cat.

    ## Example

        Cat/9.jpg: too-dark: brightness 8 of 255, contrast 4

    ## What to do

    Look at it on a good screen.  Keep it if you want a model that works in such light, and have
    enough of them in every class.

    ## False alarms

    Off by default, because light depends on the subject: X-ray pictures and night skies are
    meant to be dark.  A picture must be dark and have little contrast, so white digits
    on black or a product on white are not reported.  Of 100 cats and dogs with 7 % of their light
    left it finds all, with 15 % about two in five, with 30 % none.  It finds none of 2,000
    unaltered ones, and none of 2,347 hands.
    """

    name = "too-dark"
    family = "pixels"
    severity = Severity.NOTE
    fix = Fix.REVIEW
    default = False
    collective = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"max_distance": (0, 255)}

    max_distance: float = 25.0

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures whose distance from black, plus contrast, is small."""
        pictures = evidence.decoded
        distance = pictures["brightness"] + pictures["contrast"]
        rows = pictures.where(distance <= self.max_distance)
        return self.findings(rows, "brightness {brightness:.0f} of 255, contrast {contrast:.0f}")
