"""Groups of samples that must stay on one side: what the audit found and what the user knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from catsclean.core.groups import components
from catsclean.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

_ROWS_AT_ONCE: Final = 1 << 15
#: Columns whose values are all equal only for files with the same pixels.
PIXEL_COLUMNS: Final = ("group", "phash256", "width_px", "height_px")
CopyLevel = Literal["near", "exact", "none"]
LEVELS: Final[tuple[CopyLevel, ...]] = get_args(CopyLevel)


@dataclass(frozen=True)
class Units:
    """The groups, numbered in the order in which they are dealt out; a single sample is one, too.

    Attributes:
        of_sample: Number of the unit of each sample, int64 of shape (samples,).
        counts: Samples that take part of each unit, by label ("" without one).
    """

    of_sample: NDArray[np.int64]
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
    if any(name not in table.columns for name in PIXEL_COLUMNS):
        return [table["sha256"]]
    # NA in one of them is NA in all
    texts = [table[name].astype("string") for name in PIXEL_COLUMNS]
    return [table["sha256"], texts[0].str.cat(texts[1:], sep="|")]


def find_units(
    table: pd.DataFrame,
    columns: Sequence[pd.Series[Any]],
    seed: int,
    used: NDArray[np.bool_],
) -> Units:
    """Join samples that share a value in any of the columns, however long the chain.

    Units are numbered by the sha256 of seed and key (their smallest sha256, or smallest path where
    none has one): an order that looks random, and that depends neither on the order of the rows
    nor on which other samples there are.

    Args:
        table: Rows of a manifest.
        columns: Values over the same rows; those with the same value belong together, NA with none.
        seed: Salt of the order.
        used: Rows that take part; the others still tie groups together, bool of shape (samples,).
    """
    count = len(table)
    # a graph of samples and values: each sample is tied to its values, so that values tie samples
    ties = [(np.empty(0, np.intp), np.empty(0, np.intp))]
    nodes = count
    for column in columns:
        known, values = _shared(column)
        ties.append((known, values + nodes))
        nodes += int(values.max(initial=-1)) + 1
    samples, tied_to = (np.concatenate(ends) for ends in zip(*ties, strict=True))
    component = components(nodes, samples, tied_to)
    of_sample = np.unique(component[:count], return_inverse=True)[1].astype(np.int64)
    order = _random_order(table, of_sample, seed)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    of_sample = number[of_sample]
    return Units(of_sample, _count_labels(table, of_sample, len(order), used))


def _shared(column: pd.Series[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the samples that share a value with others, and numbers of their values."""
    import pandas as pd

    known = np.flatnonzero(column.notna().to_numpy(bool))
    # most values are different: only those whose hash occurs twice are compared
    hashes = hashes_of(column, known)
    order = np.argsort(hashes, kind="stable")
    again = hashes[order[1:]] == hashes[order[:-1]]
    alike = np.zeros(len(known), np.bool_)
    alike[order[:-1][again]] = alike[order[1:][again]] = True
    known = known[alike]
    codes = pd.factorize(column.iloc[known], use_na_sentinel=True)[0]
    often = np.bincount(codes) > 1
    several = often[codes]
    return known[several], (np.cumsum(often) - 1)[codes[several]]


def hashes_of(column: pd.Series[Any], rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return Python's hash of some values of a column, for this process only."""
    hashes = np.empty(len(rows), np.int64)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        own = column.iloc[rows[start : start + _ROWS_AT_ONCE]].tolist()
        hashes[start : start + len(own)] = np.fromiter(map(hash, own), np.int64, len(own))
    return hashes


def _random_order(table: pd.DataFrame, of_sample: NDArray[np.int64], seed: int) -> NDArray[np.intp]:
    """Return the units in an order that looks random: by a digest of seed and smallest sha256."""
    size = np.bincount(of_sample)
    smallest: dict[int, str] = {}
    ranks = np.empty((len(size), hashlib.sha256().digest_size), np.uint8)
    for start in range(0, len(table), _ROWS_AT_ONCE):
        part = table.iloc[start : start + _ROWS_AT_ONCE]
        own = part["sha256"].fillna(part["path"]).astype(str).tolist()
        units = of_sample[start : start + _ROWS_AT_ONCE]
        digests = b"".join(_rank(seed, name) for name in own)
        ranks[units] = np.frombuffer(digests, np.uint8).reshape(len(own), -1)
        for at in np.flatnonzero(size[units] > 1).tolist():
            unit = int(units[at])
            smallest[unit] = min(own[at], smallest.get(unit, own[at]))
    for unit, name in smallest.items():
        ranks[unit] = np.frombuffer(_rank(seed, name), np.uint8)
    return np.lexsort(ranks.view(">u8").T[::-1])


def _count_labels(
    table: pd.DataFrame, of_sample: NDArray[np.int64], units: int, used: NDArray[np.bool_]
) -> tuple[dict[str, int], ...]:
    """Count the samples of each unit that take part, by label; equal counts are one object."""
    import pandas as pd

    codes, known = pd.factorize(table["label"].fillna(""))
    labels = [str(label) for label in known]
    none: dict[str, int] = {}
    single = [{label: 1} for label in labels]
    counts = [none] * units
    alone = np.bincount(of_sample[used], minlength=units) == 1
    for start in range(0, len(table), _ROWS_AT_ONCE):
        rows = start + np.flatnonzero(used[start : start + _ROWS_AT_ONCE])
        for unit, code in zip(of_sample[rows].tolist(), codes[rows].tolist(), strict=True):
            if alone[unit]:
                counts[unit] = single[code]
            else:
                own = counts[unit] = counts[unit] or {}
                own[labels[code]] = own.get(labels[code], 0) + 1
    return tuple(counts)


def _rank(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed}:{key}".encode("utf-8", "surrogateescape")).digest()
