"""Pairs of pictures whose hashes are near in some pose, so that their pixels must be compared."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates import poses
from catsclean.duplicates.distinct import Distinct, distinct, members_of, sorted_distinct
from catsclean.duplicates.forest import minimum_forest
from catsclean.duplicates.neighbours import (
    Neighbours,
    find_between,
    find_neighbours,
    measure,
    measure_turned,
)
from catsclean.duplicates.poses import Distances
from catsclean.duplicates.saved_search import SavedSearches
from catsclean.duplicates.search_elsewhere import Elsewhere
from catsclean.duplicates.verification import Radii
from catsclean.images.hashing import Hashes

# Of so few pictures with equal hashes, each is compared with the neighbours of the first.
_FEW_EQUAL: Final = 8
# How many nearest candidates each picture keeps if there are too many to compare them all.
_NEAREST: Final = 4
_MANY_PER_PICTURE: Final = 8
_MANY_AT_LEAST: Final = 2_000


class Candidates(NamedTuple):
    """Pairs to verify, sorted; a pair is listed twice if it is near both upright and turned.

    Attributes:
        first: (P,) positions.  Within one set ``first < second``; between two sets, of the new one.
        second: (P,) positions.
        distance64: (P,) distance of the 64-bit hashes, in that pose.
        distance256: (P,) distance of the 256-bit hashes, in that pose.
        pose: (P,) pose of the second picture that is near the first (:mod:`.poses`): upright (as it
            is, or else mirrored), or the nearest of the turned ones.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    distance64: NDArray[np.uint16]
    distance256: NDArray[np.uint16]
    pose: NDArray[np.uint8]


def find_candidates(
    hashes: Hashes,
    radii: Radii,
    known: Neighbours | None = None,
    saved: SavedSearches | None = None,
    elsewhere: Elsewhere | None = None,
) -> tuple[Candidates, Neighbours]:
    """Find the pairs of pictures whose hashes are near.

    Args:
        hashes: Hashes of N pictures, without flat ones.
        radii: Largest distances.
        known: Neighbours of an earlier search; they only save time.
        saved: Saves how far the search is.
        elsewhere: Does a long search in other processes.

    Returns:
        The candidates, and the neighbours to remember.  Of pictures with equal hashes, each is a
        candidate with the first of them; if they are few, with all of them, and with the neighbours
        of the first.  In crowds of near hashes, forests and nearest neighbours represent all
        candidates.
    """
    count = len(hashes.phash64)
    different = distinct(hashes)
    del hashes  # with many pictures, memory has room only for the different hashes
    found = find_neighbours(different.hashes, radii, known, saved, elsewhere)
    rows = (found.hashes, found.first, found.hashes, found.second, radii)
    few = _few_equal(different)
    equal = _equal(different, few)
    # Measure each pair of neighbours twice: upright (as it is or mirrored) and in the nearest
    # turned pose.  A pair that is near both ways becomes two candidates, because only the pixels
    # show which pose is right.
    upright, turned = (
        _sorted(
            _of_pictures(different.first, found, apart), _of_equal(different, few, found, apart)
        )
        for apart in (measure(*rows), measure_turned(*rows))
    )
    return _sorted(_thin(_sorted(upright, equal), count), _thin(turned, count)), found


def find_near(hashes: Hashes, radii: Radii, elsewhere: Elsewhere | None = None) -> Candidates:
    """Find all pairs within some radii; of equal hashes, each is paired only with the first.

    Args:
        hashes: Hashes of N pictures.
        radii: Largest distances.
        elsewhere: Does a long search in other processes.
    """
    different = distinct(hashes)
    found = find_neighbours(different.hashes, radii, elsewhere=elsewhere)
    apart = measure(found.hashes, found.first, found.hashes, found.second, radii)
    return _sorted(_of_pictures(different.first, found, apart))


def merge(one: Candidates, other: Candidates) -> Candidates:
    """Merge candidates; keep each combination of pair and pose once."""
    both = _sorted(one, other)
    columns = np.stack([both.first, both.second, both.pose.astype(np.intp)])
    new = np.ones(len(both.first), dtype=np.bool_)
    new[1:] = (columns[:, 1:] != columns[:, :-1]).any(axis=0)
    return choose(both, new)


def find_candidates_between(
    new: Hashes, hashes: Hashes, radii: Radii, elsewhere: Elsewhere | None = None
) -> Candidates:
    """Find the pairs of a new and an old picture whose hashes are near.

    Args:
        new: Hashes of M pictures, without flat ones.
        hashes: Hashes of N old pictures, without flat ones.
        radii: Largest distances.
        elsewhere: Does a long search in other processes.

    Returns:
        The candidates: each new picture with the first old one of each hash.  In crowds of near
        hashes, nearest neighbours represent all of them.
    """
    asking, answering = distinct(new), distinct(hashes)
    asks, answers, _ = find_between(asking.hashes, answering.hashes, radii, elsewhere=elsewhere)
    # a pair may be found several times: encode each as one number, to sort and drop repetitions
    codes = sorted_distinct(asks * np.intp(len(hashes.phash64) + 1) + answers)
    asks, answers = np.divmod(codes, np.intp(len(hashes.phash64) + 1))
    rows = (asking.hashes, asks, answering.hashes, answers, radii)
    # from here on every new picture counts, also those with equal hashes; `origin` is its pair
    first, origin = members_of(asking.which, asks)
    parts = []
    for apart in (measure(*rows), measure_turned(*rows)):
        near = apart.near[origin]
        at = origin[near]
        parts.append(
            Candidates(
                first[near],
                answering.first[answers[at]],
                apart.coarse[at],
                apart.fine[at],
                apart.pose[at],
            )
        )
    return _sorted(*parts)


def _of_pictures(picture: NDArray[np.intp], found: Neighbours, apart: Distances) -> Candidates:
    """Convert near pairs of hashes into pairs of pictures, the first picture of each hash."""
    near = np.flatnonzero(apart.near)
    return _pairs(picture[found.first[near]], picture[found.second[near]], apart, near)


class _FewEqual(NamedTuple):
    """The pictures that have equal hashes, where these are few.

    Attributes:
        pictures: (M,) their positions, hash by hash.
        hashes: (M,) the hash of each, ascending.
        number: (K,) for each hash the number of its pictures; 0 if there is one, or many.
    """

    pictures: NDArray[np.intp]
    hashes: NDArray[np.intp]
    number: NDArray[np.intp]


def _few_equal(different: Distinct) -> _FewEqual:
    number = np.bincount(different.which, minlength=len(different.first))
    number[(number < 2) | (number > _FEW_EQUAL)] = 0
    pictures = np.flatnonzero(number[different.which])
    pictures = pictures[np.argsort(different.which[pictures], kind="stable")]
    return _FewEqual(pictures, different.which[pictures], number)


def _equal(different: Distinct, few: _FewEqual) -> Candidates:
    """Pair the pictures with equal hashes, which were left out of the search.

    Each one is paired with the first of them, and if they are few with all others: which of them
    stays must not depend on which comes first.
    """
    copies = np.flatnonzero(different.first[different.which] != np.arange(len(different.which)))
    copies = copies[few.number[different.which[copies]] == 0]
    pairs = [(different.first[different.which[copies]], copies)]
    for apart in range(1, _FEW_EQUAL):
        together = few.hashes[apart:] == few.hashes[:-apart]
        pairs.append((few.pictures[:-apart][together], few.pictures[apart:][together]))
    first, second = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    none = np.zeros(len(first), dtype=np.uint16)
    # at distance 0, and as they are
    return Candidates(first, second, none, none, none.astype(np.uint8))


def _of_equal(
    different: Distinct, few: _FewEqual, found: Neighbours, apart: Distances
) -> Candidates:
    """Pair the other pictures of a hash, if they are few, with the first one of each near hash."""
    parts = []
    for is_first, own, others in (
        (True, found.first, found.second),
        (False, found.second, found.first),
    ):
        near = np.flatnonzero(apart.near)
        near = near[few.number[own[near]] > 0]
        number = few.number[own[near]] - 1
        # the first picture of each hash was paired already
        start = np.searchsorted(few.hashes, own[near]) + 1
        near, start = np.repeat(near, number), np.repeat(start, number)
        inner = np.arange(len(near)) - np.repeat(np.cumsum(number) - number, number)
        member, partner = few.pictures[start + inner], different.first[others[near]]
        first, second = (member, partner) if is_first else (partner, member)
        parts.append(_pairs(first, second, apart, near))
    return _sorted(*parts)


def _pairs(
    first: NDArray[np.intp], second: NDArray[np.intp], apart: Distances, near: NDArray[np.intp]
) -> Candidates:
    """Return pairs of pictures whose hashes are as far apart as those at some positions."""
    ends, pose = (first, second), apart.pose[near]
    # the smaller position comes first; a pair that is swapped for this has the inverse pose
    return Candidates(
        np.minimum(*ends),
        np.maximum(*ends),
        apart.coarse[near],
        apart.fine[near],
        np.where(ends[0] < ends[1], pose, poses.INVERSES[pose]),
    )


def _sorted(*parts: Candidates) -> Candidates:
    columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    whole = Candidates(*columns)
    return choose(whole, np.lexsort((whole.pose, whole.second, whole.first)))


def choose(found: Candidates, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Candidates:
    """Select some of the candidates, by position or by a mask."""
    columns: list[Any] = [column[rows] for column in found]
    return Candidates(*columns)


def _thin(found: Candidates, count: int) -> Candidates:
    """Keep only the nearest of each picture and a spanning forest, if there are too many."""
    if len(found.first) <= _MANY_PER_PICTURE * count + _MANY_AT_LEAST:
        return found
    chosen = np.zeros(len(found.first), dtype=np.bool_)
    for end in (found.first, found.second):
        order = np.lexsort((found.distance256, end))
        ends = end[order]
        starts = np.searchsorted(ends, ends)
        chosen[order[np.arange(len(ends)) - starts < _NEAREST]] = True
    # rank the pairs, so that the tree prefers the earlier one of equal distances on any library
    ranks = np.empty(len(chosen))
    ranks[np.lexsort((np.arange(len(chosen)), found.distance256))] = np.arange(len(chosen)) + 1.0
    tree = minimum_forest(count, found.first, found.second, ranks)
    chosen |= np.isin(ranks, tree.data)
    return choose(found, chosen)
