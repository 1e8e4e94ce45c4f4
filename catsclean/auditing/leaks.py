"""Count how many pictures of one split are in another one, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from catsclean.core.evidence import Dataset
from catsclean.core.groups import connected
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding
from catsclean.core.split_names import hold_out_rank
from catsclean.validators.registry import validator_of

# Memorising a leaked tenth lifts a score of 0.80 to 0.82: models differ by no more than that.
_WORTHLESS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Leak:
    """Pictures of one split that are also in another one.

    Attributes:
        split: Folder of the split whose score is wrong: test before validation before training.
        other: Folder of the other split.
        pictures: Number of pictures in `split` that have a copy in `other`.
        total: Number of pictures in `split`.
    """

    split: str
    other: str
    pictures: int
    total: int

    @property
    def share(self) -> float:
        """Share of the pictures in `split` that have a copy in `other`, from 0 to 1."""
        return self.pictures / self.total

    def __str__(self) -> str:
        return self.describe()

    def describe(self, shown: Callable[[str], str] = str) -> str:
        """Describe the leak in a sentence without its full stop.

        Args:
            shown: Escapes the names of the splits for the place where the sentence is shown.
        """
        noun = "picture" if self.total == 1 else "pictures"
        verb = "is" if self.pictures == 1 else "are"
        harm = "means nothing" if self.share >= _WORTHLESS else "is too good"
        return (
            f"{self.pictures:,} of {self.total:,} {noun} in {shown(self.split)} {verb} also in"
            f" {shown(self.other)}: its score {harm}"
        )


def find_leaks(
    findings: Iterable[Finding], manifest: Manifest, dataset: Dataset
) -> tuple[Leak, ...]:
    """Count the leaks that were found, by pair of splits; the largest share first.

    Copies count as in the validator: the same bytes, the same pixels, and near-duplicates, also
    through a third picture.
    """
    if dataset.layout != "splits":
        return ()

    def split_of(path: str) -> str:
        return dataset.folder_of(path).partition("/")[0]

    found = [f for f in findings if validator_of(f.validator).leaks and f.path is not None]
    if not found:
        return ()
    leaking: Counter[tuple[str, str]] = Counter()
    for group in _groups((str(f.path), other) for f in found for other in f.related):
        members = Counter(map(split_of, group))
        for pair in combinations(sorted(members, key=_by_rank), 2):
            leaking[pair] += members[pair[0]]
    totals = Counter(map(split_of, _pictures(manifest, {str(f.path) for f in found})))
    leaks = [Leak(*pair, number, totals[pair[0]]) for pair, number in leaking.items()]
    return tuple(sorted(leaks, key=lambda one: (-one.share, _by_rank(one.split), one.other)))


def _groups(pairs: Iterable[tuple[str, str]]) -> Iterable[list[str]]:
    """Return the paths that pairs connect, as groups."""
    groups: dict[int, list[str]] = {}
    for path, group in connected(pairs).items():
        groups.setdefault(group, []).append(path)
    return groups.values()


def _pictures(manifest: Manifest, leaking: set[str]) -> Iterable[str]:
    """Return the paths of the files that are pictures; a file without a size could not be read."""
    table = manifest.packed.select(["path", "width_px"]).to_pydict()
    return (
        path
        for path, width in zip(table["path"], table["width_px"], strict=True)
        if width or path in leaking
    )


def _by_rank(split: str) -> tuple[int, str]:
    return hold_out_rank(split), split
