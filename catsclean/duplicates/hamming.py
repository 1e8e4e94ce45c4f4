"""Exact pairs of hashes within a Hamming radius.

There are three methods with the same result, chosen by their cost: comparing all with all in
blocks that fit the cache (:mod:`.all_with_all`, about 1 ns a pair); block tables
(:mod:`.multi_index`); and, for hashes of several words, tables over each of the words (hashes
within r in all W words are within r / W in at least one).  No method is approximate;
docs/duplicates.md has the measurements.  Each consists of steps (:mod:`.search_steps`), which other
processes can do (:mod:`.search_elsewhere`); the result does not depend on who does them.

Memory grows only with the number of hashes.  If hashes are so crowded that their pairs would exceed
that, a spanning forest of real pairs represents them, and :attr:`Pairs.complete` is False.  The
connected components are always those of all pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates import multi_index
from catsclean.duplicates.all_with_all import NS_PER_PAIR, AllWithAll
from catsclean.duplicates.distinct import collapse, members_of
from catsclean.duplicates.multi_index import BlockTables
from catsclean.duplicates.pair_collector import Found, Near, Words, within
from catsclean.duplicates.saved_search import SavedSearch
from catsclean.duplicates.search_elsewhere import Elsewhere, run_steps
from catsclean.duplicates.search_steps import TooCrowdedError


class Level(NamedTuple):
    """A second condition: further hashes of the same pictures, and how far apart they may be.

    Attributes:
        hashes: (N,) or (N, W) uint64.
        near: Their largest Hamming distance, or a function that decides whether a pair is near; it
            must be symmetric.
        queries: (M,) or (M, W) uint64, if queries are searched for among hashes.
    """

    hashes: NDArray[np.uint64]
    near: int | Near
    queries: NDArray[np.uint64] | None = None


class Pairs(NamedTuple):
    """Pairs within the radius, each once, sorted.

    Attributes:
        first: (P,) positions in ``hashes``; with queries, positions in ``queries``.
        second: (P,) positions in ``hashes``; larger than ``first`` if there are no queries.
        distance: (P,) uint16, Hamming distances of ``hashes``.
        complete: Every pair is listed.  Otherwise crowds are represented as the module describes.
            Rows that are equal in every word count as one: each of them is listed with the first
            of them, and only the first with others.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    distance: NDArray[np.uint16]
    complete: bool


def pairs_within(
    hashes: NDArray[np.uint64],
    radius: int,
    *,
    queries: NDArray[np.uint64] | None = None,
    confirm: Level | None = None,
    saved: SavedSearch | None = None,
    elsewhere: Elsewhere | None = None,
) -> Pairs:
    """Find the pairs of hashes that differ in at most ``radius`` bits.

    Args:
        hashes: (N,) or (N, W) uint64.
        radius: Largest Hamming distance, 0 or more.
        queries: Hashes of the same width to search for among ``hashes``: only pairs of a query
            and a hash are returned, so that 100 new ones cost 100 * N and not N * N.
        confirm: Further hashes that must be near as well.  They are checked before a pair is
            stored, so the result is complete with respect to both.
        saved: Saves how far the search is; it goes on from there.
        elsewhere: Does a long search in other processes; None: in this one.

    Returns:
        The pairs.

    Raises:
        ValueError: The arrays do not fit together, or the radius is negative.
    """
    words = _Columns(hashes, queries, "hashes")
    further = None
    if confirm is not None:
        further = _Columns(confirm.hashes, confirm.queries, "confirm.hashes")
        if further.rows != words.rows:
            msg = (
                "confirm must hold one hash for each of the hashes and queries; "
                f"received {further.rows} for {words.rows}"
            )
            raise ValueError(msg)
    if radius < 0:
        msg = f"radius must be 0 or more; received {radius}"
        raise ValueError(msg)
    is_query = None
    if queries is not None:
        is_query = np.arange(words.rows) >= len(hashes)

    unique, copies = collapse(words if further is None else words.and_those_of(further), is_query)
    levels: list[tuple[Words, Near]] = []
    if further is not None and confirm is not None:
        near = within(confirm.near) if isinstance(confirm.near, int) else confirm.near
        levels.append((partial(_words_of, further, unique), near))
    sides = None if is_query is None else is_query[unique]
    found = _search(words.take(unique), radius, levels, sides, saved, elsewhere)
    first, second, distance = found.pairs()
    if queries is None:
        first, second = unique[first], unique[second]
        swap = first > second
        first, second = np.where(swap, second, first), np.where(swap, first, second)
        again = np.flatnonzero(unique[copies] != np.arange(len(copies)))
        first = np.concatenate([first, unique[copies[again]]])
        second = np.concatenate([second, again])
        distance = np.concatenate([distance, np.zeros(len(again), np.uint16)])
    else:
        swap = unique[first] < len(hashes)
        asks, answers = np.where(swap, second, first), np.where(swap, first, second)
        # a query has all pairs of the query that it equals; of equal hashes only the first counts
        first, origin = members_of(copies[len(hashes) :], asks)
        second, distance = unique[answers[origin]], distance[origin]
    order = np.lexsort((second, first))
    return Pairs(first[order], second[order], distance[order], found.complete)


def may_crowd(
    hashes: NDArray[np.uint64],
    radius: int,
    queries: NDArray[np.uint64] | None = None,
) -> bool:
    """Return, without searching, whether crowds may make :func:`pairs_within` leave out pairs.

    Args:
        hashes: (N,) uint64, different from one another in this or in a further hash.
        radius: Largest Hamming distance.
        queries: (M,) uint64, different from one another as well.

    Returns:
        False: it would be complete, unless there are too many pairs to store.
    """
    columns = _Columns(hashes, queries, "hashes")
    asked = None if queries is None else len(hashes)
    words = np.stack(columns)
    agreeing = _agreeing_blocks(AllWithAll(columns.rows, radius, asked), len(words))
    part = radius // len(words)
    return bool(agreeing) and any(multi_index.may_crowd(word, part, agreeing) for word in words)


class _Columns(Sequence[NDArray[np.uint64]]):
    """The words of hashes, each followed by that of the queries; each is made as it is used.

    With many hashes, memory has no room for one more copy of all words: only those that are
    searched are copied in the order of the search.

    Attributes:
        rows: Number of hashes and queries together.
    """

    def __init__(
        self, hashes: NDArray[np.uint64], queries: NDArray[np.uint64] | None, name: str
    ) -> None:
        """Check that they fit together; `name` is that of the argument for the hashes."""
        for array in (hashes, queries):
            if array is not None and (array.dtype != np.uint64 or array.ndim not in (1, 2)):
                msg = (
                    f"{name} must be uint64 of shape (N,) or (N, words); "
                    f"received {array.dtype} of shape {array.shape}"
                )
                raise ValueError(msg)
        parts = [a[:, None] if a.ndim == 1 else a for a in (hashes, queries) if a is not None]
        if len({part.shape[1] for part in parts}) != 1:
            msg = f"{name} and their queries must have equally many words"
            raise ValueError(msg)
        self.rows = sum(map(len, parts))
        self._words = [[part[:, at] for part in parts] for at in range(parts[0].shape[1])]

    def and_those_of(self, other: _Columns) -> _Columns:
        """Return the words of both."""
        both = copy(self)
        both._words = self._words + other._words  # noqa: SLF001 - of the same class
        return both

    def take(self, rows: NDArray[np.intp]) -> NDArray[np.uint64]:
        """Return (W, rows) words of some rows."""
        taken = np.empty((len(self), len(rows)), np.uint64)
        for at, word in enumerate(self):
            np.take(word, rows, out=taken[at])
        return taken

    def of_few(self, rows: NDArray[np.intp]) -> NDArray[np.uint64]:
        """Return (W, rows) words of some rows; of few, faster than :meth:`take`."""
        taken = np.empty((len(self), len(rows)), np.uint64)
        start = 0
        for parts in zip(*self._words, strict=True):  # the hashes, then the queries
            here = np.flatnonzero((rows >= start) & (rows < start + len(parts[0])))
            taken[:, here] = [part[rows[here] - start] for part in parts]
            start += len(parts[0])
        return taken

    def __len__(self) -> int:
        return len(self._words)

    @overload
    def __getitem__(self, at: int) -> NDArray[np.uint64]: ...
    @overload
    def __getitem__(self, at: slice) -> list[NDArray[np.uint64]]: ...
    def __getitem__(self, at: int | slice) -> NDArray[np.uint64] | list[NDArray[np.uint64]]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        return np.concatenate(self._words[at])


def _words_of(
    columns: _Columns, rows: NDArray[np.intp], at: NDArray[np.intp]
) -> NDArray[np.uint64]:
    return columns.of_few(rows[at])


def _search(
    words: NDArray[np.uint64],
    radius: int,
    confirm: list[tuple[Words, Near]],
    is_query: NDArray[np.bool_] | None,
    saved: SavedSearch | None,
    elsewhere: Elsewhere | None,
) -> Found:
    width, count = words.shape
    # distinct hashes come before distinct queries
    asked = None if is_query is None else int(np.count_nonzero(~is_query))
    whole = AllWithAll(count, radius, asked)
    agreeing = _agreeing_blocks(whole, width)
    if agreeing:
        own: list[tuple[Words, Near]] = [(lambda at: words[:, at], within(radius))]
        found = Found(words, own * (width > 1) + confirm, is_query)
        try:
            steps = BlockTables.cut(count, radius // width, agreeing, width, asked)
            run_steps(steps, words, found, saved, elsewhere)
        except TooCrowdedError:
            saved = saved and saved.then("all")
        else:
            return found
    found = Found(words, confirm, is_query)
    run_steps(whole, words, found, saved, elsewhere)
    return found


def _agreeing_blocks(whole: AllWithAll, width: int) -> int:
    """Choose the method: 0 for all with all, else the number of blocks that must agree."""
    table_ns, agreeing = multi_index.cheapest(whole.size, whole.radius // width)
    return agreeing if table_ns < NS_PER_PAIR * whole.pairs else 0
