"""Labels that are probably one class: they differ only in case, accents' form or blanks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from catsclean.core import names
from catsclean.core.portable_names import same_name


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


def alike_labels(labels: Iterable[str]) -> list[list[str]]:
    """Return each group of two or more labels that are probably one class, all sorted."""
    groups: dict[str, list[str]] = {}
    for label in sorted(set(labels)):
        groups.setdefault(label_key(label), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def what_differs(labels: Iterable[str]) -> str:
    """Say in what labels of one group differ: ``case``, ``the form of accents``, ``blanks``."""
    texts = [label_text(label) for label in labels]
    if len({text.strip() for text in texts}) == 1:
        return "blanks"
    if len({text.casefold() for text in texts}) == 1:
        return "case"
    if len({unicodedata.normalize("NFC", text) for text in texts}) == 1:
        return "the form of accents"
    return "case, accents or blanks"
