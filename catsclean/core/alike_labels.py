"""Labels that are probably one class: they differ only in case, accents or blanks around them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from catsclean.core import names
from catsclean.core.portable_names import same_name
from catsclean.core.text import count, name_few

_SHOWN: Final = 3


def label_text(label: str) -> str:
    """Return a label as text; one that catsclean did not escape stays as it is."""
    try:
        return names.unescape(label)
    except ValueError:
        return label


def label_key(label: str) -> str:
    """Return a key that is equal for labels (escaped) that are probably one class."""
    if label.isascii() and "\\" not in label:
        return label.strip().lower()
    # escaped again, because tables hold no bytes that are not UTF-8
    return names.escape(same_name(label_text(label).strip()))


def class_key(label: str) -> str:
    """Return a key that is equal for labels (escaped) that name one class for judging pictures.

    It is :func:`label_key`, except that single letters are themselves: the classes ``A`` and ``a``
    of handwriting differ on purpose.
    """
    return label if len(label_text(label).strip()) == 1 else label_key(label)


def alike_labels(pictures: Mapping[str, int]) -> list[list[str]]:
    """Return each group of two or more labels that are probably one class, the rarest label first.

    Args:
        pictures: Number of pictures by label.
    """
    groups: dict[str, list[str]] = {}
    for label in sorted(pictures):
        groups.setdefault(label_key(label), []).append(label)
    return [
        sorted(group, key=lambda label: (pictures[label], label))
        for group in groups.values()
        if len(group) > 1
    ]


def describe_alike(group: Sequence[str], pictures: Mapping[str, int]) -> str:
    """Say that labels are probably one class, in what they differ, and how to merge them.

    Args:
        group: The labels, as :func:`alike_labels` returns them.
        pictures: Number of pictures by label.
    """
    counted = [f"{label} ({count(pictures[label], 'picture')})" for label in group]
    texts = [label_text(label) for label in group]
    renames = [names.shell_word(f"{text}={texts[-1]}") for text in texts[:-1]]
    options = "".join(f" --rename {one}" for one in renames[:_SHOWN])
    return (
        f"{name_few(counted)} are probably one class: only"
        f" {_difference(texts)}; catsclean labels export FILE{options}"
        f"{' …' if len(renames) > _SHOWN else ''} merges them for --labels FILE"
    )


def describe_more(groups: Sequence[Sequence[str]]) -> str:
    """Say how many more groups of labels there are."""
    said = count(len(groups), "more class has", "more classes have")
    return f"{said} several labels that are alike, such as {groups[0][0]}"


def _difference(texts: Sequence[str]) -> str:
    if len({text.strip() for text in texts}) == 1:
        return "the blanks around them differ"
    if len({text.casefold() for text in texts}) == 1:
        return "case differs"
    if len({unicodedata.normalize("NFC", text) for text in texts}) == 1:
        return "the spelling of accents differs"
    return "case, accents or blanks differ"
