"""The validator ``other-colour``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.duplicates.pair_kinds import OTHER_COLOUR
from catsclean.validators.base import Validator

# Pictures that a finding names; a garment may come in hundreds of colours.
_MOST_NAMED = 20


class OtherColour(Validator):
    """Find pictures with the same shapes in other colours, such as a shirt in red and in blue.

    ## Why it matters

    They are two different pictures: no label is wrong, and `split` may separate them.  But a
    model that learns one of them learns most of the other, so a score can be a little too good.

    ## Example

        shirt/red.jpg: other-colour: same shapes as shirt/blue.jpg, in other colours

    ## What to do

    Mostly nothing.  If the variants of a product must stay in the same split, name them with
    `catsclean split --group-by`.

    ## False alarms

    A copy with inverted or shifted colours (a negative, another hue) is reported here, not as a
    copy.
    Copies in grey or sepia, with another saturation or white balance, are `near-duplicate`.
    """

    name = "other-colour"
    family = "duplicates"
    severity = Severity.NOTE
    fix = Fix.NONE
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find the pairs whose shapes agree and whose colours do not; one finding a picture."""
        rows = evidence.pair_rows.where(evidence.pair_rows["kind"] == OTHER_COLOUR)
        others: dict[str, list[str]] = {}
        for one, other in zip(rows["path"].tolist(), rows["other"].tolist(), strict=True):
            others.setdefault(one, []).append(other)
        if not others:
            return
        labels = dict(zip(evidence.rows["path"], evidence.rows["label"], strict=True))
        for path, found in sorted(others.items()):
            more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
            yield self.finding(
                path,
                f"same shapes as {min(found)}{more}, in other colours",
                label=labels[path],
                related=sorted(found)[:_MOST_NAMED],
            )
