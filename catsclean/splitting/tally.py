"""Count what a split came to, and say where it is not what was asked for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from catsclean.splitting.assignment import TRAIN, split_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from catsclean.splitting.groups import Units

# half a percentage point: what stratification is good for, see docs/splitting.md
_NOTEWORTHY: Final = 0.005
_MOST_NAMED: Final = 5


def tally(units: Units, splits: Mapping[int, str], shares: Mapping[str, float]) -> pd.DataFrame:
    """Count samples and groups by split and class.

    Args:
        units: The groups.
        splits: Split of each unit that takes part.
        shares: Share that was asked for of each split; one that is missing was kept as found.

    Returns:
        The columns that :class:`catsclean.splitting.Split` describes.
    """
    import pandas as pd

    samples: Counter[tuple[str, str]] = Counter()
    groups: Counter[tuple[str, str]] = Counter()
    totals: Counter[str] = Counter()
    for unit, name in splits.items():
        counts = units.counts[unit]
        samples.update({(name, label): count for label, count in counts.items()})
        totals.update(counts)
        if units.size(unit) > 1:
            groups.update((name, label) for label in counts)
    names = sorted({*splits.values(), *shares}, key=split_order)
    rows: list[dict[str, Any]] = [
        {
            "split": name,
            "label": label,
            "samples": samples[name, label],
            "asked_share": shares.get(name),
            "achieved_share": samples[name, label] / totals[label],
            "groups": groups[name, label],
        }
        for name in names
        for label in sorted(totals)
    ]
    table = pd.DataFrame(rows)
    table["asked_share"] = table["asked_share"].astype("Float64")
    return table


def find_warnings(table: pd.DataFrame, units: Units, splits: Mapping[int, str]) -> list[str]:
    """Say what a person should know of a split: one line each."""
    warnings = []
    names = list(dict.fromkeys(table["split"]))
    number = Counter(label for unit in splits for label in units.counts[unit])
    few = sorted(label for label, count in number.items() if count < len(names))
    if few:
        warnings.append(f"fewer groups than splits in {_list(few)}: some splits have none of it")
    empty = table[(table["samples"] == 0) & ~table["label"].isin(few)]
    warnings += [f"no {row.label} in {row.split}" for row in empty.itertuples()]
    off = (table["achieved_share"] - table["asked_share"]).abs() > _NOTEWORTHY
    # a class of ten cannot be split to half a point: a whole sample more or less is no news
    totals = table.groupby("label")["samples"].transform("sum")
    off &= (table["achieved_share"] - table["asked_share"]).abs() * totals >= 1
    for row in table[off.fillna(value=False).astype(bool)].itertuples():
        share = f"{row.achieved_share:.1%}, asked {row.asked_share:.1%}"
        what = row.label or "the pictures"
        warnings.append(f"{row.split} has {share} of {what}: groups are too large or too few")
    mixed = sum(len(units.counts[unit]) > 1 for unit in splits)
    if mixed:
        warnings.append(f"{mixed} groups hold pictures of more than one class")
    if TRAIN in names and not table.loc[table["split"] == TRAIN, "samples"].sum():
        warnings.append("nothing is left to train on")
    return warnings


def _list(names: Iterable[str]) -> str:
    shown = list(names)
    more = len(shown) - _MOST_NAMED
    return ", ".join(shown[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
