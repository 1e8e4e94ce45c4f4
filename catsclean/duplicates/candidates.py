"""Pairs of pictures whose hashes are near, mirrored or not: those whose pixels are worth a look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from catsclean.duplicates.found import hamming
from catsclean.duplicates.search import Level, pairs_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catsclean.duplicates.hashing import Hashes
    from catsclean.duplicates.verification import Radii

# Nearest candidates that each picture keeps where they are too many to look at them all.
_NEAREST: Final = 4
_MANY_PER_PICTURE: Final = 8
_MANY_AT_LEAST: Final = 2_000


class Candidates(NamedTuple):
    """Pairs to be verified, each once, sorted.

    Attributes:
        first: (P,) positions.  Among themselves ``first < second``; against others, of the new.
        second: (P,) positions.
        distance64: (P,) distance of the 64-bit hashes, of the mirror where mirrored.
        distance256: (P,) the same of the 256-bit hashes.
        mirrored: (P,) the hashes are near to those of the mirrored picture only.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    distance64: NDArray[np.uint16]
    distance256: NDArray[np.uint16]
    mirrored: NDArray[np.bool_]


def find_candidates(hashes: Hashes, radii: Radii, new: Hashes | None = None) -> Candidates:
    """Finds the pairs whose hashes are near.

    Args:
        hashes: Of N pictures, flat ones left out.
        radii: Largest distances.
        new: Of M pictures to be sought among the N; None: the N among themselves.

    Returns:
        The candidates.  Where hashes crowd, forests and nearest ones stand for all of them.
    """
    asking = hashes if new is None else new
    plain = pairs_within(
        hashes.phash64,
        radii.coarse,
        queries=None if new is None else new.phash64,
        confirm=Level(hashes.phash256, radii.fine, None if new is None else new.phash256),
    )
    mirror = pairs_within(
        hashes.phash64,
        radii.coarse,
        queries=asking.mirror64,
        confirm=Level(hashes.phash256, radii.fine, asking.mirror256),
    )
    parts = []
    for pairs, fine in ((plain, asking.phash256), (mirror, asking.mirror256)):
        both = np.concatenate([hashes.phash256, fine]).T
        apart = hamming(both, pairs.first + len(hashes.phash64), pairs.second)
        parts.append((pairs.first, pairs.second, pairs.distance, apart))
    first, second, coarse, fine_distance = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    mirrored = np.arange(len(first)) >= len(plain.first)
    if new is None:
        first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((fine_distance, mirrored, second, first))
    keep = np.ones(len(order), dtype=np.bool_)
    a, b = first[order], second[order]
    keep[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    if new is None:
        keep &= a != b
    order = order[keep]
    found = Candidates(
        first[order], second[order], coarse[order], fine_distance[order], mirrored[order]
    )
    return _thin(found, len(hashes.phash64)) if new is None else found


def _thin(found: Candidates, count: int) -> Candidates:
    """Leaves out far candidates of crowds: of the rest, every picture keeps its nearest."""
    if len(found.first) <= _MANY_PER_PICTURE * count + _MANY_AT_LEAST:
        return found
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    chosen = np.zeros(len(found.first), dtype=np.bool_)
    for end in (found.first, found.second):
        order = np.lexsort((found.distance256, end))
        ends = end[order]
        starts = np.searchsorted(ends, ends)
        chosen[order[np.arange(len(ends)) - starts < _NEAREST]] = True
    # a tree of ranks: among equal distances the earlier pair, whatever the library prefers
    ranks = np.empty(len(chosen))
    ranks[np.lexsort((np.arange(len(chosen)), found.distance256))] = np.arange(len(chosen)) + 1.0
    graph = coo_array((ranks, (found.first, found.second)), shape=(count, count)).tocsr()
    tree = minimum_spanning_tree(graph)
    chosen |= np.isin(ranks, tree.data)
    return Candidates(
        found.first[chosen],
        found.second[chosen],
        found.distance64[chosen],
        found.distance256[chosen],
        found.mirrored[chosen],
    )
