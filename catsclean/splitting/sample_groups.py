"""Groups of samples that must stay on one side: what the audit found and what the user knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.groups import components
from catsclean.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

LEVELS: Final = ("near", "exact", "none")


@dataclass(frozen=True)
class Units:
    """The groups, numbered in the order in which they are dealt out; a single sample is one, too.

    Attributes:
        of_sample: Number of the unit of each sample, int64 of shape (samples,).
        keys: Smallest sha256 of each unit's samples (their smallest path where none has one).
        counts: Samples that take part of each unit, by label ("" without one).
    """

    of_sample: NDArray[np.int64]
    keys: tuple[str, ...]
    counts: tuple[dict[str, int], ...]

    def size(self, unit: int) -> int:
        """Return the number of a unit's samples that take part."""
        return sum(self.counts[unit].values())


def copy_columns(table: pd.DataFrame, groups: str) -> list[pd.Series[Any]]:
    """Return the columns whose equal values keep copies together.

    Args:
        table: Rows of a manifest.
        groups: ``near``, ``exact`` or ``none``; see :func:`catsclean.split`.

    Raises:
        UsageError: `groups` is something else.
    """
    if groups not in LEVELS:
        raise UsageError(f"groups must be one of {', '.join(LEVELS)}. Received: {groups!r}.")
    if groups == "none":
        return []
    if groups == "near":
        return [table["sha256"], table["group"]]
    # files of one group with equal hashes and sizes have the same pixels
    parts = ["group", "phash256", "width_px", "height_px"]
    known = [name for name in parts if name in table.columns]
    if known != parts:
        return [table["sha256"]]
    # NA in one of them is NA in all
    texts = [table[name].astype("string") for name in parts]
    return [table["sha256"], texts[0].str.cat(texts[1:], sep="|")]


def find_units(
    table: pd.DataFrame,
    columns: Sequence[pd.Series[Any]],
    seed: int,
    used: NDArray[np.bool_],
) -> Units:
    """Join samples that share a value in any of the columns, however long the chain.

    Units are numbered by the sha256 of seed and key: an order that looks random, and that depends
    neither on the order of the rows nor on which other samples there are.

    Args:
        table: Rows of a manifest.
        columns: Values over the same rows; those with the same value belong together, NA with none.
        seed: Salt of the order.
        used: Rows that take part; the others still tie groups together, bool of shape (samples,).
    """
    import pandas as pd

    count = len(table)
    # a graph of samples and values: each sample is tied to its values, so that values tie samples
    ties: list[tuple[Any, Any]] = []
    nodes = count
    for column in columns:
        codes, values = pd.factorize(column, use_na_sentinel=True)
        known = np.flatnonzero(codes >= 0)
        ties.append((known, codes[known] + nodes))
        nodes += len(values)
    none = np.empty(0, np.intp)
    samples = np.concatenate([none, *(tie[0] for tie in ties)])
    tied_to = np.concatenate([none, *(tie[1] for tie in ties)])
    component = components(nodes, samples, tied_to)
    of_sample = np.unique(component[:count], return_inverse=True)[1].astype(np.int64)

    names = table["sha256"].fillna(table["path"]).astype(str)
    keys = names.groupby(of_sample).min()
    ranked = sorted(keys.index, key=lambda unit: (_rank(seed, keys[unit]), keys[unit]))
    number = np.empty(len(ranked), np.int64)
    number[ranked] = np.arange(len(ranked))
    of_sample = number[of_sample]
    counts: list[dict[str, int]] = [{} for _ in ranked]
    labels = table["label"].fillna("").astype(str).to_numpy()
    for unit, label in zip(of_sample[used].tolist(), labels[used], strict=True):
        counts[unit][label] = counts[unit].get(label, 0) + 1
    return Units(of_sample, tuple(keys[unit] for unit in ranked), tuple(counts))


def _rank(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed}:{key}".encode("utf-8", "surrogateescape")).digest()
