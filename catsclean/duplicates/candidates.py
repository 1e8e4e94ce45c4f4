"""Pairs of pictures whose hashes are near in some pose: those whose pixels are worth a look."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates import poses
from catsclean.duplicates.distinct import distinct, members_of, sorted_distinct
from catsclean.duplicates.forest import minimum_forest
from catsclean.duplicates.neighbours import (
    Neighbours,
    find_between,
    find_neighbours,
    measure,
    measure_turned,
)
from catsclean.duplicates.poses import Distances
from catsclean.duplicates.verification import Radii
from catsclean.images.hashing import Hashes

# Nearest candidates that each picture keeps where they are too many to look at them all.
_NEAREST: Final = 4
_MANY_PER_PICTURE: Final = 8
_MANY_AT_LEAST: Final = 2_000


class Candidates(NamedTuple):
    """Pairs to be verified, sorted; twice where the hashes are near upright and turned as well.

    Attributes:
        first: (P,) positions.  Among themselves ``first < second``; against others, of the new.
        second: (P,) positions.
        distance64: (P,) distance of the 64-bit hashes, in that pose.
        distance256: (P,) the same of the 256-bit hashes.
        pose: (P,) the second in this pose is near the first (:mod:`.poses`): as it is, or else
            mirrored; and in the nearest turned one.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    distance64: NDArray[np.uint16]
    distance256: NDArray[np.uint16]
    pose: NDArray[np.uint8]


def find_candidates(
    hashes: Hashes, radii: Radii, known: Neighbours | None = None
) -> tuple[Candidates, Neighbours]:
    """Find the pairs of pictures whose hashes are near.

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
    count = len(hashes.phash64)
    different = distinct(hashes)
    del hashes  # of many, the different ones in their order are as much as is to be held
    found = find_neighbours(different.hashes, radii, known)
    rows = (found.hashes, found.first, found.hashes, found.second, radii)
    copies = np.flatnonzero(different.first[different.which] != np.arange(len(different.which)))
    none = np.zeros(len(copies), dtype=np.uint16)
    equal = Candidates(
        different.first[different.which[copies]], copies, none, none, none.astype(np.uint8)
    )
    upright, turned = (
        _of_pictures(different.first, found, apart)
        for apart in (measure(*rows), measure_turned(*rows))
    )
    return _sorted(_thin(_sorted(upright, equal), count), _thin(turned, count)), found


def find_near(hashes: Hashes, radii: Radii) -> Candidates:
    """Find the pairs within some radii, however many; of equal hashes each with the first alone.

    Args:
        hashes: Of N pictures.
        radii: Largest distances.
    """
    different = distinct(hashes)
    found = find_neighbours(different.hashes, radii)
    apart = measure(found.hashes, found.first, found.hashes, found.second, radii)
    return _sorted(_of_pictures(different.first, found, apart))


def merge(one: Candidates, other: Candidates) -> Candidates:
    """Put candidates together, each pair and pose once."""
    both = _sorted(one, other)
    columns = np.stack([both.first, both.second, both.pose.astype(np.intp)])
    new = np.ones(len(both.first), dtype=np.bool_)
    new[1:] = (columns[:, 1:] != columns[:, :-1]).any(axis=0)
    return choose(both, new)


def find_candidates_between(new: Hashes, hashes: Hashes, radii: Radii) -> Candidates:
    """Find the pairs of a new picture and another one whose hashes are near.

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
    codes = sorted_distinct(asks * np.intp(len(hashes.phash64) + 1) + answers)
    asks, answers = np.divmod(codes, np.intp(len(hashes.phash64) + 1))
    rows = (asking.hashes, asks, answering.hashes, answers, radii)
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
    """The near ones, with their hashes' first pictures for the hashes."""
    ends = picture[found.first[apart.near]], picture[found.second[apart.near]]
    pose = apart.pose[apart.near]
    return Candidates(
        np.minimum(*ends),
        np.maximum(*ends),
        apart.coarse[apart.near],
        apart.fine[apart.near],
        np.where(ends[0] < ends[1], pose, poses.INVERSES[pose]),
    )


def _sorted(*parts: Candidates) -> Candidates:
    whole = Candidates(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.distance64 for part in parts]),
        np.concatenate([part.distance256 for part in parts]),
        np.concatenate([part.pose for part in parts]),
    )
    return choose(whole, np.lexsort((whole.pose, whole.second, whole.first)))


def choose(found: Candidates, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Candidates:
    """Take some of the candidates, by position or by a mask."""
    return Candidates(
        found.first[rows],
        found.second[rows],
        found.distance64[rows],
        found.distance256[rows],
        found.pose[rows],
    )


def _thin(found: Candidates, count: int) -> Candidates:
    """Leave out far candidates of crowds: of the rest, every picture keeps its nearest."""
    if len(found.first) <= _MANY_PER_PICTURE * count + _MANY_AT_LEAST:
        return found
    chosen = np.zeros(len(found.first), dtype=np.bool_)
    for end in (found.first, found.second):
        order = np.lexsort((found.distance256, end))
        ends = end[order]
        starts = np.searchsorted(ends, ends)
        chosen[order[np.arange(len(ends)) - starts < _NEAREST]] = True
    # a tree of ranks: among equal distances the earlier pair, whatever the library prefers
    ranks = np.empty(len(chosen))
    ranks[np.lexsort((np.arange(len(chosen)), found.distance256))] = np.arange(len(chosen)) + 1.0
    tree = minimum_forest(count, found.first, found.second, ranks)
    chosen |= np.isin(ranks, tree.data)
    return choose(found, chosen)
