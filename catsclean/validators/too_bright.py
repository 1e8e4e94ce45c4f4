"""The validator ``too-bright``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class TooBright(Validator):
    """Find pictures that are almost white.

    ## Why it matters

    In a picture with the flash too close, an overexposed frame, or a scan of a nearly empty page,
    the whole picture lies within a few grey levels, and 8 bits hold no more of it.  Darkening such
    a picture brings out noise and stripes, not the cat.

    ## Example

        Dog/9.jpg: too-bright: brightness 246 of 255, contrast 4

    ## What to do

    Look at it on a good screen.  Keep it if you want a model that works in such light, and have
    enough of them in every class.

    ## False alarms

    Off by default, because light depends on the subject: drawings, scans and snow are meant to
    be bright.  A picture must be white and have little contrast, so a product on white
    is not reported.  Of 100 cats and dogs with 7 % of their contrast left below white it finds all,
    with 15 % about one in five, with 30 % none.  It finds one of 2,000 unaltered ones, which is
    white all over, seven of 2,347 hands, all burnt out, and one in five of 80 line drawings.
    """

    name = "too-bright"
    family = "pixels"
    severity = Severity.NOTE
    fix = Fix.REVIEW
    default = False
    collective = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"max_distance": (0, 255)}

    max_distance: float = 25.0

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures whose distance from white, plus contrast, is small."""
        pictures = evidence.decoded
        distance = 255.0 - pictures["brightness"] + pictures["contrast"]
        rows = pictures.where(distance <= self.max_distance)
        return self.findings(rows, "brightness {brightness:.0f} of 255, contrast {contrast:.0f}")
