"""The validator ``low-information``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

import numpy as np

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import as_percent
from catsclean.validators.base import Validator


class LowInformation(Validator):
    """Find pictures that show almost nothing.

    ## Why it matters

    A plain background with a rectangle, a page that failed to load, an empty frame: the label says
    "cat", the picture says nothing.  Dozens of them under one label are easy to learn,
    and wrong.

    ## Example

        Dog/12.jpg: low-information: 0.4 bits of grey per pixel, 95% of one grey

    ## What to do

    Look at it, and set it aside.  Often there are more that are byte for byte the same:
    see `exact-duplicate`.

    ## False alarms

    Sparse pictures with fine strokes are intended, so three conditions must hold
    together, on a copy reduced to 32 x 32: few greys, one of them nearly everywhere, and hardly
    any edges.  It finds all of 60 signs made by code (a rectangle on a plain background), but none
    of 240 drawn digits, line drawings and cartoons, 60 starry skies and 40 objects on white.  It
    finds one of 4,346 real pictures, which is white all over.  A placeholder with a line of text
    has edges, so only `exact-duplicate` can find it.
    """

    name = "low-information"
    family = "pixels"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    collective = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "max_entropy_bits": (0, 8),
        "min_dominant_share": (0, 1),
        "max_sharpness": (0, math.inf),
    }

    max_entropy_bits: float = 0.6
    min_dominant_share: float = 0.9
    max_sharpness: float = 1.0

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with few greys, one nearly everywhere, and hardly an edge."""
        pictures = evidence.decoded
        found = (
            (pictures["entropy_bits"] <= self.max_entropy_bits)
            & (pictures["dominant_share"] >= self.min_dominant_share)
            & (np.nan_to_num(pictures["sharpness"]) <= self.max_sharpness)
        )
        rows = pictures.where(found)
        messages = [
            f"{bits:.1f} bits of grey per pixel, {as_percent(share)} of one grey"
            for bits, share in zip(rows["entropy_bits"], rows["dominant_share"], strict=True)
        ]
        return self.findings(rows, messages)
