"""Which of several copies of a picture stays: the one rule of audit, clean, report and search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from catsclean.reading import portable
from catsclean.reading.formats import KERAS_EXTENSIONS, ending_of, is_wrong_ending
from catsclean.splits import hold_out_rank, is_held_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

    from catsclean.model import Finding
    from catsclean.rows import Rows

KEEP_RULE: Final = (
    "of the copies of a picture one stays that can be used, and of these one that is held out (in a"
    " split that is not for training); then what decodes without warnings, has most pixels, fits"
    " most loaders, has most bytes, or the first name"
)
# who tells of a sample's faults where there is no evidence any more
_REFUSED_BY: Final = "unsupported-by-tensorflow"
_WARNED_BY: Final = "corrupt-data"
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
    """

    path: str
    split: str | None
    pixels: int
    size_bytes: int
    refused: bool = False
    warned: bool = False
    blemishes: int = 0

    @property
    def rank(self) -> tuple[int, ...]:
        """Sort key of the rule: the least stays; among equals, the first name."""
        return (
            self.refused,
            hold_out_rank(self.split),
            self.warned,
            -self.pixels,
            self.blemishes,
            -self.size_bytes,
        )


# what each place of the rank says where it decides; that of a hold-out names the kind
_WORDS: Final = (
    "can be used",
    "is held out",
    "decodes without warnings",
    "most pixels",
    "fits most loaders",
    "most bytes",
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


def faults_found(findings: Iterable[Finding]) -> Callable[[str], tuple[bool, bool]]:
    """Tells by the findings whether a path is refused and whether it is warned about."""
    refused, warned = set(), set()
    for finding in findings:
        if finding.validator == _REFUSED_BY:
            refused.add(finding.path)
        elif finding.validator == _WARNED_BY:
            warned.add(finding.path)
    return lambda path: (path in refused, path in warned)
