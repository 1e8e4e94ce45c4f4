"""The validator ``label-conflict``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.duplicates.regrouping import pairs_spanning
from catsclean.validators._altered_copies import AlteredCopies
from catsclean.validators.base import CopyKind


class LabelConflict(AlteredCopies):
    """Find the same picture in two classes.

    ## Why it matters

    One of the two labels is wrong.  The model is trained on both, and every answer that it gives
    counts as wrong for one of them.

    ## Example

        Cat/4688.jpg: label-conflict: same picture as Dog/9041.jpg, which has another label

    Every member of the group is named, even if only a third picture links it to the other label.

    ## What to do

    Compare them side by side in `catsclean report`, and keep the one with the right label.  A
    picture that really shows both belongs in neither class.  `clean` never chooses for you, even
    with `--unsafe`, unless you prefer one of the folders (`prefer = ["Sorted/"]`, `--prefer
    Sorted/`).  `catsclean split --exclude-review` leaves out all undecided pictures.

    Labels that differ only in case, such as `Cat` and `cat`, do not conflict: `case-collision`
    names them.

    ## False alarms

    Pictures with the same bytes or pixels: none.  For altered copies (resized, cropped,
    mirrored, ...) see the rule of `near-duplicate`.  If left and right are two
    classes, as for direction signs, a mirrored copy is not a conflict: set
    `mirrored = false`.  If up and down are two classes, as for 6 and 9, set `turned = false`.
    """

    name = "label-conflict"
    family = "duplicates"
    severity = Severity.ERROR
    fix = Fix.REVIEW
    compares = True
    copies = CopyKind.OTHER_LABEL

    def joins(self, evidence: Evidence) -> NDArray[np.bool_]:
        """Mark the pairs of groups that have more than one label."""
        return pairs_spanning(evidence, self.strictness(), "label")

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find every member of a group of copies that has more than one label."""
        for found in self.relations(evidence).spanning("label"):
            better = found.preferred
            keep = f". Keep {better.path}: you prefer it" if better is not None else ""
            yield self.finding(
                found.member.path,
                f"{found.describe()}, which has another label{keep}",
                label=found.member.label,
                related=found.partners,
            )
