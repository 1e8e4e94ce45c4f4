"""The validator ``exact-duplicate``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.duplicates.canonical import keep_first
from catsclean.duplicates.pair_kinds import IDENTICAL_BYTES
from catsclean.duplicates.regrouping import pairs_of_kind
from catsclean.duplicates.relations import Relations, by_label
from catsclean.validators.base import CopyKind, Validator


class ExactDuplicate(Validator):
    """Find files whose bytes are the same as another file's in the same class.

    ## Why it matters

    A copy counts twice in training and twice in the score.  If a split separates the two, the
    validation set has a picture that the model was trained on.  The Kaggle cats and dogs have
    `Dog/74.jpg` and `Dog/180.jpg`, among others.

    ## Example

        Dog/180.jpg: exact-duplicate: same bytes as Dog/74.jpg, the original (shortest name)

    ## What to do

    `catsclean clean --apply` sets aside all but the original.  In a set with split folders, the
    original is a held-out file (test before validation before training); then the one whose name
    and extension most loaders accept; then one that the last audit had already (`known before`), so
    that a new delivery replaces nothing; then one that is not named like a copy (`74 copy.jpg`,
    `74 (1).jpg`); then the one with the shortest name; then the first.

    ## False alarms

    None: SHA-256 digests of the whole files are compared.  If you copied rare pictures on purpose,
    to give them more weight, do that when training instead.  Copies in two classes are
    reported by `label-conflict` and are never moved without a decision.
    """

    name = "exact-duplicate"
    family = "duplicates"
    severity = Severity.WARNING
    fix = Fix.SAFE
    compares = True
    copies = CopyKind.SAME_BYTES

    def joins(self, evidence: Evidence) -> NDArray[np.bool_]:
        """Mark the pairs with the same bytes."""
        return pairs_of_kind(evidence, IDENTICAL_BYTES)

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find all but one of the files with the same bytes and label."""
        for copies in Relations(evidence).copies():
            for members in by_label(copies):
                kept, why = keep_first(members)
                for member in members:
                    if member is not kept:
                        yield self.finding(
                            member.path,
                            f"same bytes as {kept.path}, the original ({why})",
                            label=member.label,
                            related=[kept.path],
                        )
