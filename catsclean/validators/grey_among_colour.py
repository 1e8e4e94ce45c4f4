"""The validator ``grey-among-colour``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import as_percent
from catsclean.validators.base import Validator

_MOST = 0.5
_MIN_CONTRAST = 8.0


class GreyAmongColour(Validator):
    """Find grey pictures in a set that is mostly coloured.

    ## Why it matters

    A grey picture is not wrong.  But if one class has more of them than the other, "grey" becomes
    a feature of that class, and accuracy on your own test set is too good.  Grey files with one
    channel also break code that expects three.

    ## Example

        Dog/943.jpg: grey-among-colour: no colour, unlike 99.9% of the pictures

    ## What to do

    Count them per class.  If they are evenly spread, leave them: they are a free augmentation.  If
    not, turn a share of the other class grey as well.

    ## False alarms

    A picture counts as grey if red, green and blue differ by less than half a
    level on average, at 256 places of it.  Sepia and tinted prints do not count.  A vivid spot that
    is smaller than the grid may be missed.  Sets that are half or more grey are not judged.  It
    finds one of 2,000 cats and dogs, correctly, and 160 of 2,347 hands, turned grey by the program
    that made the set.
    """

    name = "grey-among-colour"
    family = "pixels"
    severity = Severity.NOTE
    fix = Fix.NONE
    compares = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"max_colourfulness": (0, 255)}

    max_colourfulness: float = 0.5

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures without colour where most have some."""
        pictures = evidence.decoded
        # in the dark, and in glaring light, colours lie close together and are still colours
        visible = pictures["contrast"] >= _MIN_CONTRAST
        grey = (pictures["colourfulness"] < self.max_colourfulness) & visible
        share = float(grey.mean()) if len(grey) else 1.0
        if share >= _MOST:
            return []
        message = f"no colour, unlike {as_percent(1 - share, 1)} of the pictures"
        return self.findings(pictures.where(grey), message)
