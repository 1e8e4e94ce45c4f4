"""Which of several copies of a picture stays: the one rule of audit, clean, report and search."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from catsclean.reading import portable
from catsclean.reading.formats import KERAS_EXTENSIONS, ending_of, is_wrong_ending
from catsclean.splits import hold_out_rank, is_held_out

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    import pandas as pd

    from catsclean.model import Finding
    from catsclean.rows import Rows

KEEP_RULE: Final = (
    "of the copies of a picture one stays that can be used, and of these one that is held out (in a"
    " split that is not for training); then what decodes without warnings, has most pixels, fits"
    " most loaders, is the JPEG whose very pixels others hold, has most bytes, is no copy by its"
    " name, or has the shortest name, or the first"
)
# who tells of a sample's faults where there is no evidence any more
_REFUSED_BY: Final = "unsupported-by-tensorflow"
_WARNED_BY: Final = "corrupt-data"
_ALIKE_BY: Final = "same-pixels"
_JPEG_ENDINGS: Final = frozenset({".jpg", ".jpeg"})
# what file managers and people call a copy, a word of its own: "80 copy 0", "Copy of 80", "80 (1)"
_COPY_NAME: Final = re.compile(
    r"(?<![^\W\d_])(?:copy|copie|kopie|kopia|copia|c\u00f3pia|\u30b3\u30d4\u30fc|\u526f\u672c)(?![^\W\d_])"
    r"|\(\d+\)\s*$",
    re.IGNORECASE,
)
# Exif orientations that stand for a turn or a mirror
_TURNED: Final = range(2, 9)


class Copy(NamedTuple):
    """What decides whether a copy stays.

    Attributes:
        path: Escaped path of the file.
        split: Split that holds it; empty or None where there is none.
        pixels: Width times height.
        size_bytes: Of the file.
        refused: TensorFlow does not decode it.
        warned: It decodes with warnings.
        blemishes: As :func:`count_blemishes` counts them.
        resaved: It holds the very pixels of a JPEG, in a format without loss.
    """

    path: str
    split: str | None
    pixels: int
    size_bytes: int
    refused: bool = False
    warned: bool = False
    blemishes: int = 0
    resaved: bool = False

    @property
    def rank(self) -> tuple[int, ...]:
        """Sort key of the rule: the least stays; among equals, the first name."""
        return (
            self.refused,
            hold_out_rank(self.split),
            self.warned,
            -self.pixels,
            self.blemishes,
            self.resaved,
            -self.size_bytes,
            is_named_copy(self.path),
            len(self.path),
        )


# what each place of the rank says where it decides; that of a hold-out names the kind
_WORDS: Final = (
    "can be used",
    "is held out",
    "decodes without warnings",
    "most pixels",
    "fits most loaders",
    "original JPEG",
    "most bytes",
    "no copy by its name",
    "shortest name",
)
_HELD_OUT: Final = 1


def keep_first(copies: Sequence[Copy]) -> tuple[int, str]:
    """Chooses which member of a group to keep, and says why.

    Args:
        copies: The members.

    Returns:
        Position of the one that stays by :data:`KEEP_RULE`; and which of its words decided: those
        of use and hold-out where they ruled any member out, and that which ruled out the last.
    """
    ranks = [copy.rank for copy in copies]
    left = list(range(len(copies)))
    said = []
    for place, word in enumerate(_WORDS):
        least = min(ranks[at][place] for at in left)
        best = [at for at in left if ranks[at][place] == least]
        if len(best) < len(left):
            if place == _HELD_OUT and all(is_held_out(copies[at].split) for at in left):
                word += " for testing"  # noqa: PLW2901 - the word as it is here
            if place <= _HELD_OUT or len(best) == 1:
                said.append(word)
        left = best
        if len(left) == 1:
            break
    else:
        said.append("first name")
    return min(left, key=lambda at: copies[at].path), ", ".join(said)


def count_blemishes(path: str, kind: str, orientation: int) -> int:
    """Counts what makes loaders pass over a picture, misread it, or show it otherwise.

    Args:
        path: Escaped path.
        kind: Format of the content, such as ``JPEG``; empty where it is not known.
        orientation: Of the Exif tag; 0 or less where there is none.

    Returns:
        0 to 4: an ending of another format, or that Keras does not list; a hidden name; one that
        other systems refuse; pixels that are not upright.
    """
    ending = ending_of(path)
    return (
        (ending not in KERAS_EXTENSIONS or (bool(kind) and is_wrong_ending(ending, kind)))
        + ("/." in f"/{path}")
        + bool(portable.faults_of(path))
        + (orientation in _TURNED)
    )


def is_named_copy(path: str) -> bool:
    """Tells whether the name of a file says that it is a copy: ``80 copy.jpg``, ``80 (1).jpg``."""
    name = path.rpartition("/")[2]
    return bool(_COPY_NAME.search(name.rpartition(".")[0] or name))


def resaved_among(alike: Iterable[Collection[str]]) -> set[str]:
    """Finds what was saved from a JPEG without loss, among files with the same pixels.

    Only one way leads to such a pair: a JPEG that holds another file's pixels exactly is where
    they come from, for saving as JPEG changes them.

    Args:
        alike: Paths of the files that have the same pixels, for each set of them.
    """
    found: set[str] = set()
    for paths in alike:
        others = {path for path in paths if ending_of(path) not in _JPEG_ENDINGS}
        if len(others) < len(paths):
            found |= others
    return found


def mark_resaved(copies: Iterable[Copy], alike: Iterable[Collection[str]]) -> list[Copy]:
    """Gives the copies with what :func:`resaved_among` finds."""
    resaved = resaved_among(alike)
    return [copy._replace(resaved=True) if copy.path in resaved else copy for copy in copies]


def copies_of(rows: Rows | pd.DataFrame) -> list[Copy]:
    """Tells of some samples what decides, by the evidence."""
    return [
        Copy(
            path,
            split,
            int(width) * int(height),
            int(size),
            bool(refusal),
            bool(warnings),
            count_blemishes(path, kind, int(orientation)),
        )
        for path, split, width, height, size, refusal, warnings, kind, orientation in zip(
            rows["path"],
            rows["split"],
            rows["width_px"],
            rows["height_px"],
            rows["size_bytes"],
            rows["tensorflow_refuses"],
            rows["decoder_warnings"],
            rows["format"],
            rows["exif_orientation"],
            strict=True,
        )
    ]


def faults_found(findings: Iterable[Finding]) -> Callable[[str], tuple[bool, bool, bool]]:
    """Tells by the findings whether a path is refused, warned about, or re-saved from a JPEG."""
    refused, warned = set(), set()
    alike: dict[str, set[str]] = {}
    for finding in findings:
        if finding.validator == _REFUSED_BY:
            refused.add(finding.path)
        elif finding.validator == _WARNED_BY:
            warned.add(finding.path)
        elif finding.validator == _ALIKE_BY and finding.path is not None:
            for kept in finding.related:
                alike.setdefault(kept, {kept}).add(finding.path)
    resaved = resaved_among(alike.values())
    return lambda path: (path in refused, path in warned, path in resaved)
