"""The validator ``outlier``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.rows import Rows
from catsclean.validators.base import Validator

# Half the width that holds the middle half of a normal distribution, in standard deviations
# (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993, page 11)
_NORMAL_MAD: Final = 0.6745
_WORDS: Final = {
    "brightness": ("dark", "bright"),
    "contrast": ("poor in contrast", "rich in contrast"),
    "entropy_bits": ("poor in detail", "rich in detail"),
    "colourfulness": ("pale", "colourful"),
    "sharpness": ("soft", "sharp"),
    "aspect": ("narrow", "wide"),
}
# These are ratios: twice as much is as far as half as much.
_LOGARITHMIC: Final = frozenset({"sharpness", "aspect", "colourfulness"})


class Outlier(Validator):
    """Find pictures that are far from the rest of their class in light, colour, detail or shape.

    ## Why it matters

    Simple measures often reveal pictures that do not belong to the class: drawings among
    photographs, screenshots, logos, scans, banners.

    ## Example

        Cat/9.jpg: outlier: very pale for a Cat: colourfulness 0.4, typically 18 (score 7.2)

    ## What to do

    Look at them in `catsclean report`.  Most will be unusual but correct.

    ## False alarms

    Many, so it is off by default, and nothing is moved without a decision.  The measures are
    brightness, contrast, entropy, colourfulness, sharpness and aspect ratio.  They ignore the
    content, so they cannot tell a dog from a cat.  A measure is far if its robust z-score (distance
    from the class's median over the median absolute deviation, times 0.6745) reaches `min_score`.
    A measure that is far for more than `max_share` of a class shows a second kind of picture and
    is left out.

    It finds nine of 2,000 pictures of the Kaggle cats and dogs: a blank one, a contact sheet, a
    poster with text, a screenshot and a posterised drawing, and four ordinary photographs (two
    narrow, one dark, one grey).
    """

    name: ClassVar[str] = "outlier"
    family: ClassVar[str] = "labels"
    severity: ClassVar[Severity] = Severity.NOTE
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True
    default: ClassVar[bool] = False
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "min_score": (0, math.inf),
        "min_pictures": (1, math.inf),
        "max_share": (0, 1),
    }

    min_score: float = 6.0
    min_pictures: int = 30
    max_share: float = 0.02

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Score every measure within its class; report a picture once, by its worst measure."""
        if not evidence.dataset.labelled:
            return
        pictures = evidence.decoded
        for label in sorted(set(pictures["label"]) - {""}):
            rows = pictures.where(pictures["label"] == label)
            if len(rows) >= self.min_pictures:
                yield from self._outliers(label, rows)

    def _outliers(self, label: str, rows: Rows) -> Iterator[Finding]:

        measures = {name: _measure(rows, name) for name in _WORDS}
        medians = {name: float(np.nanmedian(values)) for name, values in measures.items()}
        scores = np.column_stack(
            [_scores(name, values, medians[name]) for name, values in measures.items()]
        )
        # what many have in common is a second kind of picture, and no outlier
        common = (np.abs(scores) >= self.min_score).sum(axis=0) > max(1, self.max_share * len(rows))
        scores[:, common] = 0.0
        worst = np.abs(scores).argmax(axis=1)
        columns = list(_WORDS)
        for row in np.flatnonzero(np.abs(scores).max(axis=1) >= self.min_score):
            name = columns[worst[row]]
            score = scores[row, worst[row]]
            message = (
                f"very {_WORDS[name][int(score > 0)]} for a {label}: {name}"
                f" {measures[name][row]:.3g}, typically {medians[name]:.3g}"
                f" (score {abs(score):.1f})"
            )
            yield self.finding(rows["path"][row], message, label=label)


def _measure(rows: Rows, name: str) -> npt.NDArray[np.float64]:

    wide = name == "aspect"
    values = rows["width_px"] / np.maximum(rows["height_px"], 1) if wide else rows[name]
    return np.asarray(values, dtype=np.float64)


def _scores(name: str, values: npt.NDArray[np.float64], median: float) -> npt.NDArray[np.float64]:
    """Robust z-scores; 0 where a value is not known, or where more than half are equal."""
    if name in _LOGARITHMIC:
        # grey pictures have no colour at all: a small floor keeps the logarithm finite
        values, median = np.log(np.maximum(values, 0.1)), float(np.log(max(median, 0.1)))
    distance = values - median
    spread = float(np.nanmedian(np.abs(distance)))
    if not spread > 0:
        return np.zeros_like(values)
    scores: npt.NDArray[np.float64] = np.nan_to_num(_NORMAL_MAD * distance / spread)
    return scores
