"""Pictures that another data set already has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.duplicates.pair_kinds import (
    BLURRED,
    ENLARGED,
    GREYED,
    IDENTICAL_BYTES,
    IDENTICAL_PIXELS,
    OTHER_COLOUR,
    OVERLAID,
    SAVED_AGAIN,
    describe_kind,
)
from catsclean.validators.base import Validator


class InOtherSet(Validator):
    """Find pictures that the data set named by `--against` already has.

    ## Why it matters

    A new delivery that repeats the training set adds no information and makes some pictures count
    twice. A test set that shares pictures with the training set measures memory, not skill: its
    score is too good, and nobody notices.

    ## Example

        Cat/77.jpg: in-other-set: train/Cat/12.jpg in PetImages is the same picture (recompressed)
        Cat/78.jpg: in-other-set: train/Cat/13.jpg in PetImages is the same picture (resized), but
        the one here is larger

    ## What to do

    Leave the picture out of the new set, or, if the other set is the test set, out of training.
    If the one here is better (larger, sharper, in colour, more bytes), replace the other one with
    it; `clean` does not move it.  Run `catsclean audit NEW --against OLD`; without `--against` this
    validator has nothing to compare with and stays silent.  With `--only-new`, the audit lists the
    pictures that the other set does not have.

    ## False alarms

    Pairs are verified like those of `near-duplicate`: candidates by two perceptual hashes, then
    by their pixels.
    """

    name = "in-other-set"
    family = "duplicates"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    compares = True

    def judge(self, evidence: Evidence) -> Iterator[Finding]:
        """Find, from the pairs with the other data set; one finding for each picture here."""
        if evidence.elsewhere is None:
            return
        columns = ("path", "label", "width_px", "height_px", "size_bytes")
        of_path = {
            path: (label, width * height, size)
            for path, label, width, height, size in zip(
                *(evidence.rows[name].tolist() for name in columns), strict=True
            )
        }
        pairs = evidence.elsewhere[evidence.elsewhere["kind"] != OTHER_COLOUR]
        nearest = pairs.sort_values(["path", "distance256", "other"], kind="stable")
        for path, rows in nearest.groupby("path", sort=True):
            label, pixels, size = of_path[str(path)]
            partners = list(rows.itertuples())
            merits = [_merits(pixels, size, partner) for partner in partners]
            # better than all that the other set has of it
            better = [merit for merit in merits[0] if all(merit in own for own in merits)]
            first = partners[0]
            more = f" (and {len(partners) - 1:,} more)" if len(partners) > 1 else ""
            but = f", but the one here {_said(better)}" if better else ""
            yield self.finding(
                str(path),
                f"{first.other} in {evidence.elsewhere_name}{more} is the same picture"
                f" ({describe_kind(str(first.kind))}){but}",
                label=label,
                related=[str(partner.other) for partner in partners],
                fix=Fix.NONE if better else None,
            )


def _merits(pixels: int, size: int, partner: Any) -> list[str]:
    """Say in what a picture is better than one of the other set."""
    ours, theirs = (set(str(signs).split("+")) for signs in (partner.path_is, partner.other_is))
    if {GREYED, OVERLAID, BLURRED} & ours:
        return []
    signs = {
        GREYED: "is in colour",
        OVERLAID: "has no text or logo added",
        BLURRED: "is sharper",
    }
    found = [said for sign, said in signs.items() if sign in theirs]
    if ENLARGED in theirs:
        found.append("is sharper")
    elif pixels > partner.other_pixels and ENLARGED not in ours:
        found.append("is larger")
    elif (
        pixels == partner.other_pixels
        and size > partner.other_bytes
        and partner.kind not in (IDENTICAL_BYTES, IDENTICAL_PIXELS)
        and SAVED_AGAIN not in ours
    ):
        found.append("has more bytes")
    return found


def _said(merits: list[str]) -> str:
    return " and ".join(merits)
