"""Earlier splits: the folders that the audit found, and the assignments of an earlier call.

``split`` in a manifest may be either.  A manifest that `split` made has more columns.
``split_asked`` is the request (seed, shares, group column) of the call that assigned ``split``; it
is NA if ``split`` is a folder that was found.  ``split_found`` is the found folder.
``split_group`` names the samples that the user's own group column joined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.manifest import Manifest
from catsclean.core.split_names import ASKED, GROUPED, TRAIN, hold_out_rank
from catsclean.splitting.sample_groups import Units

if TYPE_CHECKING:
    import pandas as pd


# the share of training in a recorded request; it is ignored, because the others determine it
_TRAINING: Final = r" train=[^\s/]+(?=\s|$)"
# a group that was in several splits goes to the first of these that it was in, because training or
# tuning has already seen its pictures
_TOWARDS: Final = ("train", "val", "test")


@dataclass(frozen=True)
class Former:
    """The earlier split of the present units.

    Attributes:
        splits: By unit.
        bridged: Units that had more than one.
        moved: Samples that change their split because of that.
        others: Samples whose split came from another request, which is not followed.
        regrouped: Only the groups of the group column differ between the requests.
    """

    splits: dict[int, str]
    bridged: int
    moved: int
    others: int
    regrouped: bool = False


def name_values(table: pd.DataFrame, column: pd.Series[Any]) -> pd.Series[Any]:
    """Name each value of a group column after the first path of its samples.

    So the groups can be recorded without writing down the names of patients.

    Args:
        table: Rows of the manifest.
        column: The user's own groups, over the same rows; NA means no group.

    Returns:
        A path for each sample, NA if it has no value.
    """
    ordered = table["path"].sort_values()
    first = ordered.groupby(column[ordered.index].to_numpy(object)).transform("first")
    return first.reindex(table.index).astype("string").where(column.notna())


def former_splits(
    table: pd.DataFrame,
    units: Units,
    previous: Manifest | None,
    asked: str,
    grouped: pd.Series[Any] | None = None,
) -> Former:
    """Find the split that each unit had in an earlier split with the same request.

    Samples are recognised by their sha256, so that a renamed file keeps its split.

    Args:
        table: Rows of the manifest.
        units: Its groups.
        previous: Manifest of an earlier split.
        asked: The present request, in the form of :data:`ASKED`.
        grouped: The user's own present groups, from :func:`name_values`.

    Returns:
        The earlier splits.
    """
    if previous is None or ASKED not in previous.column_names:
        return Former({}, 0, 0, 0)
    columns = ["path", "sha256", "split", ASKED, GROUPED]
    old = previous.columns([name for name in columns if name in previous.column_names])
    old = old[old[ASKED].notna() & old["split"].notna() & old["sha256"].notna()]
    same = old[old[ASKED].str.replace(_TRAINING, "", regex=True) == asked]
    regrouped = grouped is not None and len(same) > 0 and _are_regrouped(same, table, grouped)
    if regrouped:
        same = same.iloc[:0]
    known = dict(zip(same["sha256"], same["split"], strict=True))
    had: dict[int, list[str]] = {}
    for unit, sha256 in zip(units.of_sample.tolist(), table["sha256"].fillna(""), strict=True):
        if sha256 in known:
            had.setdefault(unit, []).append(known[sha256])
    splits = {unit: _towards(set(names)) for unit, names in had.items()}
    moved = sum(name != splits[unit] for unit, names in had.items() for name in names)
    bridged = sum(len(set(names)) > 1 for names in had.values())
    return Former(splits, bridged, moved, len(old) - len(same), regrouped)


def _are_regrouped(old: pd.DataFrame, table: pd.DataFrame, grouped: pd.Series[Any]) -> bool:
    """Return whether the grouping of samples that are in both splits has changed.

    Only samples that are in both count: new and removed samples do not change a group.
    """
    import pandas as pd

    if GROUPED not in old.columns:
        return True
    before = pd.DataFrame({"path": old["path"], "sha256": old["sha256"], "then": old[GROUPED]})
    after = pd.DataFrame({"path": table["path"], "sha256": table["sha256"], "now": grouped})
    # samples without a value are groups of their own
    before["then"] = before["then"].fillna("then " + before["path"])
    after["now"] = after["now"].fillna("now " + after["path"])
    stayed = before.merge(after, on=["path", "sha256"])
    # renamed files; with several copies it is unknown which one became which
    renamed = [
        rest[~rest["path"].isin(stayed["path"])].drop_duplicates("sha256", keep=False)
        for rest in (before, after[after["sha256"].notna()])
    ]
    both = ["then", "now"]
    pairs = pd.concat([stayed[both], renamed[0].merge(renamed[1], on="sha256")[both]])
    pairs = pairs.drop_duplicates()
    return bool(pairs["then"].duplicated().any() or pairs["now"].duplicated().any())


def fixed_splits(
    found: pd.Series[Any], units: Units, used: NDArray[np.bool_]
) -> tuple[dict[int, str], NDArray[np.bool_]]:
    """Fix held-out folders as they are.

    Returns:
        The split of each unit that has a held-out sample; and the samples that must be left out
        because they are copies of a held-out one, bool of shape (samples,).
    """
    fixed: dict[int, set[str]] = {}
    names = found.fillna(TRAIN).to_numpy(object)
    for unit, name, use in zip(units.of_sample.tolist(), names, used, strict=True):
        if use and name != TRAIN:
            fixed.setdefault(unit, set()).add(name)
    # a fixed hold-out must not change: prefer test, then validation, then the others
    chosen = {u: min(n, key=lambda name: (hold_out_rank(name), name)) for u, n in fixed.items()}
    leaking = [
        bool(use) and unit in chosen and name != chosen[unit]
        for unit, name, use in zip(units.of_sample.tolist(), names, used, strict=True)
    ]
    return chosen, np.array(leaking, bool)


def _towards(names: set[str]) -> str:
    return next((name for name in _TOWARDS if name in names), min(names))
