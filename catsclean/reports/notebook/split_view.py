"""A split in a notebook: the share of every class in it, and what to beware of."""

from __future__ import annotations

from typing import Final

from catsclean.core import names
from catsclean.core.text import count
from catsclean.reports.notebook.view_parts import (
    MAX_CLASSES,
    Calls,
    CellView,
    Grid,
    Meter,
    Sentences,
    ViewPart,
)
from catsclean.reports.split_lines import describe_split, share_rows
from catsclean.splitting.split import Split

_MOST_COLUMNS: Final = 12


def view(split: Split) -> CellView:
    """Show a split."""
    totals = split.table.groupby("split", sort=False)["samples"].sum()
    columns, rows = share_rows(split, MAX_CLASSES)
    never_changed = split.state.never_changed() if split.state is not None else ""
    said = describe_split(split, "exclude_review=True", never_changed)
    warnings = [line for line in said if line.startswith("Warning: ")]
    parts: list[ViewPart] = [
        Sentences(warnings, strong=True),
        Grid(columns, rows, "Splits", frozenset(columns) - {"Split", "Class"}),
        *_bars(split),
        Sentences([line for line in said if line not in warnings]),
        Calls(
            [
                ("split.save()", "keep it: training reads it, the next split follows it"),
                ('split.write("FOLDER")', "write it as folders of pictures"),
            ]
        ),
    ]
    facts = [f"{name} {number:,}" for name, number in totals.items()]
    if left := sum(split.left_over.values()):
        facts.append(f"{left:,} left over")
    whole = count(split.groups_kept_whole, "group")
    return CellView(names.encode(split.manifest.root.name), [*facts, f"{whole} kept whole"], parts)


def _bars(split: Split) -> list[ViewPart]:
    """Draw a bar for each of the largest classes, parted into the splits."""
    order = list(dict.fromkeys(split.table["split"]))
    counts = split.table.pivot_table(
        index="label", columns="split", values="samples", aggfunc="sum", fill_value=0
    )
    sizes = counts.sum(axis=1)
    # the numbers of many folds stand in the table above
    told = order if len(order) <= _MOST_COLUMNS else []
    rows = []
    for label in sorted(counts.index, key=lambda label: (-int(sizes[label]), str(label))):
        own = counts.loc[label]
        shares = tuple((name, int(own[name]) / max(int(sizes[label]), 1)) for name in order)
        rows.append((label or "-", Meter(shares), *(f"{int(own[name]):,}" for name in told)))
    numbers = frozenset(told)
    columns = ("Class", "Share", *told)
    return [Grid(columns, rows, "Classes", numbers, "classes", most=MAX_CLASSES, legend=order)]
