"""Draw, name and write pictures, and record every planted defect."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from PIL import Image

from catsclean.core import names
from catsclean.testing.practice.encoding import camera_exif, photo, save
from catsclean.testing.practice.scenes import draw_picture
from catsclean.testing.practice.spacing import Spacing

LABELS = ("Cat", "Dog")
_BATCH = 64  # pictures in memory at once
_ATTEMPTS = 12  # then accept a likeness, so that drawing always ends

Labelling: TypeAlias = Callable[[Sequence[str]], list[str]]
"""Gives each drawing, by what it shows, the label under which it is written."""


@dataclass(frozen=True, slots=True, order=True)
class TruthRow:
    """One line of the truth: a planted defect of a file, or another finding that is correct."""

    path: str
    validator: str
    expected: str
    note: str


class Nursery:
    """The folder while it is being made.

    Args:
        root: The new data set's folder.
        seed: Random seed.
        healthy: Number of pictures without defects in each class.
        spare: Number of file numbers per class to leave free for files with defects.
        draw: Draws one picture of a class.
    """

    def __init__(
        self,
        root: Path,
        seed: int,
        healthy: dict[str, int],
        spare: int,
        draw: Callable[[str, Generator], Image.Image] = draw_picture,
    ) -> None:
        self.root = root
        self.rng = np.random.default_rng([seed, 2])
        self.rows: list[TruthRow] = []
        self.healthy: dict[str, list[str]] = {label: [] for label in healthy}
        self._seed = seed
        self._draw_one = draw
        self._spacing = Spacing()
        self._drawn = 0
        self._turn = True
        self._shown = ""
        self._used: set[str] = set()
        self._free: dict[str, list[int]] = {}
        self._largest: dict[str, int] = {}
        for label, number in healthy.items():
            numbers = np.arange(number + spare)
            self._free[label] = [int(n) for n in self.rng.permutation(numbers)]
            self._largest[label] = len(numbers) - 1

    def fill(
        self,
        healthy: dict[str, int],
        labelling: Labelling = list,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Draw and write the healthy pictures.

        Args:
            healthy: Number of pictures of each class.
            labelling: Gives each drawing, by what it shows, its label.
            progress: Called with the number of pictures written and their total.
        """
        shown = [label for label in healthy for _ in range(healthy[label])]
        drawn = zip(shown, labelling(shown), self.pictures(shown), strict=True)
        for number, (kind, label, picture) in enumerate(drawn, 1):
            self.add_healthy(label, photo(picture, self.rng), kind)
            if progress is not None:
                progress(number, len(shown))

    def add_healthy(self, label: str, data: bytes, shows: str = "", *, inside: str = "") -> str:
        """Write a picture without defects of its file; return its path.

        Args:
            label: Its label.
            data: Its bytes.
            shows: What it shows, if that is not the label: it is recorded as a wrong label.
            inside: Folder of the class folders.
        """
        path = "/".join(filter(None, (inside, self.next_name(label))))
        self.write(path, data)
        self.healthy[label].append(path)
        if shows not in {"", label}:
            self.record(path, "likely-mislabelled", f"a {shows}, labelled {label}")
        return path

    def draw_next(self) -> Image.Image:
        """Draw a picture of the next class in turn; the next `plant` writes it under that label."""
        self._shown = self._next_label()
        return self.draw(self._shown)

    def draw(self, label: str) -> Image.Image:
        """Draw one more picture that resembles none of the earlier ones."""
        number = self._drawn
        self._drawn += 1
        return self._settle(label, number, self._attempt(label, number, 0))

    def next_name(self, label: str, suffix: str = ".jpg", after: str = "") -> str:
        """Take a free number; with `after`, one that sorts after that path in every order."""
        free = self._free[label]
        if not after:
            return f"{label}/{free.pop(0) if free else self._more(label)}{suffix}"
        least = int(PurePosixPath(after).stem)
        for index, number in enumerate(free):
            path = f"{label}/{number}{suffix}"
            if path > after and number > least:
                del free[index]
                return path
        path = f"{label}/{self._more(label)}{suffix}"
        if path < after:
            raise LookupError(path)
        return path

    def original(
        self, label: str, *, copies: int = 1, wanted: Callable[[bytes], bool] | None = None
    ) -> tuple[str, bytes, list[str]]:
        """Find a healthy picture to copy: its path, its bytes, and names for the copies.

        Each picture is used once.  The copies' names sort after it, so that a rule that keeps the
        first name keeps the original.

        Args:
            label: Class to search.
            copies: Number of names to return.
            wanted: Decides from the bytes whether a picture is suitable.
        """
        for path in self.healthy[label]:
            data = (self.root / path).read_bytes()
            if path in self._used or (wanted and not wanted(data)):
                continue
            try:
                names_of_copies = [self.next_name(label, after=path) for _ in range(copies)]
            except LookupError:
                continue
            self._used.add(path)
            return path, data, names_of_copies
        picture = self.draw(label).resize((480, 360))
        options = {"quality": 92, "exif": camera_exif(self.rng)}
        self.add_healthy(label, save(picture, "JPEG", **options))
        return self.original(label, copies=copies, wanted=wanted)

    def has(self, path: str) -> bool:
        """Return whether a file with that native path exists already."""
        return (self.root / path).exists()

    def write(self, path: str, data: bytes) -> None:
        """Write a new file; `path` is native, relative to the root."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(data)

    def record(self, path: str, validator: str, note: str, also: Iterable[str] = ()) -> None:
        """Record a planted defect, and other findings that are correct for the same file."""
        shown = names.encode(path)
        self.rows.append(TruthRow(shown, validator, "primary", note))
        self.mention(path, also, f"because of {validator}: {note}")

    def mention(self, path: str, validators: Iterable[str], note: str) -> None:
        """Record findings that are correct for a file without a defect of its own."""
        shown = names.encode(path)
        self.rows += [TruthRow(shown, name, "also", note) for name in validators]

    def plant(
        self, data: bytes, validator: str, note: str, also: Iterable[str] = (), suffix: str = ".jpg"
    ) -> None:
        """Write a file with a defect under the next free number, and record it.

        Its label is that of the picture from `draw_next`, so that a defect is not a wrong label as
        well; files without a picture take the classes in turn.
        """
        label, self._shown = self._shown or self._next_label(), ""
        path = self.next_name(label, suffix)
        self.write(path, data)
        self.record(path, validator, note, also)

    def pictures(self, labels: Sequence[str]) -> Iterator[Image.Image]:
        """Draw pictures in order, several at once; the result does not depend on how many."""
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for start in range(0, len(labels), _BATCH):
                part = labels[start : start + _BATCH]
                numbers = range(self._drawn, self._drawn + len(part))
                self._drawn += len(part)
                tries = pool.map(self._attempt, part, numbers, [0] * len(part))
                for label, number, picture in zip(part, numbers, tries, strict=True):
                    yield self._settle(label, number, picture)

    def _next_label(self) -> str:
        self._turn = not self._turn
        return LABELS[self._turn]

    def _more(self, label: str) -> int:
        self._largest[label] += 1
        return self._largest[label]

    def _settle(self, label: str, number: int, picture: Image.Image) -> Image.Image:
        for attempt in range(1, _ATTEMPTS):
            if self._spacing.accepts(picture):
                break
            picture = self._attempt(label, number, attempt)
        return picture

    def _attempt(self, label: str, number: int, attempt: int) -> Image.Image:
        return self._draw_one(label, np.random.default_rng([self._seed, 1, number, attempt]))
