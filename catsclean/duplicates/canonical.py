"""Which of several copies of a picture stays: the one rule of audit, clean, report and search."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from catsclean.core import portable_names
from catsclean.core.model import Sample
from catsclean.core.split_names import TRAIN, firmest, hold_out_rank
from catsclean.duplicates.pair_kinds import (
    BLURRED,
    ENLARGED,
    GREYED,
    NO_CAMERA,
    OVERLAID,
    RELIT,
    SAVED_AGAIN,
)
from catsclean.images.formats.sniff import KERAS_EXTENSIONS, ending_of, is_wrong_ending

KEEP_RULE: Final = (
    "the first of these that differs decides which copy stays: TensorFlow decodes it, you prefer"
    " it, it is in a held-out split, it decodes without warnings, the others were made from it, it"
    " is larger. More: catsclean explain near-duplicate"
)
_JPEG_ENDINGS: Final = frozenset({".jpg", ".jpeg"})
# what file managers and people call a copy, a word of its own: "80 copy 0", "Copy of 80", "80 (1)"
_COPY_NAME: Final = re.compile(
    r"(?<![^\W\d_])(?:copy|copie|kopie|kopia|copia|c\u00f3pia|\u30b3\u30d4\u30fc|\u526f\u672c)(?![^\W\d_])"
    r"|\(\d+\)\s*$",
    re.IGNORECASE,
)
# Exif orientations that stand for a turn or a mirror
_TURNED: Final = range(2, 9)


# signs that count more than pixels, the weightiest first
_SIGNS: Final = (
    GREYED,
    OVERLAID,
    RELIT,
    BLURRED,
    ENLARGED,
    SAVED_AGAIN,
)
# what each place of the rank says if it decides, in short and in a sentence; that of a hold-out
# names the kind
_WORDS: Final = {
    "TensorFlow decodes it": "TensorFlow decodes it",
    "is preferred": "you prefer it",
    "in a held-out split": "it is in a held-out split",
    "decodes without warnings": "it decodes without warnings",
    "is in colour": "it is in colour",
    "no text or logo added": "the other one looks as if a text or logo was added",
    "original lighting": "its lighting was not changed",
    "is sharper": "it is sharper",
    "is not enlarged": "the other one is only enlarged",
    "saved less often": "it was saved less often",
    "most pixels": "it is larger",
    "names its camera": "it names its camera",
    "works with most loaders": "it works with most loaders",
    "original JPEG": "it is the original JPEG",
    "most bytes": "it has more bytes",
    "known before": "an earlier audit had it",
    "not named as a copy": "its name does not mark it as a copy",
    "shortest name": "its name is shorter",
}
_HELD_OUT: Final = 2
_FOR_TESTING: Final = " for testing"
# the last places of the rank, bytes and names, say little of where a picture comes from
_FIRM: Final = slice(-4)
_KNOWN: Final = list(_WORDS).index("known before")


def rank(copy: Sample) -> tuple[int, ...]:
    """Return the sort key of the rule: the least stays; among equals, the first name."""
    return (
        copy.refused,
        copy.preferred,
        hold_out_rank(firmest(copy.split, copy.held_out)),
        copy.warned,
        *(sign in copy.signs for sign in _SIGNS),
        -copy.width_px * copy.height_px,
        NO_CAMERA in copy.signs,
        count_blemishes(copy.path, copy.format, copy.exif_orientation),
        copy.resaved,
        -copy.size_bytes,
        not copy.known_before,
        is_named_copy(copy.path),
        len(copy.path),
    )


def keep_first(copies: Sequence[Sample]) -> tuple[Sample, str]:
    """Choose which member of a group to keep, and say why.

    Args:
        copies: The members.

    Returns:
        The one that stays by :data:`KEEP_RULE`; and which of its words decided: those
        of use and hold-out where they ruled any member out, and that which ruled out the last.
    """
    ranks = [rank(copy) for copy in copies]
    best, why = _first_by(copies, ranks)
    # every later audit knows what the first one chose: that is a reason only if it decides
    unknown = [(*one[:_KNOWN], 0, *one[_KNOWN + 1 :]) for one in ranks]
    other, without = _first_by(copies, unknown)
    return best, without if other is best else why


def _first_by(copies: Sequence[Sample], ranks: Sequence[tuple[int, ...]]) -> tuple[Sample, str]:
    """Return the copy of the least rank, and the words that decided."""
    left = list(range(len(copies)))
    said = []
    for place, word in enumerate(_WORDS):
        least = min(ranks[at][place] for at in left)
        best = [at for at in left if ranks[at][place] == least]
        if len(best) < len(left):
            if place == _HELD_OUT and max(ranks[at][place] for at in left) < hold_out_rank(TRAIN):
                word += _FOR_TESTING  # noqa: PLW2901 - the word as it is here
            if place <= _HELD_OUT or len(best) == 1:
                said.append(word)
        left = best
        if len(left) == 1:
            break
    else:
        said.append("first name")
    return min((copies[at] for at in left), key=lambda copy: copy.path), ", ".join(said)


def explain(kept: Sample, other: Sample) -> str:
    """Say in a few plain words why one copy is kept rather than another one."""
    best, why = keep_first([kept, other])
    if best is not kept:
        return "it is a copy of more pictures"
    said = [
        _WORDS.get(word.removesuffix(_FOR_TESTING), "its name comes first")
        + (_FOR_TESTING if word.endswith(_FOR_TESTING) else "")
        for word in why.split(", ")
    ]
    return " and ".join(said)


def choose_kept(copies: Sequence[Sample], pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Choose which members of a group stay, so that each other one has a pair with one of them.

    A group may chain, as the frames of a camera that pans: its ends need not share a pixel.  So
    several of it may have to stay.  Of the copies that nothing speaks against, one with many pairs
    is kept first: that leaves few of them (a dominating set, the least one for a chain).

    Args:
        copies: The members.
        pairs: Positions of two members that are proved to be one picture.

    Returns:
        For each member the position of the one that stays for it; its own if it stays.
    """
    near: list[set[int]] = [set() for _ in copies]
    for one, other in pairs:
        if one != other:
            near[one].add(other)
            near[other].add(one)
    ranks = [rank(copy) for copy in copies]
    firm = [one[_FIRM] for one in ranks]
    order = sorted(range(len(copies)), key=lambda at: (ranks[at], copies[at].path))
    kept_for = [-1] * len(copies)
    place = {at: number for number, at in enumerate(order)}
    left = set(order)
    while left:
        best = _next_kept(near, left, firm, place)
        for other in near[best] & left | {best}:
            kept_for[other] = best
        left -= near[best] | {best}
    # each goes with the best of those that it has a pair with
    for at, kept in enumerate(kept_for):
        if kept != at:
            stay = [other for other in near[at] if kept_for[other] == other]
            kept_for[at] = min(stay, key=place.__getitem__)
    return kept_for


def _next_kept(
    near: Sequence[set[int]],
    left: set[int],
    firm: Sequence[tuple[int, ...]],
    place: Mapping[int, int],
) -> int:
    """Choose the next member to keep, for those that are left.

    One without many pairs has the least choice of who stays for it: it comes first, and of its
    partners the one with most pairs stays.  No member stays for a better one.
    """
    around = {at: near[at] & left for at in left}
    may_stay = {at for at in left if all(firm[other] >= firm[at] for other in around[at])}
    for at in sorted(left, key=lambda at: (len(around[at]), place[at])):
        if stay := (around[at] | {at}) & may_stay:
            return min(stay, key=lambda one: (-len(around[one]), place[one]))
    raise AssertionError("the best of all may always stay")


def count_blemishes(path: str, kind: str, orientation: int) -> int:
    """Count what makes loaders pass over a picture, misread it, or show it otherwise.

    Args:
        path: Escaped path.
        kind: Format of the content, such as ``JPEG``; empty where it is not known.
        orientation: Of the Exif tag; 0 or less if there is none.

    Returns:
        0 to 4: an ending of another format, or that Keras does not list; a hidden name; one that
        other systems refuse; pixels that are not upright.
    """
    ending = ending_of(path)
    return (
        (ending not in KERAS_EXTENSIONS or (bool(kind) and is_wrong_ending(ending, kind)))
        + ("/." in f"/{path}")
        + bool(portable_names.faults_of(path))
        + (orientation in _TURNED)
    )


def is_named_copy(path: str) -> bool:
    """Tell whether the name of a file says that it is a copy: ``80 copy.jpg``, ``80 (1).jpg``."""
    name = path.rpartition("/")[2]
    return bool(_COPY_NAME.search(name.rpartition(".")[0] or name))


def resaved_among(alike: Iterable[Collection[str]]) -> set[str]:
    """Find what was saved from a JPEG without loss, among files with the same pixels.

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
