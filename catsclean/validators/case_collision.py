"""The validator ``case-collision``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np

from catsclean.core import names
from catsclean.core.alike_labels import alike_labels, describe_alike, describe_more, label_key
from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.portable_names import (
    how_accents_are_written,
    same_name,
    same_on_windows,
)
from catsclean.validators.base import Validator

# so many classes with several labels are named, and the others are counted
_MOST_NAMED: Final = 20


class CaseCollision(Validator):
    """Find names and labels that differ only in case, or only in how an accent is written.

    ## Why it matters

    Windows and macOS take `1.jpg` and `1.JPG` for the same file.  If you unzip or copy the data
    set there, one of the two is silently lost, and the class folders `Cat` and `cat` become
    one class.  So two people train on different data without knowing it.

    Labels that differ only in case, accents or blanks around them are probably one class, whether
    folders, file names or a table give them.  A model learns to tell `Cat` from `cat`, which nobody
    can, and is wrong half of the time.  If `train` has `cat` and `test` has `Cat`, every cat of the
    test split is of a class that the model never learned: that is an error.

    An accent has two ways to be written: `é` as one character (composed, NFC), or as `e` and a
    combining accent (decomposed, NFD).  Both look the same.  macOS takes them for the same name,
    Windows and Linux do not.

    ## Example

        Cat/17.JPG: case-collision: the same name as Cat/17.jpg on Windows and macOS
        Cat/é.jpg: case-collision: the same name as Cat/é.jpg (decomposed, this one composed) on
        macOS
        test/Cat: case-collision: Cat (30 pictures) and cat (140 pictures) are probably one class:
        only case differs; catsclean labels export FILE --rename Cat=cat merges them for --labels
        FILE

    ## What to do

    Rename one of two files.  If they are the same picture, `exact-duplicate` says so: remove one.

    Make one class of labels that are alike: move the pictures into one folder, or correct the
    table.  Or write a table of labels in which one label takes the place of the other, and use it
    from then on; no picture moves.  Run `catsclean fix` before, because a file that the table names
    keeps its name:

        catsclean labels export labels.csv PetImages --rename Cat=cat
        catsclean audit PetImages --labels labels.csv

    ## False alarms

    Names that collide are harmless as long as the data set stays on Linux.  Labels that differ on
    purpose, such as the letters `A` and `a` of handwriting.

    Until they are merged, checks of copies and of content take such labels for one class: no
    picture of `Cat` is said to look like `cat`, and a copy in both is no `label-conflict`.  Labels
    of a single letter are two classes for them.
    """

    name = "case-collision"
    family = "dataset"
    severity = Severity.WARNING
    fix = Fix.NONE
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find labels, then folders and files, whose folded names are equal."""
        yield from self._labels(evidence)
        folders = evidence.dataset.folders
        # split folders that differ: folders of other labels were found by these
        of_label = Counter((_fold(folder), label) for folder, label in folders.items())
        same = [path for path, label in folders.items() if of_label[_fold(path), label] > 1]
        yield from self._collisions(same, folders)
        samples = evidence.rows
        paths = samples["path"].tolist()
        if _are_different(paths):
            return
        counts = Counter(map(_fold, paths))
        if len(counts) == len(paths):
            return
        labels = {
            path: label
            for path, label in zip(paths, samples["label"], strict=True)
            if counts[_fold(path)] > 1
        }
        yield from self._collisions(labels, labels)

    def _labels(self, evidence: Evidence) -> Iterator[Finding]:
        """Find labels that are probably one class; a group of them is one finding."""
        rows, folders = evidence.rows, evidence.dataset.folders
        labels = evidence.dataset.labels
        if len(set(map(label_key, labels))) == len(labels):
            return  # nearly always: then no picture is counted
        of_label = Counter(rows["label"].tolist())
        pictures = {label: of_label[label] for label in labels}
        groups = alike_labels(pictures)
        splits: dict[str, set[str]] = {}
        for split, label in set(zip(rows["split"], rows["label"], strict=True)):
            splits.setdefault(label, set()).add(split)
        for group in groups[:_MOST_NAMED]:
            places = [path for label in group for path in sorted(_of(folders, label))]
            place, others = (places[0], places[1:]) if places else (None, [])
            here = [splits.get(label, set()) for label in group]
            apart = set() not in here and sum(map(len, here)) == len(set().union(*here))
            yield self.finding(
                place,
                describe_alike(group, pictures),
                label=group[0],
                related=others,
                severity=Severity.ERROR if apart else None,
            )
        if more := groups[_MOST_NAMED:]:
            yield self.finding(None, describe_more(more))

    def _collisions(self, paths: Iterable[str], labels: dict[str, str]) -> Iterator[Finding]:
        groups: dict[str, list[str]] = {}
        for path in paths:
            groups.setdefault(_fold(path), []).append(path)
        for group in groups.values():
            for path in group if len(group) > 1 else ():
                others = [other for other in group if other != path]
                message = f"the same name as {_compared(path, others)}"
                yield self.finding(path, message, label=labels.get(path), related=others)


def _of(folders: Mapping[str, str], label: str) -> Iterator[str]:
    """Yield the class folders of a label."""
    return (path for path, own in folders.items() if own == label)


def _are_different(paths: list[str]) -> bool:
    """Tell of all paths at once that none of them collide; other scripts take longer."""
    if not all(map(str.isascii, paths)) or any("\\" in path for path in paths):
        return False
    # a set of all folded paths would take 130 bytes each; where two of these numbers are equal by
    # chance, the paths themselves are compared
    hashes = np.fromiter(map(hash, map(str.lower, paths)), np.int64, len(paths))
    hashes.sort()
    return not bool((hashes[1:] == hashes[:-1]).any())


def _compared(path: str, others: Iterable[str]) -> str:
    """Name the files that have the name of this one, and the systems that take them for the same.

    If only the accents differ, both look the same, so that this is said.
    """
    own = how_accents_are_written(names.unescape(path))
    by_systems: dict[str, list[str]] = {}
    for other in others:
        written = how_accents_are_written(names.unescape(other))
        shown = other if written == own else f"{other} ({written}, this one {own})"
        by_systems.setdefault(_systems([path, other]), []).append(shown)
    return ", and ".join(f"{', '.join(some)} on {where}" for where, some in by_systems.items())


def _systems(paths: Iterable[str]) -> str:
    """Return the systems that take some paths for the same."""
    alike = len({same_on_windows(names.unescape(path)) for path in paths}) == 1
    return "Windows and macOS" if alike else "macOS"


def _fold(path: str) -> str:
    if path.isascii() and "\\" not in path:
        return path.lower()
    # escaped again, because tables hold no bytes that are not UTF-8
    return names.escape(same_name(names.unescape(path)))
