"""The known layouts of folders, the names of splits, and which splits are held out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    import pandas as pd

#: How to read the folders of a data set; ``auto`` recognises the layout.
LayoutName = Literal["auto", "classes", "splits", "flat"]
LAYOUTS: Final[tuple[LayoutName, ...]] = get_args(LayoutName)
TRAIN: Final = "train"
# columns that `split` adds to a manifest, see splitting/history.py
ASKED: Final = "split_asked"
FOUND: Final = "split_found"
GROUPED: Final = "split_group"
#: Column of the manifest of a written split: the path of the original.
SOURCE: Final = "source_path"
_SPLIT: Final = "split"
#: Names of the columns of a manifest that say in which split folder a sample was found.
FOUND_FROM: Final = (_SPLIT, ASKED, FOUND)
_NAMES: Final = {
    "train": TRAIN,
    "training": TRAIN,
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
# training_set, test images
_SUFFIX: Final = re.compile(r"[-_ ]?(set|data|images?|split)$")
# a training split in several numbered folders
_NUMBERED_TRAINING: Final = re.compile(r"train(ing)?[-_ ]?\d+", re.IGNORECASE)
# the final score comes from test, earlier scores from val; other splits count as held out, too
_RANKS: Final = {"test": 0, "val": 1, TRAIN: 3, "": 3}
_OTHER: Final = 2
_NOT_HELD_OUT: Final = 3


def usual_name(folder: str) -> str:
    """Return the usual name of a split folder: ``train``, ``val``, ``test``, or its own."""
    if _NUMBERED_TRAINING.fullmatch(folder):
        return TRAIN
    name = folder.lower()
    return _NAMES.get(name) or _NAMES.get(_SUFFIX.sub("", name), folder)


def hold_out_rank(split: str | None) -> int:
    """Rank how firmly a split is held out.

    Args:
        split: Name of the split or of its folder; empty or None if there is none.

    Returns:
        0 for test, 1 for validation, 2 for another split, 3 for training or none.
    """
    return _RANKS.get(usual_name(split or ""), _OTHER)


def firmest(*splits: str | None) -> str | None:
    """Return the most firmly held out of several splits of a sample."""
    return min(splits, key=hold_out_rank)


def is_held_out(split: str | None) -> bool:
    """Return whether a split is anything but training."""
    return hold_out_rank(split) < _NOT_HELD_OUT


def folders_in(columns: Mapping[str, Sequence[str | None]]) -> list[str | None]:
    """Return the name of each sample's split folder in the last audit, None if there is none.

    Args:
        columns: The columns of a manifest, before or after a split, that :data:`FOUND_FROM` names,
            as far as it has them.
    """
    if FOUND in columns:
        return list(columns[FOUND])
    if ASKED in columns:
        both = zip(columns[_SPLIT], columns[ASKED], strict=True)
        return [split if asked is None else None for split, asked in both]
    return list(columns[_SPLIT])


def found_in(columns: Mapping[str, Sequence[str | None]]) -> list[str | None]:
    """Return what :func:`folders_in` does, by their usual names.

    Args:
        columns: As there.
    """
    found = folders_in(columns)
    usual = {name: usual_name(name) for name in set(found) if name is not None}
    return [None if name is None else usual[name] for name in found]


def split_folders(table: pd.DataFrame) -> pd.Series[Any]:
    """Return the name of each sample's split folder in the last audit; NA if there is none.

    Args:
        table: Rows of a manifest, before or after a split. What :func:`folders_in` does with few
            of them, this does with many.
    """
    if FOUND in table.columns:
        found = table[FOUND]
    elif ASKED in table.columns:
        found = table["split"].where(table[ASKED].isna())
    else:
        found = table["split"]
    return found.astype("string")


def found_splits(table: pd.DataFrame) -> pd.Series[Any]:
    """Return what :func:`split_folders` does, by their usual names.

    Args:
        table: As there.
    """
    return usual_names(split_folders(table))


def usual_names(folders: pd.Series[Any]) -> pd.Series[Any]:
    """Return the usual name of each split folder, as :func:`usual_name` does; NA stays NA."""
    usual = {name: usual_name(name) for name in folders.dropna().unique()}
    return folders.map(usual, na_action="ignore").astype("string")
