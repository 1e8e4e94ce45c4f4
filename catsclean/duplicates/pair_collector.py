"""Collect the pairs of a search, in memory that grows with the hashes and not with the pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catsclean.core.groups import components
from catsclean.duplicates.distinct import sorted_distinct
from catsclean.duplicates.forest import minimum_forest, spanning_forest

# Takes (P,) positions of hashes; returns their words (V, P).
Words = Callable[[NDArray[np.intp]], NDArray[np.uint64]]
# Takes (V, P) words of both ends of pairs; returns which pairs are near.
Near = Callable[[NDArray[np.uint64], NDArray[np.uint64]], NDArray[np.bool_]]

# Pairs stored for each hash before they are thinned to a forest: 64 pairs are 1 kB.
_PAIRS_PER_HASH: Final = 64
_PAIRS_AT_LEAST: Final = 1_000_000
# A block of comparisons finds only a few pairs; confirming each block costs mostly call overhead.
_CONFIRM_AT_ONCE: Final = 8192


class SearchState(NamedTuple):
    """How far a search is: enough to go on from there, with the same result.

    Attributes:
        steps: Number of its steps that are finished.
        work: Number of distances that they took.
        complete: As :attr:`Found.complete`.
        thinned: There were too many pairs to store.
        first: (P,) one end of the pairs so far.
        second: (P,) their other end.
        pending_first: (Q,) one end of the candidates that are not confirmed yet.
        pending_second: (Q,) their other end.
        labels: (n,) components of crowds; empty if there were none.
        answered: (n,) whether a query of a crowd has its nearest hash; empty without queries.
    """

    steps: int
    work: int
    complete: bool
    thinned: bool
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    pending_first: NDArray[np.intp]
    pending_second: NDArray[np.intp]
    labels: NDArray[np.int32]
    answered: NDArray[np.bool_]


class Found:
    """Collects pairs of one search.

    The result depends neither on the order in which pairs are added, nor on whether some are added
    twice; only crowds must come in the order of the steps.

    Attributes:
        steps: Number of finished steps; a search skips these.
        work: Number of distances that the finished steps took.
        complete: Every pair is listed.  If False, crowds are represented by spanning forests (or,
            between queries and hashes, by the nearest hash of each query): the connected
            components are those of all pairs.
    """

    def __init__(
        self,
        columns: NDArray[np.uint64],
        confirm: Sequence[tuple[Words, Near]],
        is_query: NDArray[np.bool_] | None,
    ) -> None:
        """Start without pairs.

        Args:
            columns: (W, n) words of the hashes.
            confirm: The words of hashes that must be near as well, and the test for near.
            is_query: (n,) whether each is a query, if queries are searched for among hashes.
        """
        self.complete = True
        self.steps = 0
        self.work = 0
        self._columns = columns
        self._confirm = confirm
        self._is_query = is_query
        self._pairs: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
        self._held = 0
        self._pending: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
        self._waiting = 0
        self._limit = _PAIRS_PER_HASH * columns.shape[1] + _PAIRS_AT_LEAST
        self._next_count = self._limit
        self._thinned = False
        self._labels: NDArray[np.int32] | None = None
        self._answered = np.zeros(columns.shape[1] if is_query is not None else 0, np.bool_)

    def confirmed(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which candidates are pairs by all conditions but the distance of the hashes."""
        good: NDArray[np.bool_] = first != second
        if self._is_query is not None:
            good = self._is_query[first] != self._is_query[second]
        for words, near in self._confirm:
            good[good] = near(words(first[good]), words(second[good]))
        return good

    def add(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> None:
        """Add candidates within the radius, in any order, each only once."""
        self._pending.append((first, second))
        self._waiting += len(first)
        if self._waiting >= _CONFIRM_AT_ONCE:
            self._confirm_pending()

    def crowd(self, ids: NDArray[np.intp], values: NDArray[np.uint64], radius: int) -> int:
        """Link the members of a crowded bucket; return the number of distances that this took."""
        self.complete = False
        if self._is_query is not None:
            return self._nearest_in_crowd(ids, values, radius)
        if self._labels is None:
            self._labels = np.arange(self._columns.shape[1], dtype=np.int32)
        if (self._labels[ids] == self._labels[ids[0]]).all():
            return len(ids)
        first, second, work = spanning_forest(ids, values, radius, self.confirmed)
        new = self._labels[first] != self._labels[second]
        if new.any():
            self._keep(first[new], second[new])
            self._join(first[new], second[new])
        return work

    def state(self) -> SearchState:
        """Return how far the search is."""
        labels = np.empty(0, np.int32) if self._labels is None else self._labels
        ends = (*_joined(self._pairs), *_joined(self._pending))
        so_far = self.steps, self.work, self.complete, self._thinned
        return SearchState(*so_far, *ends, labels, self._answered)

    def resume(self, state: SearchState) -> None:
        """Go on from where a search for the same pairs was."""
        self.steps, self.work, self.complete, self._thinned, *ends = state[:8]
        first, second, pending_first, pending_second = (end.astype(np.intp) for end in ends)
        self._pairs, self._held = [(first, second)], len(first)
        self._pending, self._waiting = [(pending_first, pending_second)], len(pending_first)
        self._labels = state.labels.astype(np.int32) if len(state.labels) else None
        self._answered = state.answered.copy()

    def pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]:
        """Return all pairs once, sorted: the smaller position, the larger one, the distance."""
        self._confirm_pending()
        if self._thinned or self._held > self._limit:
            self._thin()
        first, second = self._ends()
        return first, second, hamming(self._columns, first, second)

    def _confirm_pending(self) -> None:
        if not self._pending:
            return
        first, second = (np.concatenate(ends) for ends in zip(*self._pending, strict=True))
        self._pending, self._waiting = [], 0
        good = self.confirmed(first, second)
        if good.any():
            self._keep(first[good], second[good])

    def _ends(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        ends = _joined(self._pairs)
        low, high = np.minimum(*ends), np.maximum(*ends)
        codes = sorted_distinct(low * np.intp(self._columns.shape[1]) + high)
        low, high = np.divmod(codes, np.intp(max(self._columns.shape[1], 1)))
        self._pairs = [(low, high)]
        self._held = len(low)
        return low, high

    def _keep(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> None:
        self._pairs.append((first, second))
        self._held += len(first)
        if self._held > self._next_count:
            self._thin()
            self._next_count = max(self._limit, self._held + self._limit // 2)

    def _thin(self) -> None:
        """Replace the pairs by a forest, if there were ever more than can be stored.

        A forest of least weight is the same for all pairs and for those that earlier forests left,
        because no two pairs have the same weight.  So whenever pairs are thinned, and at the end
        once more, the result is that of all pairs together.
        """
        first, second = self._ends()
        if self._held <= self._limit and not self._thinned:
            return
        self.complete, self._thinned = False, True
        distance = hamming(self._columns, first, second)
        if self._is_query is not None:
            query = np.where(self._is_query[first], first, second)
            order = np.lexsort((first + second, distance, query))
            nearest = np.unique(query[order], return_index=True)[1]
            self._pairs = [(first[order][nearest], second[order][nearest])]
        else:
            order = np.argsort(distance, kind="stable")  # of equal distances, the first pair
            ranks = np.empty(len(order))
            ranks[order] = np.arange(len(order)) + 1.0  # SciPy would read 0 as no edge
            tree = minimum_forest(self._columns.shape[1], first, second, ranks)
            chosen = order[np.sort(tree.data).astype(np.intp) - 1]
            self._pairs = [(first[chosen], second[chosen])]
        self._held = len(self._pairs[0][0])

    def _join(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> None:
        """Merge the labels of both ends, so that later tables need not link them again."""
        labels = self._labels
        if labels is None:
            return
        used, ends = np.unique(np.concatenate([labels[first], labels[second]]), return_inverse=True)
        half = len(first)
        renamed = np.arange(len(labels), dtype=np.int32)
        # used labels are sorted: the smallest position of a component has its smallest label
        renamed[used] = used[components(len(used), ends[:half], ends[half:])]
        self._labels = renamed[labels]

    def _nearest_in_crowd(
        self, ids: NDArray[np.intp], values: NDArray[np.uint64], radius: int
    ) -> int:
        if self._is_query is None:
            return 0
        asks = self._is_query[ids]
        others, other_values = ids[~asks], values[~asks]
        work = 0
        asks &= ~self._answered[ids]
        for query, value in zip(ids[asks], values[asks], strict=True):
            distance = np.bitwise_count(other_values ^ value)
            work += len(distance)
            near = np.flatnonzero(distance <= radius)
            near = near[np.argsort(distance[near], kind="stable")]
            good = self.confirmed(np.broadcast_to(query, len(near)), others[near])
            if good.any():
                best = others[near[int(np.argmax(good))]]
                self._keep(np.array([query]), np.array([best]))
                self._answered[query] = True
        return work


def _joined(
    pairs: list[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    none = np.empty(0, dtype=np.intp)
    first, second = (np.concatenate([none, *(pair[end] for pair in pairs)]) for end in (0, 1))
    return first, second


def within(radius: int) -> Near:
    """Make a test whether pairs of hashes differ in at most `radius` bits."""

    def near(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.bool_]:
        distance = np.bitwise_count(first ^ second).sum(axis=0, dtype=np.uint16)
        is_near: NDArray[np.bool_] = distance <= radius
        return is_near

    return near


def hamming(
    columns: NDArray[np.uint64], first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.uint16]:
    """Count the bits in which the hashes at two lists of positions differ.

    Args:
        columns: (W, n) words of n hashes.
        first: (P,) positions.
        second: (P,) positions.

    Returns:
        (P,) distances.
    """
    total = np.zeros(len(first), dtype=np.uint16)
    for words in columns:
        total += np.bitwise_count(words[first] ^ words[second])
    return total
