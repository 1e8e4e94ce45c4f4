"""The validator ``case-collision``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from catsclean.core import names
from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.portable_names import (
    how_accents_are_written,
    same_name,
    same_on_windows,
)
from catsclean.validators.base import Validator


class CaseCollision(Validator):
    """Find names that differ only in case, or only in how an accent is written.

    ## Why it matters

    Windows and macOS take `1.jpg` and `1.JPG` for the same file.  If you unzip or copy the data
    set there, one of the two is silently lost, and the class folders `Cat` and `cat` become
    one class.  So two people train on different data without knowing it.

    An accent has two ways to be written: `é` as one character (composed, NFC), or as `e` and a
    combining accent (decomposed, NFD).  Both look the same.  macOS takes them for the same name,
    Windows and Linux do not.

    ## Example

        Cat/17.JPG: case-collision: the same name as Cat/17.jpg on Windows and macOS
        Cat/é.jpg: case-collision: the same name as Cat/é.jpg (decomposed, this one composed) on
        macOS
        .: case-collision: the labels Cat, cat are the same folder on Windows and macOS

    ## What to do

    Rename one of them.  If they are the same picture, `exact-duplicate` says so: remove one.  If
    labels collide, they are probably one class: correct the table.

    ## False alarms

    Names that collide are harmless as long as the data set stays on Linux.
    """

    name = "case-collision"
    family = "dataset"
    severity = Severity.WARNING
    fix = Fix.NONE
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find class folders, then files, whose folded names are equal."""
        folders = evidence.dataset.folders
        yield from self._collisions(folders, folders)
        yield from self._labels(evidence.dataset.named_labels)
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

    def _labels(self, labels: Iterable[str]) -> Iterator[Finding]:
        """Find labels of file names or tables that would be one class folder."""
        groups: dict[str, list[str]] = {}
        for label in labels:
            groups.setdefault(_fold(label), []).append(label)
        for group in groups.values():
            if len(group) > 1:
                forms = {how_accents_are_written(names.unescape(one)) for one in group}
                shown = [
                    f"{one} ({how_accents_are_written(names.unescape(one))})"
                    if len(forms) > 1
                    else one
                    for one in group
                ]
                message = f"the labels {', '.join(shown)} are the same folder on {_systems(group)}"
                yield self.finding(None, message)

    def _collisions(self, paths: Iterable[str], labels: dict[str, str]) -> Iterator[Finding]:
        groups: dict[str, list[str]] = {}
        for path in paths:
            groups.setdefault(_fold(path), []).append(path)
        for group in groups.values():
            for path in group if len(group) > 1 else ():
                others = [other for other in group if other != path]
                message = f"the same name as {_compared(path, others)}"
                yield self.finding(path, message, label=labels.get(path), related=others)


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
