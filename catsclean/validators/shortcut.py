"""The validator ``shortcut``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import as_percent
from catsclean.validators._content import why_not_examined
from catsclean.validators.base import Validator


class Shortcut(Validator):
    """Find data sets whose labels can be predicted without looking at what the pictures show.

    ## Why it matters

    If all cats come from one camera and all dogs from another, a model learns the cameras: its
    score is high on this data set, and worth nothing on other pictures.

    ## Example

        (whole set): shortcut: width alone predicts 98% of the labels (chance 50%)

    ## What to do

    Prepare the pictures of all classes in the same way: the same size, format, quality and border,
    and no metadata.  Or collect the classes from the same sources.

    ## False alarms

    Classes that were collected separately nearly always differ a little.  So it is a note, from
    `min_settled` on, and a warning only if the prediction settles half of what guessing leaves
    open.  On the Kaggle cats and dogs, size and light predict 59 % of the labels, where guessing
    predicts 50 %.  A property may belong to the content: night scenes are dark.

    How it works: decision trees predict the label from width, height, format, colour mode, bytes
    per pixel, size of the metadata, orientation tag, light and sharpness, on pictures that they
    were not trained on; no group of duplicates is divided.  Every class counts the same.  The
    message names up to three properties: those of the smallest set that predicts nearly as well as
    all of them, or in a note those that predict most on their own.  It needs the extra `content`.
    """

    name: ClassVar[str] = "shortcut"
    family: ClassVar[str] = "content"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.NONE
    compares: ClassVar[bool] = True
    uses_content: ClassVar[bool] = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"min_settled": (0, 1)}

    min_settled: float = 0.1

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Report how well properties predict the label, if it is more than a little."""
        content = evidence.content
        found: Mapping[str, Any] | None = content.facts.get("label_clues") if content else None
        if found is None or found["settled"] < self.min_settled:
            return
        names = [*found["properties"], *(["other properties"] if found["others"] else [])]
        listed = f"{names[0]} alone predicts"
        if len(names) > 1:
            listed = f"{', '.join(names[:-1])} and {names[-1]} predict"
        yield self.finding(
            None,
            f"{listed} {as_percent(found['accuracy'])} of the labels"
            f" (± {found['error']:.1%}, chance {as_percent(found['chance'])})",
            severity=Severity.WARNING if found["warning"] else Severity.NOTE,
        )

    def unable(self, evidence: Evidence) -> str:
        """Say why it has no figures."""
        return why_not_examined(evidence) if evidence.dataset.labelled else ""
