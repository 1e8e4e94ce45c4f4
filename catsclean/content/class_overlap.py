"""Find the classes that the judges confuse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catsclean.content.label_judge import LabelJudgement


@dataclass(frozen=True, slots=True)
class Overlap:
    """Pictures with one label that look like another class.

    Attributes:
        given: Their label.
        suggested: Their most likely label.
        count: How many there are.
        share: Their share of the judged pictures with this label.
        probability: Mean probability of the suggested label among them.
    """

    given: int
    suggested: int
    count: int
    share: float
    probability: float


def overlaps(judgement: LabelJudgement) -> tuple[Overlap, ...]:
    """List the pairs of classes that get confused, most pictures first.

    Args:
        judgement: The judged labels.

    Returns:
        One entry for each given label and other most likely label; empty if the judges are not
        reliable.
    """
    if not judgement.reliable:
        return ()
    judged, width = judgement.judged, len(judgement.classes)
    given = np.searchsorted(judgement.classes, judgement.labels[judged])
    likely = judgement.probabilities[judged]
    best = likely.argmax(1)
    pairs = given * width + best
    count = np.bincount(pairs, minlength=width * width)
    total = np.bincount(pairs, likely.max(1), width * width)
    size = np.bincount(given, minlength=width)
    found = [
        Overlap(
            int(judgement.classes[cell // width]),
            int(judgement.classes[cell % width]),
            int(count[cell]),
            float(count[cell] / size[cell // width]),
            float(total[cell] / count[cell]),
        )
        for cell in np.flatnonzero(count)
        if cell // width != cell % width
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, -one.share, one.given, one.suggested)))
