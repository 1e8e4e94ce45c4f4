"""The validator ``label-conflict``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.duplicates.regrouping import pairs_spanning
from catsclean.validators._altered_copies import AlteredCopies
from catsclean.validators.base import CopyKind


class LabelConflict(AlteredCopies):
    """Finds one and the same picture in two classes.

    ## Why it matters

    One of the two labels is wrong.  Training is told both, and a score that counts either is
    wrong for one of them, whatever the model answers.

    ## Example

        Cat/4688.jpg: label-conflict: same picture as Dog/9041.jpg, other label

    Every member of the group is named, also one that is linked with the other label only through a
    third picture.

    ## What to do

    Look at it and keep the right one.  Where a picture honestly shows both, it belongs in neither
    class.  `catsclean report` shows them side by side.  No clean chooses for you, not even
    `--unsafe`, unless you prefer one of the folders (`prefer = ["Sorted/"]`, `--prefer Sorted/`);
    `catsclean split --exclude-review` leaves out all that nobody decided.

    ## False alarms

    Pictures with the same bytes or pixels: none.  For altered copies (resized, cropped,
    mirrored, ...) see the rule of `near-duplicate`.  In a set in which left and right are two
    classes, such as signs that point somewhere, a mirrored copy is no conflict: set
    `mirrored = false`.  Where up and down are, as with 6 and 9, set `turned = false`.
    """

    name: ClassVar[str] = "label-conflict"
    family: ClassVar[str] = "duplicates"
    severity: ClassVar[Severity] = Severity.ERROR
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True
    copies: ClassVar[CopyKind | None] = CopyKind.OTHER_LABEL

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
                f"{found.describe()}, other label{keep}",
                label=found.member.label,
                related=found.partners,
            )
