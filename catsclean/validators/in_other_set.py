"""Pictures that another data set already has."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from catsclean.duplicates.verification import noun
from catsclean.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catsclean.evidence import Evidence


class InOtherSet(Validator):
    """Finds pictures that the data set named by `--against` already has.

    ## Why it matters

    A new drop that repeats the training set adds no information and makes some pictures count
    twice. A test set that shares pictures with the training set measures memory, not skill: the
    score it gives is too good, and nobody sees it.

    ## Example

        Cat/77.jpg: in-other-set: recompressed copy of train/Cat/12.jpg in PetImages

    ## What to do

    Leave the picture out of the new set, or, where the other set is the test set, out of training.
    Run `catsclean audit NEW --against OLD`; without `--against` this validator has nothing to
    compare with and stays silent.

    ## False alarms

    Pairs are verified as those of `near-duplicate` are: candidates by two perceptual hashes, then
    by their pixels.
    """

    name: ClassVar[str] = "in-other-set"
    family: ClassVar[str] = "duplicates"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True

    def judge(self, evidence: Evidence) -> Iterator[Finding]:
        """Find, from the pairs with the other data set; one finding for each picture here."""
        if evidence.elsewhere is None:
            return
        labels = dict(zip(evidence.rows["path"], evidence.rows["label"], strict=True))
        nearest = evidence.elsewhere.sort_values(["path", "distance256", "other"], kind="stable")
        for row in nearest.drop_duplicates("path").itertuples():
            yield self.finding(
                row.path,
                f"{noun(row.kind)} of {row.other} in {evidence.elsewhere_name}",
                label=labels.get(row.path),
            )
