"""Pairs of pictures whose hashes are near, mirrored or not: those whose pixels are worth a look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from catsclean.duplicates.distinct import distinct, members_of
from catsclean.duplicates.neighbours import find_between, find_neighbours, measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catsclean.duplicates.hashing import Hashes
    from catsclean.duplicates.neighbours import Neighbours
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


def find_candidates(
    hashes: Hashes, radii: Radii, known: Neighbours | None = None
) -> tuple[Candidates, Neighbours]:
    """Finds the pairs of pictures whose hashes are near.

    Args:
        hashes: Of N pictures, flat ones left out.
        radii: Largest distances.
        known: Neighbours of an earlier search; they change the time that it takes, and nothing
            else.

    Returns:
        The candidates, and the neighbours to remember.  Of pictures with equal hashes each is a
        candidate with the first of them, and only the first with others.  Where hashes crowd,
        forests and nearest ones stand for all candidates.
    """
    different = distinct(hashes)
    found = find_neighbours(different.hashes, radii, known)
    apart = measure(found.hashes, found.first, found.hashes, found.second, radii)
    copies = np.flatnonzero(different.first[different.which] != np.arange(len(different.which)))
    none = np.zeros(len(copies), dtype=np.uint16)
    ends = different.first[found.first[apart.near]], different.first[found.second[apart.near]]
    candidates = _sorted(
        np.concatenate([np.minimum(*ends), different.first[different.which[copies]]]),
        np.concatenate([np.maximum(*ends), copies]),
        np.concatenate([apart.coarse[apart.near], none]),
        np.concatenate([apart.fine[apart.near], none]),
        np.concatenate([apart.mirrored[apart.near], none.astype(np.bool_)]),
    )
    return _thin(candidates, len(hashes.phash64)), found


def find_candidates_between(new: Hashes, hashes: Hashes, radii: Radii) -> Candidates:
    """Finds the pairs of a new picture and another one whose hashes are near.

    Args:
        new: Of M pictures, flat ones left out.
        hashes: Of N pictures, flat ones left out.
        radii: Largest distances.

    Returns:
        The candidates: each new picture with the first of those that have equal hashes.  Where
        hashes crowd, nearest ones stand for all of them.
    """
    asking, answering = distinct(new), distinct(hashes)
    asks, answers, _ = find_between(asking.hashes, answering.hashes, radii)
    codes = np.unique(asks * np.intp(len(hashes.phash64) + 1) + answers)
    asks, answers = np.divmod(codes, np.intp(len(hashes.phash64) + 1))
    apart = measure(asking.hashes, asks, answering.hashes, answers, radii)
    first, origin = members_of(asking.which, asks)
    return _sorted(
        first,
        answering.first[answers[origin]],
        apart.coarse[origin],
        apart.fine[origin],
        apart.mirrored[origin],
    )


def _sorted(
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    coarse: NDArray[np.uint16],
    fine: NDArray[np.uint16],
    mirrored: NDArray[np.bool_],
) -> Candidates:
    order = np.lexsort((second, first))
    return Candidates(first[order], second[order], coarse[order], fine[order], mirrored[order])


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
