"""Compare the labels that lie beside the pictures of tar shards with a manifest.

A sample of WebDataset may say its label more than once: ``000123.cls`` holds a number, and
``000123.label`` a name.  A loader reads only one of them, so each has to be right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catsclean.scan.webdataset_labels import LABEL_ENDINGS

_NUMBER: Final = ".cls"


@dataclass(frozen=True, slots=True)
class LabelMember:
    """A file that says the label of a picture.

    Attributes:
        ending: ``.cls`` or ``.label``.
        label: The label, escaped; empty if it holds none.
    """

    ending: str
    label: str


def judge_labels(
    members: Mapping[str, Sequence[LabelMember]], labels: Mapping[str, str], *, written: bool
) -> dict[str, str]:
    """Find the pictures whose label files disagree with the manifest.

    Args:
        members: Path of a picture in a container → the files that say its label.
        labels: Path → its label in the manifest; empty if it has none.
        written: A split wrote the containers: each label has both files, and its number is its
            place in the sorted order.  Otherwise the number of a label is the one that most of its
            pictures have.

    Returns:
        Path → what is wrong, in words.
    """
    numbers = _number_labels(members, labels, written=written)
    found = {}
    for path, beside in members.items():
        label = labels[path]
        wrong = next(_disagreeing(beside, label, numbers, written=written), "")
        missing = LABEL_ENDINGS if written and label else ()
        lacking = [ending for ending in missing if all(one.ending != ending for one in beside)]
        if wrong or lacking:
            found[path] = wrong or f"its {lacking[0]} is missing; the manifest says {label}"
    return found


def _disagreeing(
    beside: Sequence[LabelMember], label: str, numbers: Mapping[str, str], *, written: bool
) -> Iterator[str]:
    for one in beside:
        is_number = one.ending == _NUMBER
        as_named = one.label == label and not (is_number and written and label)
        if as_named or not (one.label or written):
            continue
        says = f"its {one.ending} says {one.label or 'no label'}"
        if not is_number or not label:
            yield f"{says}; the manifest says {label or 'no label'}"
        elif label in numbers and one.label != numbers[label]:
            yield f"{says}; the number of {label} is {numbers[label]}"


def _number_labels(
    members: Mapping[str, Sequence[LabelMember]], labels: Mapping[str, str], *, written: bool
) -> dict[str, str]:
    """Return the number of each label; without those for which nothing can be said."""
    places = {one: str(at) for at, one in enumerate(sorted(filter(None, set(labels.values()))))}
    if written:
        return places
    seen: dict[str, Counter[str]] = {}
    for path, beside in members.items():
        label = labels[path]
        own = [one.label for one in beside if one.ending == _NUMBER and one.label != label]
        seen.setdefault(label, Counter()).update(own)
    found = {}
    for label, counted in seen.items():
        number = max(counted, key=lambda one: (counted[one], one == places.get(label)), default="")
        if number == places.get(label) or 2 * counted[number] > counted.total():
            found[label] = number
    return found
