"""Classes that only some splits of a data set have, and words for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from catsclean.core.alike_labels import label_key, label_text
from catsclean.core.split_names import hold_out_rank
from catsclean.core.text import name_few


@dataclass(frozen=True, slots=True)
class PartialClass:
    """A class that only some splits have.

    Attributes:
        label: The class.
        pictures: Number of its usable pictures, by split that has some.
        lacking: The splits that have none.
    """

    label: str
    pictures: Mapping[str, int]
    lacking: tuple[str, ...]

    def __str__(self) -> str:
        has = [f"{number:,} in {split}" for split, number in self.pictures.items()]
        return f"no usable pictures in {name_few(self.lacking)} ({name_few(has)})"


def find_partial_classes(
    counts: Mapping[str, Mapping[str, int]], known: Mapping[str, Collection[str]] | None = None
) -> list[PartialClass]:
    """Find the classes that only some splits have.

    A class that another split spells in another way (:mod:`catsclean.core.alike_labels`) is there.

    Args:
        counts: Number of usable pictures by split and class.
        known: Classes of each split that do not count as lacking, although they have no picture.

    Returns:
        One for each such class, sorted by label.
    """
    splits = sorted(counts, key=_training_first)
    used = {split: {label for label, number in counts[split].items() if number} for split in splits}
    keys = {
        split: {label_key(label) for label in used[split] | set((known or {}).get(split, ()))}
        for split in splits
    }
    found = []
    for label in sorted(set().union(*used.values())):
        key = label_key(label)
        if lacking := tuple(split for split in splits if key not in keys[split]):
            pictures = {split: counts[split][label] for split in splits if label in used[split]}
            found.append(PartialClass(label, pictures, lacking))
    return found


def numbered_otherwise(classes: Mapping[str, Iterable[str]]) -> str:
    """Say which number means different classes in two splits; empty if none does.

    Keras and torchvision number the class folders of each split from 0, in the order of their
    names, capitals first.  A class that two splits spell in another way is one class here, too; if
    its spelling alone changes the numbers, that is said.

    Args:
        classes: The class folders of each split.
    """
    first, *others = sorted(classes, key=_training_first) or [""]
    ours = sorted(classes.get(first, ()), key=label_text)
    for other in others:
        theirs = sorted(classes[other], key=label_text)
        for number, (one, another) in enumerate(zip(ours, theirs, strict=False)):
            if label_key(one) != label_key(another):
                said = f"class number {number} is {one} in {first} and {another} in {other}"
                return f"{said} for Keras and torchvision{_why_sorted_apart(ours, theirs, number)}"
    return ""


def _why_sorted_apart(ours: Sequence[str], theirs: Sequence[str], number: int) -> str:
    """Say which class has the number in one split only because the other spells it differently."""
    spelling = {label_key(label): label for label in ours}
    alike = sorted((spelling.get(label_key(one), one) for one in theirs), key=label_text)
    if label_key(alike[number]) != label_key(ours[number]):
        return ""
    one = next(one for one in theirs if spelling.get(label_key(one), one) != one)
    known = spelling[label_key(one)]
    return f", which sort {one} and {known} apart: name this class {known} in all splits"


def _training_first(split: str) -> tuple[int, str]:
    return -hold_out_rank(split), split
