"""The validator ``too-bright``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class TooBright(Validator):
    """Finds pictures that are white but for a trace.

    ## Why it matters

    A flash too close, an overexposed frame, or a scan of a nearly empty page: what there is to see
    lies within a few grey levels, and 8 bits hold no more of it.  Brightening such a picture
    brings out noise and stripes, not the cat.

    ## Example

        Dog/9.jpg: too-bright: brightness 246 of 255, contrast 4

    ## What to do

    Look at it on a good screen.  Keep it if you want a model that works under such light, and have
    enough of them in every class.

    ## False alarms

    Off by default: light is a matter of the subject, and drawings, scans and snow are meant to
    be that way.  Asked for are whiteness and little contrast together, so that a product on white
    is not meant.  Of 100 cats and dogs with 7 % of their contrast left below white all are found,
    with 15 % about one in five, with 30 % none.  Found among 2,000 unaltered ones: one, which is
    white all over; among 2,347 hands seven, all burnt out.  Of 80 line drawings one in five.
    """

    name: ClassVar[str] = "too-bright"
    family: ClassVar[str] = "pixels"
    severity: ClassVar[Severity] = Severity.NOTE
    fix: ClassVar[Fix] = Fix.REVIEW
    default: ClassVar[bool] = False
    collective: ClassVar[bool] = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"max_distance": (0, 255)}

    max_distance: float = 25.0

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures whose distance from white, plus contrast, is small."""
        pictures = evidence.decoded
        distance = 255.0 - pictures["brightness"] + pictures["contrast"]
        rows = pictures.where(distance <= self.max_distance)
        messages = [
            f"brightness {light:.0f} of 255, contrast {contrast:.0f}"
            for light, contrast in zip(rows["brightness"], rows["contrast"], strict=True)
        ]
        return self.findings(rows, messages)
