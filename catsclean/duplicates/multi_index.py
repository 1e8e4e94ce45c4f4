"""Exact Hamming neighbours of 64-bit hashes through block tables.

Cut the 64 bits into ``radius + c`` blocks.  Two hashes that differ in at most ``radius`` bits
differ in at most ``radius`` blocks, so they agree in at least ``c``.  For every choice of ``c``
blocks, a table groups the hashes that agree in these; all hashes within the radius meet in at least
one of the tables.  The result is exact.

A table is just a sort: NumPy's radix sort needs 15 to 20 ns a hash for a key of at most 16 bits.
Then the sorted hashes are compared with themselves shifted by 1, 2, 3, ... places, at 0.5 to 1 ns a
pair, because the processor reads them in sequence.

A pair that meets in several tables is counted in the first of them.  If a bucket is far more
crowded than evenly spread hashes would make it, and its members are near one another, it is
represented by a spanning forest (:mod:`.forest`).  Bits of hashes are not evenly spread either: if
the members agree in the bucket's blocks but in little else, comparing them all takes a hundredth of
the time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates.search_steps import Report, StepResult

# Nanoseconds of one core, measured (benchmarks/duplicate_search.py).  They only choose between
# methods with the same result, so other machines lose at most a little time.
_SORT_NS_SHORT_KEY: Final = 60.0
_SORT_NS_LONG_KEY: Final = 150.0
_SHIFT_NS_PER_PAIR: Final = 2.6
_TABLE_NS: Final = 150_000.0  # the function calls themselves

# Hashes of a table that are sorted and compared together: they take 64 MB, and the hashes
# themselves 8 bytes each.
_ROWS_OF_A_PART: Final = 1 << 21
_MOST_TABLES: Final = 6000
_SHORT_KEY_BITS: Final = 16
_LONG_KEY_BITS: Final = 31
# Hashes compared in one call: 1 MB of XOR results, which stay in the second-level cache.
_STRETCH: Final = 1 << 17
# A bucket is crowded if it holds this many times its share of evenly spread hashes, and more than
# can be compared with one another in a moment.
_CROWDED: Final = 6
_MANY: Final = 512
# It is dense if each of so many sampled members has this share of all members within the radius.
_ASKED: Final = 32
_DENSE: Final = 1 / 16


@dataclass(frozen=True, slots=True)
class _Table:
    """One choice of blocks.

    Attributes:
        pieces: (mask, shift) of each stretch of the key: ``(value & mask) >> shift``.
        bits: Number of bits of the key.
        mask: All bits of the key, at their places in the hash.
        earlier: Masks of the block choices whose tables come earlier.
    """

    pieces: tuple[tuple[int, int], ...]
    bits: int
    mask: int
    earlier: tuple[int, ...]


def cheapest(count: int, radius: int) -> tuple[float, int]:
    """Estimate the block tables' cost for evenly spread hashes.

    Args:
        count: Number of hashes.
        radius: Largest distance.

    Returns:
        Nanoseconds, and the number of blocks in which hashes must agree.
    """
    best = (math.inf, 1)
    for agreeing in range(1, 65 - radius):
        tables = count_tables(radius, agreeing)
        bits = 64 * agreeing / (radius + agreeing)
        if tables > _MOST_TABLES or bits > _LONG_KEY_BITS:
            break
        best = min(best, (tables * _table_ns(count, bits), agreeing))
    return best


def _table_ns(count: int, bits: float) -> float:
    sort = _SORT_NS_SHORT_KEY if bits <= _SHORT_KEY_BITS else _SORT_NS_LONG_KEY
    shifts = count / 2**bits / 2 + 1
    return _TABLE_NS + count * (sort + _SHIFT_NS_PER_PAIR * shifts)


@dataclass(frozen=True, slots=True)
class BlockTables:
    """A search whose steps look at one table each, or at a range of its keys if it is large.

    The steps depend on the number of hashes alone, so that any process can go on with a search.

    Attributes:
        size: Number of hashes and queries together.
        radius: Largest distance, in each word.
        agreeing: Number of the ``radius + agreeing`` blocks in which a table's hashes agree.
        width: Number of words of a hash; each is searched for itself.
        asked: Number of hashes, which come before the queries; None: there are no queries.
        parts: Number of ranges that the keys of each table are cut into.
    """

    size: int
    radius: int
    agreeing: int
    width: int = 1
    asked: int | None = None
    parts: int = 1

    @classmethod
    def cut(
        cls, size: int, radius: int, agreeing: int, width: int = 1, asked: int | None = None
    ) -> BlockTables:
        """Return the search with as many parts as it needs to be done in little memory."""
        parts = max(1, -(-size // _ROWS_OF_A_PART))
        return cls(size, radius, agreeing, width, asked, parts)

    @property
    def count(self) -> int:
        """Number of steps."""
        return self.width * count_tables(self.radius, self.agreeing) * self.parts

    @property
    def seconds(self) -> float:
        """Time of one core for a step, estimated."""
        bits = 64 * self.agreeing / (self.radius + self.agreeing)
        return _table_ns(self.size, bits) / 1e9 / self.parts

    @property
    def most_work(self) -> float:
        """Four times all pairs."""
        return self.width * (2 * self.size**2 + 1_000_000)

    @property
    def most_members(self) -> int:
        """The most members that the crowds of a step usually have."""
        return -(-self.size // self.parts)

    def column(self, number: int) -> int:
        """Return which word of the hashes a step looks at."""
        return number // (count_tables(self.radius, self.agreeing) * self.parts)

    def run(self, words: NDArray[np.uint64], number: int, report: Report) -> StepResult:
        """Look for pairs in the buckets of one table; see :class:`~.search_steps.Steps`."""
        values = words[self.column(number)]
        tables = _tables(self.radius, self.agreeing)
        table = tables[number // self.parts % len(tables)]
        order, sizes = self._sorted(values, table, number % self.parts)
        crowds, order, sizes = self._take_out_crowds(values, table, order, sizes)
        sorted_values = values[order]

        def own(here: NDArray[np.intp], shift: int) -> None:
            differs = sorted_values[here] ^ sorted_values[here + shift]
            mine = (differs & np.uint64(table.mask)) == 0
            for mask in table.earlier:
                mine &= (differs & np.uint64(mask)) != 0
            first, second = order[here[mine]], order[here[mine] + shift]
            if self.asked is not None:
                between = (first < self.asked) != (second < self.asked)
                first, second = first[between], second[between]
            if len(first):
                report(first, second)

        _compare_shifted(sorted_values, sizes, self.radius, own)
        # counted by the buckets, so that it does not depend on how tables are cut
        pairs = int((sizes * (sizes - 1) // 2).sum())
        return StepResult(tuple(crowds), len(order) + pairs)

    def _sorted(
        self, values: NDArray[np.uint64], table: _Table, part: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Sort the hashes of a range of keys; return their positions, and the buckets' sizes."""
        key = _key(values, table)
        if self.parts == 1:
            order = _argsort(key, table.bits)
            return order, _buckets(key[order])[1]
        low, high = ((part + end << table.bits) // self.parts for end in (0, 1))
        rows = np.flatnonzero((key >= np.uint64(low)) & (key <= np.uint64(high - 1)))
        key = key[rows]
        order = _argsort(key, table.bits)
        return rows[order], _buckets(key[order])[1]

    def _take_out_crowds(
        self,
        values: NDArray[np.uint64],
        table: _Table,
        order: NDArray[np.intp],
        sizes: NDArray[np.intp],
    ) -> tuple[list[NDArray[np.intp]], NDArray[np.intp], NDArray[np.intp]]:
        """Return the crowds of a sorted table, and the rest of it."""
        crowds = []
        # what counts as crowded follows from the whole, not from this range of keys
        crowded = sizes > _crowded_above(self.size, table)
        starts = np.cumsum(sizes) - sizes
        for at in np.flatnonzero(crowded):
            ids = order[starts[at] : starts[at] + sizes[at]]
            crowded[at] = _is_dense(values[ids], self.radius)
            if crowded[at]:
                crowds.append(ids)
        if crowds:
            order = order[np.repeat(~crowded, sizes)]
            sizes = sizes[~crowded]
        return crowds, order, sizes


def count_tables(radius: int, agreeing: int) -> int:
    """Return the number of tables of a search."""
    return math.comb(radius + agreeing, agreeing)


def may_crowd(values: NDArray[np.uint64], radius: int, agreeing: int) -> bool:
    """Return whether a search would meet a dense crowd, at a small part of its cost."""
    for table in _tables(radius, agreeing):
        key = _key(values, table)
        if table.bits <= _SHORT_KEY_BITS:
            largest = np.bincount(key.astype(np.intp)).max(initial=0)
        else:
            largest = np.unique(key, return_counts=True)[1].max(initial=0)
        if largest <= _crowded_above(len(values), table):
            continue
        order = _argsort(key, table.bits)
        starts, sizes = _buckets(key[order])
        for at in np.flatnonzero(sizes > _crowded_above(len(values), table)):
            if _is_dense(values[order[starts[at] : starts[at] + sizes[at]]], radius):
                return True
    return False


def _crowded_above(count: int, table: _Table) -> float:
    """The largest size of a bucket that is not crowded."""
    return max(_MANY, 64 + _CROWDED * count / 2.0**table.bits)


def _is_dense(values: NDArray[np.uint64], radius: int) -> bool:
    """Return whether the members of a bucket are near one another, regardless of their order."""
    ordered = np.sort(values)
    asked = ordered[:: max(1, len(ordered) // _ASKED)]
    near = sum(int(np.count_nonzero(np.bitwise_count(ordered ^ one) <= radius)) for one in asked)
    return near > _DENSE * len(asked) * len(ordered)


def _buckets(key: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where each bucket of a sorted key begins, and its size."""
    if not len(key):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    return starts, np.diff(np.append(starts, len(key)))


@lru_cache(4)
def _tables(radius: int, agreeing: int) -> tuple[_Table, ...]:
    tables = []
    blocks = radius + agreeing
    edges = [round(64 * block / blocks) for block in range(blocks + 1)]
    masks = [(1 << high) - (1 << low) for low, high in itertools.pairwise(edges)]
    for chosen in itertools.combinations(range(blocks), agreeing):
        pieces, bits = [], 0
        for block in chosen:
            pieces.append((masks[block], edges[block] - bits))
            bits += edges[block + 1] - edges[block]
        earlier = [masks[block] for block in range(chosen[-1]) if block not in chosen]
        mask = sum(masks[block] for block in chosen)
        tables.append(_Table(tuple(pieces), bits, mask, tuple(earlier)))
    return tuple(tables)


def _key(values: NDArray[np.uint64], table: _Table) -> NDArray[np.uint64]:
    key = np.zeros_like(values)
    for mask, shift in table.pieces:
        key |= (values & np.uint64(mask)) >> np.uint64(shift)
    return key


def _argsort(key: NDArray[np.uint64], bits: int) -> NDArray[np.intp]:
    if bits <= _SHORT_KEY_BITS:
        return np.argsort(key.astype(np.uint16), kind="stable")
    if bits > _LONG_KEY_BITS:
        return np.argsort(key, kind="stable")
    packed = (key << np.uint64(32)) | np.arange(len(key), dtype=np.uint64)
    packed.sort()
    return (packed & np.uint64(0xFFFF_FFFF)).astype(np.intp)


def _compare_shifted(
    values: NDArray[np.uint64],
    sizes: NDArray[np.intp],
    radius: int,
    report: Callable[[NDArray[np.intp], int], None],
) -> None:
    """Compare every hash with those after it in its bucket, and with a few of other buckets.

    While many buckets are longer than the shift, whole stretches are compared, across buckets as
    well; later, only the positions whose bucket is long enough.
    """
    if not len(sizes):
        return
    count = len(values)
    longest = int(sizes.max())
    lengths = np.bincount(sizes)
    # positions[shift]: the number of hashes with a partner that many places after them
    positions = np.cumsum(np.cumsum(lengths[::-1]))[::-1][1:]
    exclusive = np.empty(min(count, _STRETCH), dtype=np.uint64)
    distance = np.empty(len(exclusive), dtype=np.uint8)
    shift = 1
    here: NDArray[np.intp]
    while shift < longest and positions[shift] > count // 6:
        for start in range(0, count - shift, _STRETCH):
            stop = min(start + _STRETCH, count - shift)
            view = slice(0, stop - start)
            np.bitwise_xor(
                values[start:stop], values[start + shift : stop + shift], out=exclusive[view]
            )
            near = np.bitwise_count(exclusive[view], out=distance[view]) <= radius
            if near.any():
                report(start + np.flatnonzero(near), shift)
        shift += 1
    if shift < longest:
        behind = np.repeat(np.cumsum(sizes), sizes) - np.arange(count) - 1
        here = np.flatnonzero(behind >= shift)
        while len(here):
            near = np.bitwise_count(values[here] ^ values[here + shift]) <= radius
            if near.any():
                report(here[near], shift)
            shift += 1
            here = here[behind[here] >= shift]
