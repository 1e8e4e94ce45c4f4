"""Count what a run does, once for plan, clean, log and undo: their numbers have to add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from catsclean.cleaning.journal import Decided, Entry
from catsclean.core.text import count


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What a run did or would do, or what an undo took back, in numbers.

    Attributes:
        set_aside: Number of files that leave for the quarantine, also those that go along.
        set_aside_along: Number of those that are sidecar files.
        repaired: Number of pictures that are repaired, or renamed by a repair.
        relabelled: Number of pictures that get another label; some move to another class folder.
        changed_along: Number of sidecar files that follow a repaired or relabelled picture.
        kept: Number of decisions to keep a picture with the label that it has.
    """

    set_aside: int = 0
    set_aside_along: int = 0
    repaired: int = 0
    relabelled: int = 0
    changed_along: int = 0
    kept: int = 0

    @classmethod
    def of(cls, entries: Iterable[Entry], decided: Iterable[Decided]) -> Self:
        """Count the files of a run, and the decisions that it records.

        Args:
            entries: The files.
            decided: The decisions, also those to give a picture another label.
        """
        kept, labels = part_decided(decided)
        leaving, leaving_along, repaired, along = 0, 0, 0, 0
        relabelled = set(labels)
        for entry in entries:
            beside = entry.owner is not None
            if entry.arrives is None:
                leaving += 1
                leaving_along += beside
            elif beside:
                along += 1
            elif _folder(entry.arrives) != _folder(entry.path):
                relabelled.add(entry.arrives)  # a repair leaves a file in its folder
            else:
                repaired += 1
        return cls(leaving, leaving_along, repaired, len(relabelled), along, len(kept))

    @property
    def leaving(self) -> str:
        """The files that leave, such as ``3 files (1 of them a sidecar file)``.

        Log and undo count all three.
        """
        files = count(self.set_aside, "file")
        if not self.set_aside_along:
            return files
        along = "a sidecar file" if self.set_aside_along == 1 else "sidecar files"
        return f"{files} ({self.set_aside_along:,} of them {along})"

    def by_word(self) -> list[tuple[str, int]]:
        """Return the numbers of files and decisions, each with a word for it."""
        return [
            ("moved", self.set_aside),
            ("repaired", self.repaired),
            ("relabelled", self.relabelled),
            ("moved along", self.changed_along),
            ("kept", self.kept),
        ]

    def in_words(self) -> list[str]:
        """Say what was done, in parts of a sentence; an empty list if nothing was."""
        parts = []
        if self.set_aside:
            parts.append(f"{self.leaving} moved to quarantine")
        if self.relabelled:
            parts.append(f"{count(self.relabelled, 'picture')} relabelled")
        if self.repaired:
            parts.append(f"{count(self.repaired, 'file')} repaired")
        if self.changed_along:
            parts.append(f"{count(self.changed_along, 'sidecar file')} moved along")
        if self.kept:
            parts.append(f"{count(self.kept, 'decision')} to keep recorded")
        return parts


def part_decided(decided: Iterable[Decided]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the pictures that are kept as they are, and those with a new label: which one."""
    kept: list[str] = []
    labels: dict[str, str] = {}
    for one in decided:
        if one.label:
            labels[one.path] = one.label
        else:
            kept.append(one.path)
    return tuple(kept), labels


def words_of_revoked(relabelled: int, kept: int) -> list[str]:
    """Say which decisions an undo revoked, in parts of a sentence.

    Args:
        relabelled: Number of new labels.
        kept: Number of decisions to keep a picture as it is.
    """
    parts = []
    if relabelled:
        parts.append(f"{count(relabelled, 'corrected label')} revoked")
    if kept:
        parts.append(f"{count(kept, 'decision to keep', 'decisions to keep')} revoked")
    return parts


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
