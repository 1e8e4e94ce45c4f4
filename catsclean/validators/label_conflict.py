"""The validator ``label-conflict``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from catsclean.duplicates.relations import Relations
from catsclean.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catsclean.evidence import Evidence


class LabelConflict(Validator):
    """Finds one and the same picture in two classes.

    ## Why it matters

    One of the two labels is wrong.  Training is told both, and a score that counts either is
    wrong for one of them, whatever the model answers.

    ## Example

        Cat/4688.jpg: label-conflict: same picture as Dog/9041.jpg, other label

    ## What to do

    Look at it and keep the right one.  Where a picture honestly shows both, it belongs in neither
    class.  `catsclean report` shows them side by side.  No clean chooses for you, not even
    `--unsafe`; `catsclean split --exclude-review` leaves out all that nobody decided.

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

    #: Also report a picture and its mirror image.
    mirrored: bool = True
    #: Also report a picture and its copy turned by 90, 180 or 270 degrees.
    turned: bool = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find samples that have a direct duplicate of another label."""
        relations = Relations(evidence, mirrored=self.mirrored, turned=self.turned)
        for member, others, count in relations.differing("label"):
            more = f" and {count - 1:,} more" if count > 1 else ""
            yield self.finding(
                member.path,
                f"same picture as {others[0].path}{more}, other label",
                label=member.label,
                related=[other.path for other in others],
            )
