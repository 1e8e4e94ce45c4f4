"""Numbers of pictures per class: ``40/class``, and the most pictures of a class to use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from numbers import Integral
from typing import Final

from catsclean.core import names
from catsclean.core.split_names import TRAIN
from catsclean.core.text import count
from catsclean.errors import SplitError, UsageError
from catsclean.splitting.sample_groups import Units

_COUNT: Final = re.compile(r"\s*([0-9]{1,15})\s*/\s*class\s*")
_MOST_NAMED: Final = 5
_MAX_SHOWN: Final = 80


def read_count(asked: object) -> int | None:
    """Read ``40/class`` as 40; None if it is not written like that."""
    found = _COUNT.fullmatch(asked) if isinstance(asked, str) else None
    return None if found is None else int(found[1])


def class_counts(shares: Mapping[str, object], folds: int | None = None) -> dict[str, int]:
    """Return the number of pictures of each class, for the splits with such a number.

    Raises:
        UsageError: There are folds, but also a number for training.
    """
    found = {name: read_count(asked) for name, asked in shares.items()}
    if folds is not None and found.get(TRAIN):
        raise UsageError("folds use all pictures outside the other splits: leave train out.")
    return {name: number for name, number in found.items() if number}


def check_most(most: object) -> int | None:
    """Check the largest number of pictures of a class; None: no limit.

    Raises:
        UsageError: It is not a whole number from 1 up.
    """
    if most is None:
        return None
    if isinstance(most, bool) or not isinstance(most, Integral) or most < 1:
        shown = names.text(repr(most))[:_MAX_SHOWN]
        raise UsageError(f"max_per_class must be a whole number from 1. Received: {shown}")
    return int(most)


def limit_classes(
    units: Units, given: Collection[int], fixed: Collection[int], most: int
) -> tuple[Units, Counter[str]]:
    """Use at most `most` samples of each class.

    Args:
        units: The groups.
        given: Units that an earlier split had; they come first.
        fixed: Units that are always used.
        most: Largest number of samples of a class.

    Returns:
        The units, without samples in unused ones; and by class, the number of unused samples.
    """
    every = range(len(units.counts))
    order = _fitting_order(units, given, set(every).difference(fixed))
    chosen = _units_within(units, [*fixed, *order], most).union(fixed)
    beyond = count_classes(units, set(every) - chosen)
    counts = tuple(counts if unit in chosen else {} for unit, counts in enumerate(units.counts))
    return replace(units, counts=counts), beyond


def limit_training(
    units: Units, splits: Mapping[int, str], given: Collection[int], number: int | None
) -> tuple[Mapping[int, str], Counter[str]]:
    """Train on a number of samples of each class; None: on all.

    Args:
        units: The groups.
        splits: Split of each unit.
        given: Units that an earlier split had; they come first.
        number: Number of samples of each class.

    Returns:
        The splits without the unused units; and by class, the number of unused samples.
    """
    if number is None:
        return splits, Counter()
    training = {unit for unit, name in splits.items() if name == TRAIN}
    rest = training - _units_within(units, _fitting_order(units, given, training), number)
    kept = {unit: name for unit, name in splits.items() if unit not in rest}
    return kept, count_classes(units, rest)


def _units_within(units: Units, order: Iterable[int], most: int) -> set[int]:
    """Choose units in an order, as long as no class exceeds `most` samples."""
    taken: Counter[str] = Counter()
    chosen = set()
    for unit in order:
        counts = units.counts[unit]
        if all(taken[label] + number <= most for label, number in counts.items()):
            chosen.add(unit)
            taken.update(counts)
    return chosen


def _fitting_order(units: Units, first: Collection[int], among: Iterable[int]) -> list[int]:
    """Order units: first those of an earlier split, then those that fit worst."""
    return sorted(among, key=lambda unit: (unit not in first, len(units.counts[unit]) == 1, unit))


def count_classes(units: Units, of: Iterable[int]) -> Counter[str]:
    """Count the samples of some units by class."""
    found: Counter[str] = Counter()
    for unit in of:
        found.update(units.counts[unit])
    return found


def check_enough(
    totals: Mapping[str, int], quotas: Mapping[tuple[str, str], int], asked: Mapping[str, int]
) -> None:
    """Refuse numbers per class that a class is too small for.

    Args:
        totals: Samples of each class.
        quotas: Samples of each class that each held-out split should get.
        asked: Requested numbers of each class, by split.

    Raises:
        SplitError: The message names the classes and their sizes.
    """
    held = sorted({name for name, _ in quotas} | asked.keys(), key=_reading_order)
    short: dict[str, dict[str, int]] = {}
    for label, total in sorted(totals.items()):
        wanted = {name: asked.get(name, quotas.get((name, label), 0)) for name in held}
        # without a number for training, at least one sample must remain for it
        if sum(wanted.values()) + (TRAIN not in asked) > total:
            short[label] = wanted
    if not short:
        return
    shown = [
        f"{label!r} has {totals[label]:,}" if label else f"there are {totals[label]:,}"
        for label in list(short)[:_MOST_NAMED]
    ]
    more = f" and {len(short) - _MOST_NAMED} more" if len(short) > _MOST_NAMED else ""
    first = next(iter(short.values()))
    parts = ", ".join(f"{number:,} for {name}" for name, number in first.items())
    rest = "" if TRAIN in asked else ", and some to train on"
    raise SplitError(
        f"too few pictures in a class: {', '.join(shown)}{more}; needed: {parts}{rest}."
        " Nothing was written. Ask for fewer of each class."
    )


def _reading_order(name: str) -> tuple[int, str]:
    order = (TRAIN, "val", "test")
    return (order.index(name) if name in order else len(order), name)


def describe_left_over(left_over: Mapping[str, int]) -> str:
    """Describe how many samples are in no split, by class; empty if there are none."""
    total = sum(left_over.values())
    if not total:
        return ""
    left = count(total, "sample is", "samples are")
    labels = sorted(left_over, key=lambda label: (-left_over[label], label))
    if labels == [""]:
        return f"{left} left over, in no split"
    shown = ", ".join(f"{left_over[label]:,} of {label!r}" for label in labels[:_MOST_NAMED])
    more = f" and {len(labels) - _MOST_NAMED} more classes" if len(labels) > _MOST_NAMED else ""
    return f"{left} left over, in no split: {shown}{more}"
