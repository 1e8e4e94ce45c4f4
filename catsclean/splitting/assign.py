"""Assign groups to splits: exact shares per class, and no group moves without need."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from itertools import chain
from numbers import Integral, Real
from typing import Final

from catsclean.core import names
from catsclean.core.split_names import TRAIN
from catsclean.core.text import count
from catsclean.errors import UsageError
from catsclean.splitting.class_counts import read_count
from catsclean.splitting.sample_groups import Units
from catsclean.splitting.unit_splits import UnitSplits

Shares = Mapping[str, float | int | str]
Cell = tuple[str, str]
# the order in which splits are filled: held-out ones must be exact, training takes the rest
_ORDER: Final = {"test": 0, "val": 1}
_TOLERANCE: Final = 1e-6
_DEFAULT_SHARES: Final[Shares] = {TRAIN: 0.8, "val": 0.1, "test": 0.1}
_MAX_FOLDS: Final = 100
_MAX_SHOWN: Final = 80


def check_shares(shares: object, samples: int, classes: int = 1) -> dict[str, float]:
    """Check the requested shares; return the share of every split, the rest in ``train``.

    Args:
        shares: Name of a split and its share; a whole number of 1 or more is a number of samples,
            and ``"40/class"`` a number of samples of each class.  ``train`` may be left out: it
            takes the rest.
        samples: Number of samples to split.
        classes: Number of their classes.

    Raises:
        UsageError: A share or a name is invalid, or the shares do not add up to 1.
    """
    if not isinstance(shares, Mapping):
        shown = names.text(repr(shares))[:_MAX_SHOWN]
        raise UsageError(
            'shares must map splits to sizes, such as {"val": 0.1}; train takes the rest.'
            f" Received: {shown}."
        )
    found: dict[str, float] = {}
    for name, asked in shares.items():
        _check_name(name)
        if (of_class := read_count(asked)) is not None:
            found[name] = of_class * classes / max(samples, 1)
            continue
        share = _number(asked)
        if share is None:
            raise UsageError(
                f"the share of {name!r} must be a number, or text such as '40/class'."
                f" Received: {names.text(repr(asked))[:_MAX_SHOWN]}"
            )
        if share < 0:
            raise UsageError(f"the share of {name!r} is below 0. Received: {share!r}")
        if share > 1 and share != int(share):
            raise UsageError(
                f"the share of {name!r} must be a fraction up to 1 or a number of pictures."
                f" Received: {share!r}"
            )
        # 1.0 is a share, but 1 is one picture
        counted = share > 1 or (isinstance(share, int) and share == 1)
        if counted and share > samples:
            raise UsageError(
                f"{name!r} is larger than the whole set: {int(share):,} of"
                f" {count(samples, 'picture')}."
            )
        found[name] = share / max(samples, 1) if counted else float(share)
    rest = 1 - sum(share for name, share in found.items() if name != TRAIN)
    if counted_by_class := [name for name in found if read_count(shares[name]) is not None]:
        if found.get(TRAIN, 1.0) <= 0:
            raise UsageError("nothing is left to train on. Ask for more in train.")
        if TRAIN in found and TRAIN not in counted_by_class:
            raise UsageError(
                "if the other splits have a number per class, train takes the rest: leave it out,"
                f" or write '40/class'. Received: {names.text(repr(shares[TRAIN]))[:_MAX_SHOWN]}"
            )
        # whether there are enough pictures depends on each class, see class_counts.py
        rest = max(rest, _TOLERANCE * 2)
    elif TRAIN in found and abs(rest - found[TRAIN]) > _TOLERANCE:
        parts = " + ".join(f"{name} {share:g}" for name, share in found.items())
        raise UsageError(f"the shares add up to {sum(found.values()):g}, not to 1: {parts}")
    if rest < -_TOLERANCE:
        raise UsageError(f"the shares add up to more than 1: {1 - rest:g} without training")
    if rest <= _TOLERANCE:
        raise UsageError("nothing is left to train on. Ask for less in the other splits.")
    found[TRAIN] = rest
    return {name: found[name] for name in sorted(found, key=split_order) if found[name] > 0}


def default_shares(*other_wishes: object) -> Shares:
    """Return the shares of a call that names none.

    Args:
        other_wishes: What else the call asks for; each is None or False if it does not.  Whoever
            asks for folds, or for the splits that are there, wants no other ones beside them.
    """
    return {} if any(other_wishes) else _DEFAULT_SHARES


def check_folds(folds: int) -> list[str]:
    """Return the names of k folds.

    Raises:
        UsageError: `folds` is less than 2 or too large.
    """
    number = _number(folds)
    if not isinstance(number, int) or not 2 <= number <= _MAX_FOLDS:
        raise UsageError(f"folds must be a number from 2 to {_MAX_FOLDS}. Received: {folds!r}")
    folds = number
    width = len(str(folds))
    return [f"fold{number:0{width}}" for number in range(1, folds + 1)]


def check_seed(seed: int) -> int:
    """Return a seed as a Python int.

    Raises:
        UsageError: It is not a whole number.
    """
    number = _number(seed)
    if not isinstance(number, int):
        shown = names.text(repr(seed))[:_MAX_SHOWN]
        raise UsageError(f"seed must be a whole number. Received: {shown}")
    return number


def _number(value: object) -> int | float | None:
    """Return a Python or NumPy number as a Python number; None if it is not a number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    if isinstance(value, Integral):
        return int(value)
    number = float(value)
    return number if math.isfinite(number) else None


def split_order(name: str) -> tuple[int, str]:
    """Sort splits: training, validation, test, then others by name."""
    return ({TRAIN: 0, "val": 1, "test": 2}.get(name, 3), name)


def find_quotas(
    units: Units,
    free: Iterable[int],
    taken: Counter[Cell],
    shares: Mapping[str, float],
    of_class: Mapping[str, int] | None = None,
) -> dict[Cell, int]:
    """Decide how many samples of each class each held-out split gets, with those it already has.

    Numbers are rounded to the nearest.  If the class has a unit for every split, each split gets
    at least one, so that rounding leaves no class out; and at least one is left for training.

    Args:
        units: The groups.
        free: Numbers of the units that can still go anywhere.
        taken: Samples of each class that each split already has.
        shares: Share of each split, with ``train``.
        of_class: Number of samples of each class, for the splits with such a number.
    """
    of_class = of_class or {}
    totals: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for (_, label), already in taken.items():
        totals[label] += already
    for unit in free:
        for label, samples in units.counts[unit].items():
            totals[label] += samples
            number[label] += 1
    quotas: dict[Cell, int] = {}
    for label, total in totals.items():
        left = total - 1
        for name in held_out(shares):
            quota = of_class.get(name, round(total * shares[name]))
            if quota == 0 and number[label] >= len(shares):
                quota = 1
            quotas[name, label] = min(quota, left)
            left -= quotas[name, label]
    return quotas


def held_out(shares: Iterable[str]) -> list[str]:
    """Return the splits other than training, in the order in which they are filled."""
    return sorted((n for n in shares if n != TRAIN), key=lambda n: (_ORDER.get(n, 2), n))


def fill(
    units: Units, free: Iterable[int], quotas: Mapping[Cell, int], taken: Counter[Cell]
) -> UnitSplits:
    """Fill held-out splits to their quotas in the order of the units' numbers; the rest trains.

    A unit that would overfill a split is skipped, and the next one is tried: the quota is met
    exactly if a class has enough single samples.  Units of several classes come first, because
    they fit worst.  If all remaining units are too large, the one that brings a split nearest to
    its quota goes there, unless that removes a class from training.

    Args:
        units: The groups.
        free: Numbers of the units to assign.
        quotas: Samples of each class that each split should get, without training.
        taken: Samples of each class that each split already has; updated.

    Returns:
        Split of every unit in `free`.
    """
    names = held_out(dict.fromkeys(name for name, _ in quotas))
    given = UnitSplits(len(units.counts))
    ordered = array("q", sorted(free))
    mixed = [unit for unit in ordered if len(units.counts[unit]) > 1]
    for unit in chain(mixed, (unit for unit in ordered if len(units.counts[unit]) == 1)):
        counts = units.counts[unit]
        given[unit] = TRAIN
        for name in names:
            if all(taken[name, la] + n <= quotas[name, la] for la, n in counts.items()):
                given[unit] = name
                break
        add(taken, given[unit], counts)
    for name in names:
        _top_up(name, units, given, quotas, taken)
    return given


def _top_up(
    name: str,
    units: Units,
    given: MutableMapping[int, str],
    quotas: Mapping[Cell, int],
    taken: Counter[Cell],
) -> None:
    labels = [label for split, label in quotas if split == name]
    while True:
        gaps = {label: quotas[name, label] - taken[name, label] for label in labels}
        if not any(gap > 0 for gap in gaps.values()):
            return
        training = [unit for unit, split in given.items() if split == TRAIN]
        number = Counter(label for unit in training for label in units.counts[unit])
        best: tuple[int, int] = (0, -1)
        for unit in training:
            counts = units.counts[unit]
            if all(number[label] > 1 for label in counts):
                change = sum(abs(gaps[la] - n) - abs(gaps[la]) for la, n in counts.items())
                best = min(best, (change, unit)) if change < 0 else best
        if best[1] < 0:
            return
        counts = units.counts[best[1]]
        given[best[1]] = name
        taken.subtract({(TRAIN, label): n for label, n in counts.items()})
        add(taken, name, counts)


def deal(
    units: Units, free: Iterable[int], folds: Sequence[str], taken: Counter[Cell]
) -> dict[int, str]:
    """Deal units out to folds of equal size: large ones first, each to the smallest fold.

    The size of a fold counts first within the unit's own classes, then in all classes, so that
    both stay balanced.
    """
    totals: Counter[str] = Counter()
    for (name, _), already in taken.items():
        totals[name] += already
    given = {}
    for unit in sorted(free, key=lambda u: (-units.size(u), u)):
        counts = units.counts[unit]
        name = min(
            folds,
            key=lambda f: (sum(n * taken[f, la] for la, n in counts.items()), totals[f], f),
        )
        given[unit] = name
        add(taken, name, counts)
        totals[name] += units.size(unit)
    return given


def add(taken: Counter[Cell], name: str, counts: Mapping[str, int]) -> None:
    """Count samples as part of a split."""
    # most units are single samples, for which Counter.update takes five times as long
    for label, samples in counts.items():
        taken[name, label] += samples


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        raise UsageError(
            f"a split name may only have letters, digits and _. Received: {name!a:.80}"
        )
