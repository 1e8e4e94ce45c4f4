"""The validator ``split-leak``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.duplicates.regrouping import pairs_spanning
from catsclean.validators._altered_copies import AlteredCopies


class SplitLeak(AlteredCopies):
    """Find pictures that are in two of the existing splits, such as `train` and `test`.

    ## Why it matters

    The score on that split is too good, because the model has seen the answer.  A few percent of
    leaks are enough to reverse the order of two models.

    ## Example

        test/rock/12.png: split-leak: same picture as train/rock/803.png, in split train

    Every member of the group is named, even if only a third picture links it to the other split.

    ## What to do

    `catsclean split --keep-split` keeps the hold-out and leaves its copies out of training, and
    copies of a test picture out of validation, too.  Or remove the folders and let
    `catsclean split` make the splits: it never separates a group.

    ## False alarms

    Pictures with the same bytes or pixels: none.  For altered copies see the rule of
    `near-duplicate`.  Frames of one film that differ more are not duplicates but still leak;
    catsclean does not find those.
    """

    name = "split-leak"
    family = "duplicates"
    severity = Severity.ERROR
    fix = Fix.NONE
    compares = True
    leaks = True

    def joins(self, evidence: Evidence) -> NDArray[np.bool_]:
        """Mark the pairs of groups that have more than one split."""
        return pairs_spanning(evidence, self.strictness(), "split")

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find every member of a group of copies that lies in more than one split."""
        for found in self.relations(evidence).spanning("split"):
            yield self.finding(
                found.member.path,
                f"{found.describe()}, in split {found.others[0].split}",
                label=found.member.label,
                related=found.partners,
            )
