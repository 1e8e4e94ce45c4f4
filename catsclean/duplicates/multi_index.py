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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates.pair_collector import Found

# Nanoseconds of one core, measured (benchmarks/duplicate_search.py).  They only choose between
# methods with the same result, so other machines lose at most a little time.
BRUTE_NS_PER_PAIR: Final = 1.4
_SORT_NS_SHORT_KEY: Final = 60.0
_SORT_NS_LONG_KEY: Final = 150.0
_SHIFT_NS_PER_PAIR: Final = 2.6
_TABLE_NS: Final = 150_000.0  # the function calls themselves

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


class TooCrowdedError(Exception):
    """The buckets are so uneven that comparing all with all is cheaper."""


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
        sort = _SORT_NS_SHORT_KEY if bits <= _SHORT_KEY_BITS else _SORT_NS_LONG_KEY
        shifts = count / 2**bits / 2 + 1
        cost = tables * (_TABLE_NS + count * (sort + _SHIFT_NS_PER_PAIR * shifts))
        best = min(best, (cost, agreeing))
    return best


def search(
    values: NDArray[np.uint64],
    radius: int,
    agreeing: int,
    found: Found,
    first_step: int = 0,
) -> Iterator[None]:
    """Find all pairs within the radius, table by table.

    Args:
        values: (n,) hashes.
        radius: Largest distance.
        agreeing: Number of the ``radius + agreeing`` blocks in which a table's hashes agree.
        found: Collects the pairs, as positions in ``values``; its finished tables are skipped.
        first_step: Number of the first table.

    Yields:
        After each table.

    Raises:
        TooCrowdedError: It needs far more distances than comparing all pairs; ``found`` then
            holds a part of the result.
    """
    most_work = 2 * len(values) ** 2 + 1_000_000  # four times all pairs
    for step, table in enumerate(_tables(radius, agreeing), first_step):
        if step < found.steps:
            continue
        if step == first_step:
            found.work = 0
        key = _key(values, table)
        order = _argsort(key, table.bits)
        key = key[order]
        found.work += _search_table(key, values, order, radius, table, found)
        if found.work > most_work:
            raise TooCrowdedError
        found.steps = step + 1
        yield


def count_tables(radius: int, agreeing: int) -> int:
    """Return the number of tables of a search."""
    return math.comb(radius + agreeing, agreeing)


def may_crowd(values: NDArray[np.uint64], radius: int, agreeing: int) -> bool:
    """Return whether :func:`search` would meet a dense crowd, at a small part of its cost."""
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
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    return starts, np.diff(np.append(starts, len(key)))


def _tables(radius: int, agreeing: int) -> Iterator[_Table]:
    blocks = radius + agreeing
    edges = [round(64 * block / blocks) for block in range(blocks + 1)]
    masks = [(1 << high) - (1 << low) for low, high in itertools.pairwise(edges)]
    for chosen in itertools.combinations(range(blocks), agreeing):
        pieces, bits = [], 0
        for block in chosen:
            pieces.append((masks[block], edges[block] - bits))
            bits += edges[block + 1] - edges[block]
        earlier = [masks[block] for block in range(chosen[-1]) if block not in chosen]
        yield _Table(tuple(pieces), bits, sum(masks[block] for block in chosen), tuple(earlier))


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


def _search_table(
    key: NDArray[np.uint64],
    values: NDArray[np.uint64],
    order: NDArray[np.intp],
    radius: int,
    table: _Table,
    found: Found,
) -> int:
    """Compare within the buckets of one sorted table; return the number of distances."""
    starts, sizes = _buckets(key)
    crowded = sizes > _crowded_above(len(key), table)
    work = 0
    for at in np.flatnonzero(crowded):
        ids = order[starts[at] : starts[at] + sizes[at]]
        crowded[at] = _is_dense(values[ids], radius)
        if crowded[at]:
            work += found.crowd(ids, values[ids], radius)
    if crowded.any():
        order = order[np.repeat(~crowded, sizes)]
        sizes = sizes[~crowded]
    sorted_values = values[order]

    def report(here: NDArray[np.intp], shift: int) -> None:
        differs = sorted_values[here] ^ sorted_values[here + shift]
        mine = (differs & np.uint64(table.mask)) == 0
        for mask in table.earlier:
            mine &= (differs & np.uint64(mask)) != 0
        here = here[mine]
        if len(here):
            found.add(order[here], order[here + shift])

    return work + _compare_shifted(sorted_values, sizes, radius, report)


def _compare_shifted(
    values: NDArray[np.uint64],
    sizes: NDArray[np.intp],
    radius: int,
    report: Callable[[NDArray[np.intp], int], None],
) -> int:
    """Compare every hash with those after it in its bucket, and with a few of other buckets.

    While many buckets are longer than the shift, whole stretches are compared, across buckets as
    well; later, only the positions whose bucket is long enough.
    """
    if not len(sizes):
        return 0
    count = len(values)
    longest = int(sizes.max())
    lengths = np.bincount(sizes)
    # positions[shift]: the number of hashes with a partner that many places after them
    positions = np.cumsum(np.cumsum(lengths[::-1]))[::-1][1:]
    exclusive = np.empty(min(count, _STRETCH), dtype=np.uint64)
    distance = np.empty(len(exclusive), dtype=np.uint8)
    work = 0
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
        work += count
        shift += 1
    if shift < longest:
        behind = np.repeat(np.cumsum(sizes), sizes) - np.arange(count) - 1
        here = np.flatnonzero(behind >= shift)
        while len(here):
            near = np.bitwise_count(values[here] ^ values[here + shift]) <= radius
            if near.any():
                report(here[near], shift)
            work += len(here)
            shift += 1
            here = here[behind[here] >= shift]
    return work
