"""Read labels from file names: ``cat.0.jpg``, ``dog_12.png``, ``n01440764_10026.JPEG``.

A name says its label by a word, a separator and a number, or as a regular expression finds it.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from catsclean.core import names
from catsclean.core.label_source import BY_NAME
from catsclean.core.split_names import is_held_out
from catsclean.errors import ConfigError
from catsclean.images.formats import sniff
from catsclean.scan import junk
from catsclean.scan.discover import Listing
from catsclean.scan.layout import named_like_split

# Names give labels without being asked if so many of the pictures have a word that recurs.  One
# stray in twenty is usual (a README picture, a renamed copy) and must not cost a folder its labels;
# with more, pictures would silently stay without one, and the user should decide.
COVERED: Final = 0.95
# Reject most folders after so many names, spread evenly by the golden ratio.
_SAMPLED: Final = 400
_SAMPLE_COVERED: Final = 0.8
_GOLDEN: Final = 0.6180339887498949
_MOST_PATTERN_CHARACTERS: Final = 1000
_SEPARATORS: Final = " ._-()"
_TAIL: Final = f"0123456789{_SEPARATORS}"
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_DIGITS: Final = re.compile(r"\d+")
# Cameras, programs and annotators name files like this, whatever they show.
_GENERIC: Final = frozenset(
    {"aug", "augmented", "back", "batch", "bottom", "cam", "camera", "case", "clip", "coco",
     "copy", "crop", "cropped", "data", "dji", "download", "downloads", "dsc", "dscf", "dscn",
     "edited", "example", "fig", "figure", "file", "frame", "front", "gopr", "id", "ilsvrc",
     "image", "images", "img", "input", "left", "mask", "masks", "mvimg", "new", "orig",
     "original", "out", "output", "page", "pano", "part", "patch", "patient", "person", "photo",
     "photos", "pic", "pics", "picture", "pictures", "pxl", "right", "sam", "sample", "scan",
     "scene", "screen", "screenshot", "seq", "sequence", "series", "session", "set", "shot",
     "side", "slice", "subject", "thumb", "thumbnail", "tile", "top", "unnamed", "untitled",
     "user", "vid", "video", "view", "voc", "whatsapp"}
)  # fmt: skip


def word_of(name: str) -> str:
    """Return the word that a file name starts with, before a separator and a number; else nothing.

    Args:
        name: A file name with its extension, as text.
    """
    stem = name.rpartition(".")[0]
    body = stem.rstrip(_TAIL)
    rest = stem[len(body) :]
    length = next((at for at, character in enumerate(rest) if character in _SEPARATORS), len(rest))
    number = rest[length:]
    word = body + rest[:length]
    return word if number.strip(_SEPARATORS) and _LETTERS.search(word) else ""


def find_words(listing: Listing, *, in_splits: bool) -> dict[str, int]:
    """Find out whether the names of a set's pictures start with the labels.

    They do if at least 95 % (:data:`COVERED`) start with one of two or more words that recur, and
    that no camera writes.  The pictures of a split that is held out do not count if none of its
    names has such a word: the labels of a test set are often not published.

    Args:
        listing: All files.
        in_splits: The folders at the top are splits.

    Returns:
        Number of pictures by word, as text; empty if the names are something else.
    """
    if not _may_have_words(listing, in_splits=in_splits):
        return {}
    rows = [row for row, path in enumerate(listing.paths) if is_picture_name(path)]
    splits = _split_of(listing, rows) if in_splits else [""] * len(rows)
    words = [_label_word(listing.paths[row]) for row in rows]
    counts = Counter(words)
    recurring = {word: number for word, number in counts.items() if word and number > 1}
    named = Counter(s for s, word in zip(splits, words, strict=True) if word in recurring)
    total = sum(
        number
        for split, number in Counter(splits).items()
        if named[split] or not is_held_out(split)
    )
    if len(recurring) < 2 or sum(named.values()) < COVERED * total or _is_doubtful(recurring):
        return {}
    return dict(sorted(recurring.items()))


def label_by_word(paths: Iterable[str], words: Iterable[str] | None = None) -> list[str]:
    """Return the label of each file, escaped: the word of its name; empty if it has none.

    Args:
        paths: Escaped.
        words: Words that are labels; None: all.
    """
    known = None if words is None else frozenset(words)
    found = (word_of(_text_of(path)) for path in paths)
    return [names.escape(word) if known is None or word in known else "" for word in found]


def check_pattern(pattern: str) -> int:
    """Check a regular expression; return the number of the group that is the label.

    It runs in RE2, whose time grows only with the length of a name.

    Raises:
        ConfigError: It is not one, or has no group.
    """
    shown = f"Received: {names.text(BY_NAME + pattern)!r}"
    if len(pattern) > _MOST_PATTERN_CHARACTERS:
        raise ConfigError(
            f"a regular expression may have {_MOST_PATTERN_CHARACTERS:,} characters."
            f" Received: one with {len(pattern):,}."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about future versions of Python's own engine
            expression = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigError(f"not a regular expression: {names.text(str(error))}. {shown}.") from None
    if not expression.groups:
        raise ConfigError(f"the expression needs a group for the label. {shown}, not name:(...).")
    group = expression.groupindex.get("label", 1)
    label_by_pattern(["a"], pattern, group)
    return group


def label_by_pattern(paths: Sequence[str], pattern: str, group: int) -> list[str]:
    """Return the label of each file, escaped: the group of a regular expression in its name.

    Args:
        paths: Escaped.
        pattern: Searched in the file name with its extension.
        group: Number of the group.

    Raises:
        ConfigError: RE2 does not know the expression.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array([_text_of(path) for path in paths], pa.large_string())
    whole = f"^(?s:.*?)(?:{pattern})(?s:.*)$"
    try:
        found = pc.match_substring_regex(texts, pattern)
        labels = pc.replace_substring_regex(texts, whole, rf"\{group}")
    except pa.ArrowInvalid as error:
        why = names.text(str(error).splitlines()[0])
        raise ConfigError(
            f"the expression cannot be used: {why}. Lookaheads and back references are not known"
            f" (RE2). Received: {names.text(BY_NAME + pattern)!r}."
        ) from None
    pairs = zip(labels.to_pylist(), found.to_pylist(), strict=True)
    return [names.escape(label.strip()) if matched else "" for label, matched in pairs]


def is_picture_name(path: str) -> bool:
    """Return whether a file is a picture by its extension, and not one that a system left."""
    name = path.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower()
    return f".{ending}" in sniff.EXTENSIONS and not junk.is_junk_file(name)


def _may_have_words(listing: Listing, *, in_splits: bool) -> bool:
    """Tell from some names whether it is worth looking at all of them."""
    number = len(listing.paths)
    # with a fixed step, only the notes beside the pictures may be looked at
    chosen = {int(at * _GOLDEN % 1 * number) for at in range(_SAMPLED)} if number else set()
    some = [row for row in chosen if is_picture_name(listing.paths[row])]
    if in_splits:  # a test set without labels may be larger than what is left
        some = [row for row in some if not is_held_out(_top_of(listing, row))] or some
    named = sum(bool(_label_word(listing.paths[row])) for row in some)
    return named > 0 and named >= _SAMPLE_COVERED * len(some)


def _label_word(path: str) -> str:
    """Return the word of a name if it may be a label; else nothing."""
    word = word_of(_text_of(path))
    first = _LETTERS.search(word)
    if first is None or first[0].casefold() in _GENERIC:
        return ""
    bare = _DIGITS.sub("", word).strip(_SEPARATORS)
    return "" if bare.casefold() in _GENERIC or named_like_split(word) else word


def _is_doubtful(words: Iterable[str]) -> bool:
    """Tell whether numbers within words may be counters: ``cat1_001`` and ``cat2_001``.

    WordNet's ids differ in their numbers only: then there is one word without them.
    """
    listed = list(words)
    bare = {_DIGITS.sub("", word) for word in listed}
    return 1 < len(bare) < len(listed)


def _split_of(listing: Listing, rows: Iterable[int]) -> list[str]:
    return [_top_of(listing, row) for row in rows]


def _top_of(listing: Listing, row: int) -> str:
    return listing.folders_of[row].partition("/")[0]


def _text_of(path: str) -> str:
    """Return the file name of an escaped path as text that Arrow can hold."""
    name = path.rpartition("/")[2]
    if "\\" not in name:
        return name
    # bytes that are not UTF-8 have no text
    return names.unescape(name).encode("utf-8", "replace").decode()
