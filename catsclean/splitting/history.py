"""Earlier splits: the folders that the audit found, and the assignments of an earlier call.

``split`` in a manifest may be either.  A manifest that `split` made has more columns.
``split_asked`` is the request (seed, shares, group column) of the call that assigned ``split``; it
is NA if ``split`` is a folder that was found.  ``split_found`` is the found folder.
``split_group`` names the samples that the user's own group column joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.manifest import Manifest
from catsclean.core.split_names import ASKED, GROUPED, TRAIN, hold_out_rank
from catsclean.duplicates.distinct import sorted_distinct
from catsclean.splitting.sample_groups import Units, hashes_of
from catsclean.splitting.unit_splits import UnitSplits

if TYPE_CHECKING:
    import pandas as pd


# the share of training in a recorded request; it is ignored, because the others determine it
_TRAINING: Final = r" train=[^\s/]+(?=\s|$)"
# a group that was in several splits goes to the first of these that it was in, because training or
# tuning has already seen its pictures
_TOWARDS: Final = ("train", "val", "test")
# few enough that their texts take no memory beside a large table
_ROWS_AT_ONCE: Final = 1 << 15


@dataclass(frozen=True)
class Former:
    """The earlier split of the present units.

    Attributes:
        splits: By unit.
        bridged: Units that had more than one.
        moved: Samples that change their split because of that.
        others: Samples whose split came from another request, which is not followed.
        regrouped: Only the groups of the group column differ between the requests.
        asked_before: The other request, in the form of :data:`ASKED`.
    """

    splits: UnitSplits
    bridged: int
    moved: int
    others: int
    regrouped: bool = False
    asked_before: str = ""

    def is_kept_in(self, splits: Iterable[int]) -> bool:
        """Return whether some of these units had a split before."""
        return len(self.splits) > 0 and any(unit in self.splits for unit in splits)


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
    previous: Manifest,
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
    import pandas as pd

    none = UnitSplits(len(units.counts))
    if ASKED not in previous.column_names:
        return Former(none, 0, 0, 0)
    # the request is the same text in nearly all rows: keep its number
    number, requests = pd.factorize(previous.columns([ASKED])[ASKED])
    followed = [re.sub(_TRAINING, "", text) == asked for text in requests]
    columns = ["sha256", "split", *(["path", GROUPED] if grouped is not None else ())]
    same = previous.columns([name for name in columns if name in previous.column_names])
    assigned = (number >= 0) & (same["split"].notna() & same["sha256"].notna()).to_numpy(bool)
    same = same[assigned & np.array([*followed, False], np.bool_)[number]]
    others = int(assigned.sum()) - len(same)
    if grouped is not None and len(same) > 0 and _are_regrouped(same, table, grouped):
        return Former(none, 0, 0, others + len(same), regrouped=True)
    at = _last_positions(table["sha256"], same["sha256"])
    codes, names = pd.factorize(same["split"])
    known = at >= 0
    other = next((text for text, same in zip(requests, followed, strict=True) if not same), "")
    found = _followed(units, units.of_sample[known], codes[at[known]], list(names), others)
    return replace(found, asked_before=other)


def _last_positions(values: pd.Series[Any], among: pd.Series[Any]) -> NDArray[np.intp]:
    """Return the position of the last of some texts that equals each value; -1 if none does.

    A dict of millions of texts would take more memory than everything else, so their hashes are
    looked up, and then the texts compared.
    """
    own = hashes_of(among, np.arange(len(among)))
    order = np.argsort(own, kind="stable")
    found = np.full(len(values), -1, np.intp)
    for start in range(0, len(values) if len(among) else 0, _ROWS_AT_ONCE):
        some = values.iloc[start : start + _ROWS_AT_ONCE].fillna("")
        marks = hashes_of(some, np.arange(len(some)))
        at = order[np.searchsorted(own, marks, side="right", sorter=order) - 1]
        texts = zip(some.tolist(), among.iloc[at].tolist(), strict=True)
        for row, (text, known) in enumerate(texts):
            if text == known:
                found[start + row] = at[row]
            elif own[at[row]] == marks[row]:  # two texts with one hash
                alike = np.flatnonzero(own == marks[row])
                same = alike[[one == text for one in among.iloc[alike].tolist()]]
                found[start + row] = same[-1] if len(same) else -1
    return found


def _followed(
    units: Units,
    of: NDArray[np.int64],
    codes: NDArray[np.intp],
    names: Sequence[str],
    others: int,
) -> Former:
    """Return the split of each unit with known samples.

    Args:
        units: The units.
        of: (S,) units of the known samples.
        codes: (S,) their earlier splits, as positions in `names`.
        names: The names of the earlier splits.
        others: Samples whose split came from another request.
    """
    # each unit with each of its earlier splits, once
    which, code = np.divmod(sorted_distinct(of * len(names) + codes), max(len(names), 1))
    splits = UnitSplits(len(units.counts))
    for one, name in enumerate(names):
        splits.put(which[code == one], name)
    final = np.full(len(units.counts), -1, np.int32)
    final[which] = code
    several = which[1:][which[1:] == which[:-1]]
    bridged = sorted_distinct(several).tolist()
    for unit in bridged:
        own = code[slice(*np.searchsorted(which, [unit, unit + 1]))]
        splits[unit] = _towards({names[one] for one in own.tolist()})
        final[unit] = names.index(splits[unit])
    return Former(splits, len(bridged), int((codes != final[of]).sum()), others)


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
    """Fix held-out folders: of a group in several, the most firmly held out has its samples.

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
