"""Find out whether labels can be told without looking at what the pictures show.

If size, format or a border give the label away, a model may learn those instead of the content: its
score is high here and worth nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.content.group_folds import FOLDS, deal
from catsclean.content.vector_maths import Floats, Ints

_SEED: Final = 0
_LEAST_IN_A_LEAF: Final = 5
_LEAVES_PER_CLASS: Final = 8
_TREES: Final = 30
# so many pictures measure an accuracy to within a percent
_MOST_PICTURES: Final = 4_000
# A shortcut settles half of what guessing leaves open.  Classes that were collected separately
# differ a little in most data sets: size and light settle 0.18 of the Kaggle cats and dogs.
_WARN_FROM: Final = 0.5
_NEARLY_ALL: Final = 0.95
_MOST_NAMED: Final = 3  # of responsible properties; who reads more of them?


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutFigures:
    """How well properties that have nothing to do with the content tell the label.

    Every class counts the same, whatever its size.

    Attributes:
        accuracy: Mean over the classes of the share that is predicted right, out of sample.
        error: Its standard error; members of a group count as one.
        chance: The accuracy of guessing: 1 / classes.
        settled: How much of the way from chance to 1 the accuracy goes.
        warning: At least half of the way, also after two errors: a model may well learn this.
        properties: The responsible ones, at most three.  If there is a warning, the smallest set
            found that reaches nearly the accuracy; otherwise those that tell most on their own.
        others: Other properties contribute too.
        alone: The accuracy by each property alone, best first.
    """

    accuracy: float
    error: float
    chance: float
    settled: float
    warning: bool
    properties: tuple[str, ...]
    others: bool
    alone: Mapping[str, float]


def find_shortcut(
    properties: Mapping[str, NDArray[Any]],
    labels: NDArray[np.integer],
    groups: NDArray[np.integer],
) -> ShortcutFigures | None:
    """Tell labels by properties alone, on pictures held out.

    Args:
        properties: For each name (n,) numbers, or texts for categories; NaN or "" if not known.
        labels: (n,) the number of each picture's class; those of fewer than 5 groups are left out.
        groups: (n,) members of one group of duplicates share a number.

    Returns:
        The measured figures; None if they are not above chance, or if there is nothing to compare.
    """
    label, group = np.asarray(labels, np.int64), np.asarray(groups, np.int64)
    _, code = np.unique(label, return_inverse=True)
    different = np.unique(np.column_stack([code, group]), axis=0)[:, 0]
    rows = np.flatnonzero(np.bincount(different)[code] >= FOLDS) if len(code) else code
    rows = _spread(rows, code[rows])
    _, code = np.unique(code[rows], return_inverse=True)
    columns = {name: _numbers(np.asarray(values)[rows]) for name, values in properties.items()}
    if not len(rows) or code.max() < 1 or not columns:
        return None
    judge = _Judge(columns, code, group[rows])
    full, error = judge.accuracy(tuple(columns), _forest())
    chance = 1 / judge.classes
    if full <= chance + 2 * error:
        return None
    alone = {name: judge.accuracy((name,), _tree(judge.classes))[0] for name in columns}
    ordered = dict(sorted(alone.items(), key=lambda pair: -pair[1]))
    settled = (full - chance) / (1 - chance)
    warning = settled - 2 * error / (1 - chance) >= _WARN_FROM
    # searching for the smallest set costs several times as much as all the rest
    search = _smallest_set if warning else _first_few
    named, others = search(judge, ordered, full, error)
    return ShortcutFigures(
        accuracy=full,
        error=error,
        chance=chance,
        settled=settled,
        warning=warning,
        properties=named,
        others=others,
        alone=MappingProxyType(ordered),
    )


class _Judge:
    """Measures how well a set of properties tells the labels."""

    def __init__(self, columns: Mapping[str, Floats], code: Ints, group: Ints) -> None:
        self._columns = columns
        self._code = code
        self._fold = deal(code, group, _SEED)
        _, self._group = np.unique(group, return_inverse=True)
        self.classes = int(code.max()) + 1

    def accuracy(self, names: Sequence[str], model: Any) -> tuple[float, float]:
        """Return the balanced accuracy of a model and its standard error."""
        table = np.column_stack([self._columns[name] for name in names])
        right = np.zeros(len(table))
        for fold in range(FOLDS):
            inside = self._fold == fold
            model.fit(table[~inside], self._code[~inside])
            right[inside] = model.predict(table[inside]) == self._code[inside]
        size = np.bincount(self._code)
        each = np.bincount(self._code, right) / size
        deviation = (right - each[self._code]) / size[self._code] / self.classes
        error = float(np.sqrt((np.bincount(self._group, deviation) ** 2).sum()))
        return float(each.mean()), error


def _tree(classes: int) -> Any:
    """Return a quick model, which is enough to compare properties."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(
        min_samples_leaf=_LEAST_IN_A_LEAF,
        max_leaf_nodes=_LEAVES_PER_CLASS * classes,
        class_weight="balanced",
        random_state=_SEED,
    )


def _forest() -> Any:
    """Return a better model, which also finds what many properties tell together."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        _TREES,
        min_samples_leaf=_LEAST_IN_A_LEAF,
        class_weight="balanced",
        random_state=_SEED,
    )


def _spread(rows: NDArray[np.intp], code: Ints) -> NDArray[np.intp]:
    """Leave out pictures of a large data set, evenly, and none of a small class."""
    size = np.bincount(code)
    kept = max(_MOST_PICTURES // max(int((size > 0).sum()), 1), 2 * FOLDS)
    order = np.argsort(code, kind="stable")
    place = np.empty(len(code), np.int64)
    place[order] = np.arange(len(code)) - (np.cumsum(size) - size)[code[order]]
    # the next whole number is reached exactly `kept` times in a class
    step = np.minimum(kept / np.maximum(size, 1), 1)[code]
    sampled: NDArray[np.intp] = rows[
        np.floor((place + 1) * step + 1e-9) > np.floor(place * step + 1e-9)
    ]
    return sampled


def _numbers(values: NDArray[Any]) -> Floats:
    """Number categories, the most frequent first; keep numbers, with infinite ones as not known."""
    if values.dtype.kind in "biuf":
        numbers = values.astype(np.float32)
        return np.where(np.isfinite(numbers), numbers, np.float32(np.nan))
    kinds, code, size = np.unique(values.astype(str), return_inverse=True, return_counts=True)
    place = np.empty(len(kinds), np.float32)
    place[np.lexsort((kinds, -size))] = np.arange(len(kinds))
    return place[code]


def _first_few(
    judge: _Judge, alone: Mapping[str, float], full: float, error: float
) -> tuple[tuple[str, ...], bool]:
    """Return the properties that tell more than guessing on their own, and whether others help.

    Args:
        judge: Measures a set of properties.
        alone: The accuracy by each property alone, best first.
        full: The accuracy by all of them.
        error: Its standard error.
    """
    chance = 1 / judge.classes
    telling = [name for name, reached in alone.items() if reached > chance + 2 * error]
    named = tuple(telling or alone)[:_MOST_NAMED]
    return named, len(named) < len(alone) and alone[named[0]] < full - error


def _smallest_set(
    judge: _Judge, alone: Mapping[str, float], full: float, error: float
) -> tuple[tuple[str, ...], bool]:
    """Add the property that helps most until nearly all is reached; say whether others help."""
    chance = 1 / judge.classes
    enough = min(full - error, chance + _NEARLY_ALL * (full - chance))
    quick = _tree(judge.classes)
    chosen: tuple[str, ...] = (next(iter(alone)),)
    reached = alone[chosen[0]]
    while max(reached, judge.accuracy(chosen, _forest())[0]) < enough:
        if len(chosen) == min(_MOST_NAMED, len(alone)):
            return chosen, len(chosen) < len(alone)
        tries = [(*chosen, name) for name in alone if name not in chosen]
        reached, chosen = max(((judge.accuracy(t, quick)[0], t) for t in tries), key=lambda t: t[0])
    return chosen, False
