"""Split folders that the audit found: kept but for what leaks into them, or split again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catsclean.core.split_names import TRAIN, hold_out_rank, is_held_out, usual_name, usual_names
from catsclean.core.text import count, name_few
from catsclean.errors import UsageError
from catsclean.splitting.assign import split_order
from catsclean.splitting.history import fixed_splits
from catsclean.splitting.sample_groups import Units

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class KeptFolders:
    """The held-out folders of a data set, kept.

    Attributes:
        splits: The split of each unit that is in a held-out folder.
        leaking: Samples that must be left out, because their group is in a split that is held out
            more firmly, bool of shape (samples,).
        warnings: How many these are in each split, one line each.
    """

    splits: dict[int, str]
    leaking: NDArray[np.bool_]
    warnings: list[str]


def keep_folders(
    folders: pd.Series[Any], labels: pd.Series[Any], units: Units, used: NDArray[np.bool_]
) -> KeptFolders:
    """Keep the split folders that the audit found, and say what must be left out of them.

    Args:
        folders: The folder of each sample; NA: it is in none.
        labels: The label of each.
        units: The groups.
        used: Samples that can be used, bool of shape (samples,).

    Raises:
        UsageError: There are no such folders.
    """
    found = usual_names(folders)
    if not found[used].notna().any():
        raise UsageError("no split folders to keep: the audit found no train, val or test.")
    splits, leaking = fixed_splits(found, units, used)
    names = found.fillna(TRAIN)
    firmer: dict[str, set[str]] = {}
    for unit, name in zip(units.of_sample[leaking].tolist(), names[leaking], strict=True):
        firmer.setdefault(name, set()).add(splits[unit])
    warnings = []
    for name in sorted(firmer, key=split_order):
        before = Counter(labels[used & (names == name).to_numpy(bool)].fillna(""))
        gone = Counter(labels[leaking & (names == name).to_numpy(bool)].fillna(""))
        warnings.append(_describe_leaks(name, before, gone, firmer[name]))
    return KeptFolders(splits, leaking, warnings)


def _describe_leaks(
    name: str, before: Counter[str], gone: Counter[str], firmer: Iterable[str]
) -> str:
    number, total = gone.total(), before.total()
    of_all = f"{number:,} of {count(total, 'sample')} of {name} {'is' if number == 1 else 'are'}"
    others = " or ".join(sorted(firmer, key=lambda one: (hold_out_rank(one), one)))
    said = f"{of_all} left out: in a group with pictures of {others}"
    if not is_held_out(name):
        return said
    lost = [label for label in sorted(gone) if label and gone[label] == before[label]]
    if number == total:
        return f"{said}, so nothing is left of {name}"
    return f"{said}, so nothing is left of {name_few(lost)} in {name}" if lost else said


def count_not_kept(
    folders: pd.Series[Any], labels: pd.Series[Any], chosen: pd.Series[bool]
) -> dict[tuple[str, str], int]:
    """Count by split and class the samples of held-out folders that are in no split.

    Args:
        folders: The folder of each sample; NA: it is in none.
        labels: The label of each.
        chosen: Samples that are in a split.
    """
    found = usual_names(folders)
    missing = found.notna() & (found != TRAIN) & ~chosen
    pairs = zip(found[missing], labels[missing].fillna(""), strict=True)
    return dict(Counter((str(name), str(label)) for name, label in pairs))


def find_renamed(folders: pd.Series[Any]) -> dict[str, str]:
    """Return the split of each folder with another name, such as ``validation``: ``val``."""
    named = {folder: usual_name(folder) for folder in sorted(folders.dropna().unique())}
    return {folder: name for folder, name in named.items() if folder != name}


def describe_renamed(renamed: Mapping[str, str]) -> str:
    """Say how folders with another name are called in a split; empty if there are none."""
    return ", ".join(f"{folder} is {name}" for folder, name in renamed.items())


def mention_folders(folders: pd.Series[Any]) -> str:
    """Say that split folders are split again, and how to keep them.

    Args:
        folders: The folder of each sample that can be used; NA: it is in none.
    """
    kinds = ", ".join(sorted(folders.dropna().unique()))
    return (
        f"pictures in {kinds} are split again; --keep-split (keep_split=True) keeps the held-out"
        " folders"
    )
