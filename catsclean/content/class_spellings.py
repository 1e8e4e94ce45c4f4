"""Classes whose labels are spelled in several ways: ``cat`` and ``Cat`` are judged as one.

No picture tells them apart, so a judge that takes them for two classes is wrong about half of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catsclean.core.alike_labels import class_key


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of some pictures.

    Attributes:
        codes: (n,) the number of each picture's class.
        names: (c,) the most frequent spelling of each class, sorted.
        spelled: The most frequent spelling of a class in a split, by number and split, if a class
            has several spellings.
    """

    codes: NDArray[np.int64]
    names: NDArray[np.str_]
    spelled: dict[tuple[int, str], str]

    def name_suggested(
        self, suggested: NDArray[np.integer], labels: Sequence[str], splits: Sequence[str]
    ) -> NDArray[np.str_]:
        """Return the label of a class for each picture, as the split of the picture spells it.

        Args:
            suggested: (n,) the number of a class.
            labels: (n,) the present labels: one of the suggested class stays.
            splits: (n,) the splits; empty without one.
        """
        if not self.spelled:
            return np.asarray(self.names[suggested], dtype=str)
        rows = zip(suggested.tolist(), self.codes.tolist(), labels, splits, strict=True)
        return np.array(
            [
                label if code == own else self.spelled.get((code, split), str(self.names[code]))
                for code, own, label, split in rows
            ],
            dtype=str,
        )


def find_classes(labels: Iterable[str], splits: Iterable[str]) -> Classes:
    """Number the classes of pictures; labels that differ in case or accents only are one.

    Args:
        labels: (n,) of each picture, escaped.
        splits: (n,) of each picture; empty without one.
    """
    listed = list(labels)
    counts = Counter(listed)
    spellings: dict[str, list[str]] = {}
    for label in sorted(counts, key=lambda one: (-counts[one], one)):
        spellings.setdefault(class_key(label), []).append(label)
    ordered = sorted(spellings.values())
    number = {label: at for at, group in enumerate(ordered) for label in group}
    several = {at for at, group in enumerate(ordered) if len(group) > 1}
    spelled: dict[tuple[int, str], str] = {}
    if several:
        for (label, split), _ in Counter(zip(listed, splits, strict=True)).most_common():
            if number[label] in several:
                spelled.setdefault((number[label], split), label)
    return Classes(
        np.array([number[label] for label in listed], np.int64),
        np.array([group[0] for group in ordered], dtype=str),
        spelled,
    )
