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
from catsclean.validators._content import why_not_examined
from catsclean.validators.base import Validator

_ALWAYS: Final = 10  # so many may be reported in the smallest set
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
_REASONS: Final = {
    "neighbour_distance": "far from its nearest ones",
    "neither": "shows other things",
}
# These are ratios: twice as much is as far as half as much.
_LOGARITHMIC: Final = frozenset({"sharpness", "aspect", "colourfulness"})


class Outlier(Validator):
    """Find pictures that are unlike all others in the data set.

    ## Why it matters

    They often do not belong to it: drawings among photographs, screenshots, logos, people, contact
    sheets, pictures that show none of the classes.

    ## Example

        Cat/9.jpg: outlier: unlike the other pictures (rank 3): far from its nearest ones and shows
        other things; looks like: comic book (0.61); very pale for a Cat: colourfulness 0.4,
        typically 18

    ## What to do

    Look at them in the report, the oddest first, and set aside what does not belong to the set.

    ## False alarms

    Unusual pictures may be correct, so it is a note, and nothing is moved without a decision.  Of
    the Kaggle cats and dogs, 17 of the first 20 were surprising by eye, and 31 of the first 40.

    It needs the extra `content`.

    How it works: a network turns each picture into a vector.  A picture is odd if its nearest ten
    pictures are far away, and if the network's names for it are seldom those that it gives to this
    data set.  It is reported if its score, in robust standard deviations above the median, reaches
    `min_score` (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993), at most `most`
    pictures and `max_odd` of all, where 10 are always allowed.  The finding quotes the network's
    name if its probability reaches `min_name`: a hint, for it is one of the names that the network
    was trained with.  Light, contrast, detail, colour, sharpness and shape are further reasons, if
    they are `min_measure` robust deviations from the median of the class and few pictures of it
    are.
    """

    name: ClassVar[str] = "outlier"
    family: ClassVar[str] = "content"
    severity: ClassVar[Severity] = Severity.NOTE
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True
    uses_content: ClassVar[bool] = True
    ranked_by: ClassVar[str] = "odd_rank"
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "min_score": (0, math.inf),
        "most": (0, math.inf),
        "max_odd": (0, 1),
        "min_name": (0, 1),
        "min_measure": (0, math.inf),
        "min_pictures": (1, math.inf),
        "max_share": (0, 1),
    }

    min_score: float = 3.5
    most: int = 100
    max_odd: float = 0.02
    min_name: float = 0.3
    min_measure: float = 6.0
    min_pictures: int = 30
    max_share: float = 0.02

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Report the oddest pictures, with every reason that is known."""
        content = evidence.content
        if content is None or not len(content.table):
            return
        rows = content.rows
        ranks, scores = rows["odd_rank"], rows["oddness"]
        most = min(self.most, max(_ALWAYS, round(self.max_odd * int((ranks > 0).sum()))))
        odd = np.flatnonzero((ranks > 0) & (ranks <= most) & (scores >= self.min_score))
        measures = self._measures(evidence)
        typical = {name: float(np.nanmedian(rows[name])) for name in _REASONS} if len(odd) else {}
        for row in odd:
            path, label = str(rows["path"][row]), str(rows["label"][row])
            reasons = [
                reason for name, reason in _REASONS.items() if rows[name][row] > typical[name]
            ]
            message = f"unlike the other pictures (rank {ranks[row]}): {' and '.join(reasons)}"
            if (sure := float(rows["likely_name_probability"][row])) >= self.min_name:
                message += f"; looks like: {rows['likely_name'][row]} ({sure:.2f})"
            if path in measures:
                message += f"; {measures[path]}"
            yield self.finding(path, message, label=label)

    def unable(self, evidence: Evidence) -> str:
        """Say why nothing is known about the content."""
        return why_not_examined(evidence)

    def _measures(self, evidence: Evidence) -> dict[str, str]:
        """Return what is far from the median of the class, by path."""
        pictures = evidence.decoded
        found: dict[str, str] = {}
        for label in sorted(set(pictures["label"]) - {""}):
            rows = pictures.where(pictures["label"] == label)
            if len(rows) >= self.min_pictures:
                found.update(self._far(label, rows))
        return found

    def _far(self, label: str, rows: Rows) -> Iterator[tuple[str, str]]:
        measures = {name: _measure(rows, name) for name in _WORDS}
        medians = {name: float(np.nanmedian(values)) for name, values in measures.items()}
        scores = np.column_stack(
            [_scores(name, values, medians[name]) for name, values in measures.items()]
        )
        # if many have it in common, it is a second kind of picture
        far = np.abs(scores) >= self.min_measure
        scores[:, far.sum(axis=0) > max(1, self.max_share * len(rows))] = 0.0
        worst = np.abs(scores).argmax(axis=1)
        columns = list(_WORDS)
        for row in np.flatnonzero(np.abs(scores).max(axis=1) >= self.min_measure):
            name = columns[worst[row]]
            yield (
                str(rows["path"][row]),
                (
                    f"very {_WORDS[name][int(scores[row, worst[row]] > 0)]} for a {label}: {name}"
                    f" {measures[name][row]:.3g}, typically {medians[name]:.3g}"
                ),
            )


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
