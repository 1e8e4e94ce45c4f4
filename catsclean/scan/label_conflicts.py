"""Compare two ways to read the labels of one data set, and ask where they contradict each other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from catsclean.core.text import count

_SHOWN: Final = 3
# Folders that say nothing about the pictures in them: batches, parts, shards, numbers.
_PARTS: Final = re.compile(
    r"((batch|part|chunk|shard|subset|group|set|data|images?|img|folder|dir|archive)[-_ ]?)?\d+$"
    r"|(data|images?|img|pictures?|photos?|files?)$",
    re.IGNORECASE,
)


def contradiction(
    labels: Sequence[str], folders: Sequence[str], paths: Sequence[str], file: str
) -> str:
    """Ask whether a table or the class folders are right; empty if they give the same labels.

    Args:
        labels: Label of each file by the table; empty if it has none.
        folders: Label of each file by its folder; empty if it has none.
        paths: The files, escaped.
        file: The table, escaped.
    """
    both = [row for row, label in enumerate(labels) if label and folders[row]]
    if _same_parts([labels[row] for row in both], [folders[row] for row in both]):
        return ""
    usual = _usual_partner(labels, folders)
    wrong = [row for row in both if usual[folders[row]] != labels[row]]
    wrong = wrong or both
    first = wrong[0]
    return (
        f"{file!r} and the class folders give different labels to"
        f" {count(len(wrong), 'picture')}, such as {paths[first]!r}: {labels[first]!r} and"
        f" {folders[first]!r}. Choose: --labels folders, or --labels metadata (labels=)."
    )


def question_of_names(labels: Sequence[str], folders: Sequence[str]) -> str:
    """Ask whether file names or folders are right, if folders only divide the set into parts."""
    inside: dict[str, set[str]] = defaultdict(set)
    for label, folder in zip(labels, folders, strict=True):
        if label and folder:
            inside[label].add(folder)
    if not all(_PARTS.fullmatch(folder) for folder in set(folders) - {""}):
        return ""
    if sum(len(of) > 1 for of in inside.values()) < 2:
        return ""
    return (
        f"the folders may be the classes ({_some(folders)}), or the words that file names start"
        f" with ({_some(labels)}). Choose: --labels folders, or --labels names (labels=)."
    )


def note_of_names(labels: Sequence[str], folders: Sequence[str]) -> str:
    """Say that file names say something as well, beside class folders."""
    both = [(a, b) for a, b in zip(labels, folders, strict=True) if a and b]
    if _same_parts([a for a, _ in both], [b for _, b in both]):
        return "file names give the same labels as the class folders"
    return f"file names look like labels, too ({_some(labels)}): --labels names reads these"


def _same_parts(first: Sequence[str], second: Sequence[str]) -> bool:
    """Tell whether two sequences of labels divide the same files in the same way."""
    pairs = set(zip(first, second, strict=True))
    return len(pairs) == len(set(first)) == len(set(second))


def _usual_partner(labels: Sequence[str], folders: Sequence[str]) -> dict[str, str]:
    """Return the most frequent label in each folder."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for label, folder in zip(labels, folders, strict=True):
        if label and folder:
            counts[folder][label] += 1
    return {folder: of.most_common(1)[0][0] for folder, of in counts.items()}


def _some(labels: Sequence[str]) -> str:
    listed = sorted({label for label in labels if label})
    return ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")
