"""Words about a split, for the command line and for notebooks."""

from __future__ import annotations

import math
from collections import Counter

from catsclean.core.text import count
from catsclean.reports.plan_lines import to_review_or_repair
from catsclean.splitting import Split, describe_left_over, fold_classes
from catsclean.splitting.found_folders import describe_renamed

_APART = "Copies are not kept together, as asked: they may be in two splits."


def describe_split(result: Split, to_leave_out: str, never_changed: str) -> list[str]:
    """Say what a split keeps together, what it leaves out, and what to beware of.

    Args:
        result: The split.
        to_leave_out: What leaves out the pictures that are still to review; empty if they are left
            out already.
        never_changed: What the samples lie in, if catsclean never changes them there; else empty.
    """
    lines = [_kept_whole(result)]
    if result.renamed:
        lines.append(f"By its usual name, {describe_renamed(result.renamed)} in the split.")
    if left := describe_left_over(result.left_over):
        lines.append(f"{left}.")
    dropped = int((result.manifest.columns(["status"])["status"] == "drop").sum())
    review = result.to_review
    if dropped:
        skipped = count(dropped, "picture", "pictures")
        moved = "left out by a decision" if never_changed else "moved by a clean"
        lines.append(f"{skipped} skipped: unusable, copies of others, or {moved}.")
    if result.unlabelled:
        skipped = count(result.unlabelled, "picture", "pictures")
        lines.append(f"{skipped} without a label skipped, because others have one.")
    if review:
        included = to_review_or_repair(review)
        how = f"included; {to_leave_out} skips them" if to_leave_out else "skipped"
        lines.append(f"{included} {how}.")
    return [*lines, *(f"Warning: {warning}." for warning in result.warnings)]


def _kept_whole(result: Split) -> str:
    """Say how many groups no split divides, or that copies are none."""
    apart = "" if "copies" in result.groups_of else _APART
    if not result.groups_of:
        return apart
    of_what = "" if apart else " of copies"
    if not apart and "own" in result.groups_of:
        of_what += " or of your own"
    whole = result.groups_kept_whole
    said = f"{count(whole, f'group{of_what}', f'groups{of_what}')}, none divided."
    return f"{said if whole else f'No groups{of_what}.'} {apart}".rstrip()


def share_rows(
    result: Split, most_classes: int | None
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the columns and rows of a table of a split; all columns but names hold numbers.

    Args:
        result: The split.
        most_classes: With more classes, a row is a split; with fewer, a split and a class.
    """
    table = result.table.astype({"asked_share": "float64"})
    classes = table["label"].nunique()
    if most_classes is not None and classes > most_classes:
        less: Counter[str] = Counter()
        for (name, _), number in result.not_kept.items():
            less[name] += number
        columns: tuple[str, ...] = (
            "Split", "Pictures", "Asked", "Achieved", f"Per class ({classes:,})",
        )  # fmt: skip
        rows: list[tuple[str, ...]] = [
            (
                row.split,
                f"{row.samples:,}",
                _asked(row.asked_share, less[row.split]),
                f"{row.achieved_share:.2%}",
                f"{row.least:.2%} to {row.most:.2%}",
            )
            for row in fold_classes(table).itertuples()
        ]
        return columns, rows
    columns = ("Split", "Class", "Pictures", "Asked", "Achieved", "Groups")
    rows = [
        (
            row.split,
            row.label or "-",
            f"{row.samples:,}",
            _asked(row.asked_share, result.not_kept.get((row.split, row.label), 0)),
            f"{row.achieved_share:.2%}",
            f"{row.groups:,}",
        )
        for row in table.itertuples()
    ]
    return columns, rows


def _asked(share: float, not_kept: int) -> str:
    if not math.isnan(share):
        return f"{share:.2%}"
    return f"as is, less {not_kept:,}" if not_kept else "as is"
