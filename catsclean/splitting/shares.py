"""Count the samples of a split, and report deviations from the request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from catsclean.core.alike_labels import alike_labels, describe_alike, describe_more
from catsclean.core.split_classes import find_partial_classes, numbered_otherwise
from catsclean.core.split_names import TRAIN
from catsclean.core.text import count
from catsclean.errors import SplitError
from catsclean.splitting.assign import add, split_order
from catsclean.splitting.sample_groups import Units
from catsclean.validators.base import CopyKind
from catsclean.validators.registry import all_validators

if TYPE_CHECKING:
    import pandas as pd


# half a percentage point: the accuracy of stratification, see docs/splitting.md
_NOTEWORTHY: Final = 0.005
_MOST_NAMED: Final = 5
# copies that need not be the same bytes or pixels
_LOOSE: Final = (CopyKind.OTHER_LABEL, CopyKind.ALTERED)


def tally(
    units: Units,
    splits: Mapping[int, str],
    shares: Mapping[str, float],
    folds: Collection[str] = (),
    of_class: Mapping[str, int] | None = None,
    left_over: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Count samples and groups by split and class.

    Args:
        units: The groups.
        splits: Split of each unit that takes part.
        shares: Requested share of each split.  A split without one was kept as found; the share
            of training, whole or in folds, is reduced by it.
        folds: Names of the folds.
        of_class: Number of samples of each class, for the splits with such a number.
        left_over: Samples of each class that are in no split but count for the shares.

    Returns:
        The columns that :class:`catsclean.splitting.Split` describes.
    """
    import pandas as pd

    samples: Counter[tuple[str, str]] = Counter()
    groups: Counter[tuple[str, str]] = Counter()
    of_class = of_class or {}
    totals: Counter[str] = Counter(left_over or {})
    for unit, name in splits.items():
        counts = units.counts[unit]
        add(samples, name, counts)
        for label, number in counts.items():
            totals[label] += number
        if units.size(unit) > 1:
            groups.update((name, label) for label in counts)
    names = sorted({*splits.values(), *shares}, key=split_order)
    kept = [name for name in names if name not in shares]
    rest = [name for name in shares if name == TRAIN or name in folds]

    def asked(name: str, label: str) -> float | None:
        share = shares.get(name)
        if share is not None and name in of_class:
            return min(of_class[name] / totals[label], 1.0)
        if share is None or name not in rest:
            return share
        gone = sum(samples[other, label] for other in kept) / totals[label]
        if of_class:
            # training should get the rest of each class
            gone += sum(asked(other, label) or 0.0 for other in shares if other not in rest)
            return max((1 - gone) / len(rest), 0.0)
        return max(share - gone / len(rest), 0.0)

    rows: list[dict[str, Any]] = [
        {
            "split": name,
            "label": label,
            "samples": samples[name, label],
            "asked_share": asked(name, label),
            "achieved_share": samples[name, label] / totals[label],
            "groups": groups[name, label],
        }
        for name in names
        for label in sorted(totals)
    ]
    table = pd.DataFrame(rows)
    table["asked_share"] = table["asked_share"].astype("Float64")
    return table


def fold_classes(table: pd.DataFrame) -> pd.DataFrame:
    """Combine the classes of each split.

    Args:
        table: From :func:`tally`.

    Returns:
        One row per split: ``split``, ``samples``, ``asked_share`` and ``achieved_share`` of all
        samples, ``least`` and ``most``: the smallest and the largest achieved share of a class.
    """
    totals = table.groupby("label")["samples"].transform("sum")
    parts = table.assign(wanted=table["asked_share"] * totals).groupby("split", sort=False)
    share = parts["achieved_share"]
    folded = parts.agg(samples=("samples", "sum"))
    folded["asked_share"] = parts["wanted"].sum(min_count=1) / table["samples"].sum()
    folded["achieved_share"] = folded["samples"] / table["samples"].sum()
    return folded.assign(least=share.min(), most=share.max()).reset_index()


def check_filled(
    units: Units, splits: Mapping[int, str], shares: Mapping[str, float], *, again: bool
) -> None:
    """Refuse a split if one of its requested parts would have no picture at all.

    Args:
        units: The groups.
        splits: Split of each unit that takes part.
        shares: Requested share of each split.
        again: Some units keep the split of an earlier call.

    Raises:
        SplitError: The message has the size of the smallest group, and the possible remedies.
    """
    empty = [name for name in sorted(shares, key=split_order) if name not in splits.values()]
    if not empty:
        return
    total = sum(units.size(unit) for unit in splits)
    smallest = min(units.size(unit) for unit in splits)
    wanted = " and ".join(f"{shares[name]:.1%}" for name in empty)
    groups = f"the smallest of {len(splits):,} has" if len(splits) > 1 else "the only one has"
    joining = [name for name, kind in all_validators().items() if kind.copies in _LOOSE]
    alike = (
        " If pictures of a fixed camera were grouped as copies, group only exact copies"
        ' (--groups exact, groups="exact"), or audit again without'
        f" {' and '.join(sorted(joining, reverse=True))} or with a higher least-correlation."
    )
    stay = (
        " Samples stay in their earlier split; another seed gives another split." if again else ""
    )
    raise SplitError(
        f"{' and '.join(empty)} would get no picture: asked for {wanted} of"
        f" {count(total, 'sample')}. Groups are never divided, and {groups}"
        f" {count(smallest, 'sample')}.{stay} Ask for a larger share or fewer splits, or use"
        f" smaller groups.{alike}"
    )


def find_warnings(
    table: pd.DataFrame, units: Units, splits: Mapping[int, str], *, again: bool = False
) -> list[str]:
    """Return warnings about a split, one line each.

    Args:
        table: What :func:`tally` returns.
        units: The groups.
        splits: Split of each unit that takes part.
        again: Some units keep the split of an earlier call.
    """
    warnings = []
    why = ["samples stay in their earlier split"] if again else []
    if not again or any(units.size(unit) > 1 for unit in splits):
        why.append("groups are too large or too few")
    names = list(dict.fromkeys(table["split"]))
    of_label = Counter(label for unit in splits for label in units.counts[unit])
    few = sorted(label for label, number in of_label.items() if number < len(names))
    if few:
        warnings.append(f"too few groups of {_list(few)}: some splits have none")
    pictures = table.groupby("label")["samples"].sum().to_dict()
    alike = alike_labels(pictures)
    warnings += [describe_alike(group, pictures) for group in alike[:_MOST_NAMED]]
    if more := alike[_MOST_NAMED:]:
        warnings.append(describe_more(more))
    counts = _counts(table)
    missing = [one for one in find_partial_classes(counts) if one.label not in few]
    if missing:
        listed = (f"{one.label or 'pictures without a label'}: {one}" for one in missing)
        warnings += filter(None, (_list(listed, "; "), numbered_otherwise(counts)))
    off = (table["achieved_share"] - table["asked_share"]).abs() > _NOTEWORTHY
    # a class of ten cannot be split to half a point: ignore differences below a whole sample
    totals = table.groupby("label")["samples"].transform("sum")
    off &= (table["achieved_share"] - table["asked_share"]).abs() * totals >= 1
    off &= ~((table["samples"] == 0) & table["label"].isin([one.label for one in missing]))
    for name, rows in table[off.fillna(value=False).astype(bool)].groupby("split", sort=False):
        distance = (rows["achieved_share"] - rows["asked_share"]).abs().astype(float)
        furthest = rows.loc[distance.sort_values(ascending=False, kind="stable").index]
        shares = [
            f"{row.achieved_share:.1%}, asked {row.asked_share:.1%}"
            f" of {row.label or 'the pictures'}"
            for row in furthest.itertuples()
        ]
        text = _list(shares, "; ")
        warnings.append(f"{name} has {text}, because {', or '.join(why)}")
    mixed = sum(len(units.counts[unit]) > 1 for unit in splits)
    if mixed:
        warnings.append(
            f"{count(mixed, 'group holds', 'groups hold')} pictures of more than one class"
        )
    return warnings


def _counts(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return the number of samples by split and class, without those that have none."""
    counts: dict[str, dict[str, int]] = {}
    for row in table[table["samples"] > 0].itertuples():
        counts.setdefault(row.split, {})[row.label] = row.samples
    return counts


def _list(names: Iterable[str], between: str = ", ") -> str:
    shown = list(names)
    more = len(shown) - _MOST_NAMED
    return between.join(shown[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
