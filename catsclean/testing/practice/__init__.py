"""A folder like PetImages for practice: drawn cats and dogs, with every known defect in it.

It is the demo of catsclean, the fixture of its tests, and a first example for new users.  A file
beside the folder lists the planted defects, so the findings of an audit can be checked.  Other sets
have one defect each, for exercises: leaks, wrong labels, and hands in several altered copies.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.random import Generator
from PIL import Image

from catsclean.core.arguments import checked, whole_number
from catsclean.core.progress_bar import with_bar
from catsclean.errors import UsageError
from catsclean.testing.practice import (
    altered_sets,
    content_defects,
    copy_defects,
    file_defects,
    folder_defects,
    metadata_defects,
    pixel_defects,
)
from catsclean.testing.practice.hands import HANDS, draw_hand
from catsclean.testing.practice.nursery import LABELS, Labelling, Nursery, TruthRow
from catsclean.testing.practice.scenes import draw_picture

__all__ = ["Practice", "make_practice", "read_truth"]

TRUTH_COLUMNS = ("path", "validator", "expected", "note")

_SPARE = 46  # numbers to leave free in each class for one round of defects
_COUNT_PER_ROUND = 2500
_MOST_MISLABELLED = 0.5

# what is drawn → its classes, and the function that draws one picture
SubjectName = Literal["pets", "hands"]
_SUBJECTS: Final[dict[str, tuple[Sequence[str], Callable[[str, Generator], Image.Image]]]] = {
    "pets": (LABELS, draw_picture),
    "hands": (HANDS, draw_hand),
}


@dataclass(frozen=True, slots=True)
class Practice:
    """The folder that was made.

    Attributes:
        root: The data set's folder.
        truth: The CSV beside it, read by :func:`read_truth`.
        healthy: Number of pictures without defects, by class.
        planted: Number of planted defects, by validator.
        files: Number of all directory entries that are not folders.
    """

    root: Path
    truth: Path
    healthy: dict[str, int]
    planted: dict[str, int]
    files: int


@with_bar("drawing", "pictures")
@checked
def make_practice(
    folder: str | os.PathLike[str],
    *,
    count: int = 400,
    seed: int = 0,
    defects: bool = True,
    subject: SubjectName = "pets",
    leaky: bool = False,
    mislabel: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> Practice:
    """Make a folder of drawn pictures in the classes `Cat` and `Dog`, with planted defects.

    The same arguments give the same bytes with the same versions of Pillow, NumPy and libjpeg on
    the same kind of file system.  A defect that the system does not allow (a named pipe on
    Windows, a file that root cannot read) is left out, also of the list.

    Args:
        folder: Folder to make; it must be new or empty.
        count: Number of healthy pictures; with very small counts some more are drawn, to have
            enough for the planted copies.
        seed: Random seed.
        defects: Whether to plant defects, one to three of each kind and more in large sets.
        subject: ``pets``, or ``hands``: the classes `paper`, `rock` and `scissors`, with one to
            four altered copies of each drawing, and no other defects.
        leaky: Make the folders ``train`` and ``test``, a quarter of the pictures in `test`, and in
            `train` an altered copy of each of them; no other defects.
        mislabel: Share of the drawings that get the label of another class, 0 to 0.5.
        progress: Called with the number of healthy pictures drawn and their total.

    Raises:
        UsageError: The folder is not empty or cannot be made, its truth file exists already,
            `count` is less than the number of classes, `subject` is unknown, `mislabel` is out of
            its range, or `leaky` is asked for with `hands`.
    """
    root = Path(folder).absolute()
    truth = root.with_name(f"{root.name}.truth.csv")
    labels, draw = _find_subject(subject, leaky=leaky)
    _check(root, truth, count, seed, mislabel, len(labels))
    try:
        root.mkdir(parents=True, exist_ok=True)
        for label in () if leaky else labels:
            (root / label).mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {str(root)!a}: {error.strerror}") from error

    healthy = _even_shares(count, labels)
    plain = subject == "pets" and not leaky
    rounds = rounds_of_defects(count) if defects and plain else 0
    # the copies of leaked test pictures need numbers, too
    spare = count if leaky else _SPARE * rounds
    nursery = Nursery(root, seed, healthy, spare, draw)
    fill = (
        altered_sets.fill_leaking if leaky
        else Nursery.fill if plain
        else altered_sets.fill_with_groups
    )  # fmt: skip
    fill(nursery, healthy, _label_wrongly(seed, mislabel), progress)
    if rounds:
        _plant(nursery, rounds)
    # One row for each file and validator; a planted defect takes precedence over its side effects.
    best = {(row.path, row.validator): row for row in sorted(nursery.rows)}
    rows = sorted(best.values())
    _write_truth(truth, rows)
    return Practice(
        root=root,
        truth=truth,
        healthy={label: len(paths) for label, paths in nursery.healthy.items()},
        planted=dict(sorted(Counter(r.validator for r in rows if r.expected == "primary").items())),
        files=sum(1 for path in root.rglob("*") if path.is_symlink() or not path.is_dir()),
    )


def read_truth(path: str | os.PathLike[str]) -> list[dict[str, str]]:
    """Read a truth file: one dict per row with `path`, `validator`, `expected` and `note`.

    `path` is escaped as everywhere in catsclean (:mod:`catsclean.core.names`) and relative to
    the data set's folder.  `expected` is `primary` if the validator must find the file (of wrong
    labels, as many as it can), and `also` if it may: the same defect shows there as well, or it is
    the other file of a pair.
    """
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rounds_of_defects(count: int) -> int:
    """Return how many times each kind of defect is planted among `count` pictures."""
    return 1 + count // _COUNT_PER_ROUND


def _find_subject(
    subject: str, *, leaky: bool
) -> tuple[Sequence[str], Callable[[str, Generator], Image.Image]]:
    if subject not in _SUBJECTS:
        raise UsageError(
            f"subject must be one of {', '.join(_SUBJECTS)}. Received: {str(subject)!a}"
        )
    if leaky and subject != "pets":
        raise UsageError(
            f"leaky does not go with {subject}, which have altered copies already. Leave out"
            " --leaky (leaky=), or --subject (subject=)"
        )
    return _SUBJECTS[subject]


def _even_shares(count: int, labels: Sequence[str]) -> dict[str, int]:
    """Divide pictures among classes; the first ones get one more."""
    each, more = divmod(count, len(labels))
    return {label: each + (number < more) for number, label in enumerate(labels)}


def _label_wrongly(seed: int, share: float) -> Labelling:
    """Return a function that gives a share of the drawings of each class the next class's label."""

    def label(shown: Sequence[str]) -> list[str]:
        rng = np.random.default_rng([seed, 3])
        given = list(shown)
        classes = list(dict.fromkeys(shown))
        # as many of each class, so that classes stay equally large
        number = round(share * len(shown) / len(classes))
        for at, kind in enumerate(classes):
            rows = [row for row, one in enumerate(shown) if one == kind]
            for row in rng.permutation(rows)[:number].tolist():
                given[row] = classes[(at + 1) % len(classes)]
        return given

    return label


def _check(root: Path, truth: Path, count: int, seed: int, mislabel: float, classes: int) -> None:
    if count < classes:
        raise UsageError(f"count must be {classes} or more. Received: {count}")
    if not isinstance(mislabel, int | float) or not 0 <= mislabel <= _MOST_MISLABELLED:
        raise UsageError(
            f"mislabel must be a share from 0 to {_MOST_MISLABELLED}. Received: {mislabel!r}"
        )
    whole_number("seed", seed, least=0)
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise UsageError(f"{str(root)!a} is not a folder: name a new one")
    if root.exists() and any(root.iterdir()):
        raise UsageError(
            f"{str(root)!a} is not empty, and nothing is overwritten: name a new folder"
        )
    if truth.exists() or truth.is_symlink():
        raise UsageError(f"{str(truth)!a} exists, and nothing is overwritten: name a new folder")


def _plant(nursery: Nursery, rounds: int) -> None:
    for _ in range(rounds):
        file_defects.plant_file_defects(nursery)
        metadata_defects.plant_metadata_defects(nursery)
        pixel_defects.plant_pixel_defects(nursery)
        copy_defects.plant_copies(nursery)
    folder_defects.plant_folder_defects(nursery)
    copy_defects.plant_links(nursery)
    file_defects.plant_out_of_reach(nursery)
    for _ in range(rounds):
        content_defects.plant_content_defects(nursery)


def _write_truth(path: Path, rows: list[TruthRow]) -> None:
    with path.open("x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TRUTH_COLUMNS)
        writer.writerows((row.path, row.validator, row.expected, row.note) for row in rows)
