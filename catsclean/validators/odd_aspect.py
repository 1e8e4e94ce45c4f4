"""The validator ``odd-aspect``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

_TIMES_USUAL = 2.0


class OddAspect(Validator):
    """Find pictures that are much wider than high, or much higher than wide.

    ## Why it matters

    Nearly every training script squeezes pictures into a square.  A strip of 600 x 40 pixels is
    then stretched fifteen times, and nothing in it is recognisable; a centre crop loses nearly all
    of it.

    ## Example

        Dog/40.jpg: odd-aspect: 600 x 40 pixels, 15.0 to 1

    ## What to do

    Crop it to the important part, or train with padding instead of stretching.

    ## False alarms

    A picture is reported if its ratio is above 3 to 1 and twice the usual ratio of the
    set, so a set of panoramas or of text lines is not reported.  None were found among 2,000 cats
    and dogs and 2,347 hands (three cats and dogs are longer than 2.5 to 1).
    """

    name = "odd-aspect"
    family = "pixels"
    severity = Severity.NOTE
    fix = Fix.NONE
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"max_ratio": (1, math.inf)}

    max_ratio: float = 3.0

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures of an extreme ratio of sides."""
        pictures = evidence.decoded
        if not len(pictures):
            return []
        width, height = pictures["width_px"], pictures["height_px"]
        ratio = np.maximum(width, height) / np.maximum(np.minimum(width, height), 1)
        odd = (ratio > self.max_ratio) & (ratio > _TIMES_USUAL * _median(ratio))
        rows = pictures.where(odd)
        messages = [
            f"{width} x {height} pixels, {value:.1f} to 1"
            for width, height, value in zip(
                rows["width_px"], rows["height_px"], ratio[odd], strict=True
            )
        ]
        return self.findings(rows, messages)


def _median(values: NDArray[np.float64]) -> float:
    """The median of one value or more: NumPy's own, of decimals, loads its masked arrays."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
