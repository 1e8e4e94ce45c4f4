"""The validator ``empty-class``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from catsclean.core.evidence import Dataset, Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.split_classes import find_partial_classes, numbered_otherwise
from catsclean.core.split_names import is_held_out, usual_name
from catsclean.core.text import count
from catsclean.validators.base import Validator

# so many classes that only some splits have are named, and the others are counted
_MOST_NAMED: Final = 20


class EmptyClass(Validator):
    """Find classes without a single usable picture, in all splits or in one of them.

    ## Why it matters

    Keras counts the folder as a class: the model gets an output that nothing trains, a binary
    problem becomes one of three classes, and the labels after it in the alphabet shift by one.
    torchvision refuses the whole data set: "Found no valid file for the classes Bird".

    If the folder is missing from one split only, Keras and torchvision number the classes of that
    split in another way: with `puppy` in `train` and `wolf` in `test`, the same number means
    `puppy` while the model is trained and `wolf` while it is tested.  No error shows, and the score
    is wrong.  A class that is missing from the training split is never learned, one that is
    missing from the test split never tested.

    ## Example

        Bird: empty-class: no usable pictures (0 files)
        test/wolf: empty-class: no usable pictures in train (60 in test); class number 2 is puppy
        in train and wolf in test for Keras and torchvision

    ## What to do

    Remove the folder, or fill it.  If a class is missing from a split, collect pictures for it,
    remove the class from all splits, or let `catsclean split` make new splits: each gets pictures
    of each class.

    ## False alarms

    A class that you have not filled yet.  A picture is usable if it decodes; other validators
    report the problems of the files in the folder.  A folder that could not be listed is reported
    by `unreadable` instead, because its contents are unknown.

    If file names or a table give the labels, a class is empty if none of its files can be used.

    In few-shot learning and metric learning, the splits have different classes on purpose: that is
    one finding for the set.  A test folder whose only class no other split has is one warning: many
    people put a test set without labels in one folder, because Keras wants one.  `case-collision`
    reports classes that are spelled differently in two splits.
    """

    name = "empty-class"
    family = "labels"
    severity = Severity.ERROR
    fix = Fix.NONE
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find class folders, and labels of names or tables, without a decodable picture."""
        if not evidence.dataset.labelled:
            return
        unknown = [path for path, _ in evidence.dataset.unreadable_folders]
        usable = Counter(zip(evidence.decoded["split"], evidence.decoded["label"], strict=True))
        for folder, label in sorted(evidence.dataset.folders.items()):
            split = folder.partition("/")[0] if evidence.dataset.layout == "splits" else ""
            if (split, label) in usable or _lies_below(folder, unknown):
                continue
            rows = evidence.rows
            number = int(((rows["split"] == split) & (rows["label"] == label)).sum())
            message = f"no usable pictures ({count(number, 'file')})"
            yield self.finding(folder, message, label=label)
        known = set(evidence.decoded["label"])
        for label in evidence.dataset.named_labels:
            if label not in known:
                number = int((evidence.rows["label"] == label).sum())
                message = f"{label}: no usable pictures ({count(number, 'file')})"
                yield self.finding(None, message, label=label)
        if evidence.dataset.layout == "splits":
            yield from self._in_some_splits(evidence.dataset, usable)

    def _in_some_splits(
        self, dataset: Dataset, usable: Mapping[tuple[str, str], int]
    ) -> Iterator[Finding]:
        """Find classes that only some of the splits have."""
        folders = _class_folders(dataset)
        counts: dict[str, Counter[str]] = {}
        for (split, label), number in usable.items():
            if split and label:
                counts.setdefault(usual_name(split), Counter())[label] += number
        for split in _of_one_class(counts):
            [(label, number)] = counts.pop(split).items()
            message = (
                f"the only class of {split}, and in no other split ({count(number, 'picture')}):"
                " if these pictures have no labels, leave them out with --exclude"
            )
            yield self._about(label, message, folders, severity=Severity.WARNING)
        known = {split: folders[split].keys() for split in counts if split in folders}
        partial = find_partial_classes(counts, known)
        if partial and len(partial) == sum(map(len, counts.values())):
            yield self.finding(None, f"{' and '.join(sorted(counts))} have no class in common")
            return
        tops = {folder.partition("/")[0] for folder in dataset.folders}
        numbers = numbered_otherwise(known) if len(tops) == len(folders) else ""
        for one in partial[:_MOST_NAMED]:
            yield self._about(one.label, f"{one}{numbers and f'; {numbers}'}", folders)
        if more := partial[_MOST_NAMED:]:
            verb = "has" if len(more) == 1 else "have"
            message = f"{count(len(more), 'more class', 'more classes')}, such as"
            yield self.finding(None, f"{message} {more[0].label}, {verb} {more[0]}")

    def _about(
        self,
        label: str,
        message: str,
        folders: Mapping[str, Mapping[str, list[str]]],
        severity: Severity | None = None,
    ) -> Finding:
        """Make a finding about a class, at its first folder if there is one."""
        places = sorted(place for of in folders.values() for place in of.get(label, ()))
        place, others = (places[0], places[1:]) if places else (None, ())
        message = message if places else f"{label}: {message}"
        return self.finding(place, message, label=label, related=others, severity=severity)


def _class_folders(dataset: Dataset) -> dict[str, dict[str, list[str]]]:
    """Return the class folders by the usual name of their split, and by class."""
    folders: dict[str, dict[str, list[str]]] = {}
    for folder, label in sorted(dataset.folders.items()):
        split = usual_name(folder.partition("/")[0])
        folders.setdefault(split, {}).setdefault(label, []).append(folder)
    return folders


def _of_one_class(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return the held-out splits with a single class that no other split has."""
    splits_of = Counter(label for of in counts.values() for label in of)
    several = any(len(of) > 1 for of in counts.values())
    return [
        split
        for split, of in counts.items()
        if several and is_held_out(split) and len(of) == 1 and splits_of[next(iter(of))] == 1
    ]


def _lies_below(folder: str, paths: Iterable[str]) -> bool:
    """Tell whether one of some paths is a folder or lies in it."""
    return any(path == folder or path.startswith(f"{folder}/") for path in paths)
