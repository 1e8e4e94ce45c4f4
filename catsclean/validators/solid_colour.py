"""The validator ``solid-colour``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

import numpy as np

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class SolidColour(Validator):
    """Find pictures of a single colour.

    ## Why it matters

    A failed export, a lens cap, a placeholder: the picture shows nothing but has
    a label.  The model learns that black means "dog".

    ## Example

        Cat/835.jpg: solid-colour: a single colour, brightness 255 of 255

    ## What to do

    Look at it, and set it aside.

    ## False alarms

    Three conditions must hold together, on a copy reduced to 32 x 32: greys that hardly differ,
    colours that hardly differ, and no edges.  A thin line drawing, a starry sky and a sign whose
    colours are equally bright meet only one of them.  It finds all of 60 JPEGs of one colour made
    by code, one of 4,346 real pictures (2,000 Kaggle cats and dogs, 2,347 hands), which is white
    all over, and none of 400 drawings, digits, starry skies, signs and gradients
    made by code.
    """

    name = "solid-colour"
    family = "pixels"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    collective = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "max_contrast": (0, 255),
        "max_colour_spread": (0, 255),
        "max_sharpness": (0, math.inf),
    }

    max_contrast: float = 0.6
    max_colour_spread: float = 4.0
    max_sharpness: float = 1.0

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures whose greys and colours hardly differ."""
        pictures = evidence.decoded
        found = (
            (pictures["contrast"] <= self.max_contrast)
            & (pictures["colour_spread"] <= self.max_colour_spread)
            & (np.nan_to_num(pictures["sharpness"]) <= self.max_sharpness)
        )
        message = "a single colour, brightness {brightness:.0f} of 255"
        return self.findings(pictures.where(found), message)
