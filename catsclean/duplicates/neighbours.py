"""Pairs of different hashes that are near in some pose; known pairs are not searched for again.

Whether two hashes are neighbours does not depend on other pictures.  So the neighbours of a data
set are those that it had before, without removed hashes, plus those of the new hashes: 100 against
25,000 are 7.5 million distances; all with all are 900 million.

The result equals that of a search from scratch, to the last pair.  A search from scratch may leave
out pairs of a crowd (:mod:`.hamming`); if it might, this module runs it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache, partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates import poses
from catsclean.duplicates.distinct import collapse
from catsclean.duplicates.hamming import Level, Pairs, may_crowd, pairs_within
from catsclean.duplicates.pair_collector import Near
from catsclean.duplicates.poses import Distances
from catsclean.duplicates.saved_search import SavedSearch, SavedSearches
from catsclean.duplicates.search_elsewhere import Elsewhere
from catsclean.duplicates.verification import Radii
from catsclean.images.hashing import Hashes

# the 64-bit and the 256-bit hashes of some pictures
_Words = tuple[NDArray[np.uint64], NDArray[np.uint64]]
# More pairs than this are neither cached nor extended.  It is a quarter of the number at which a
# search begins to thin them (:mod:`.pair_collector`): each pair may be found twice as a mirror.
_MOST_PER_HASH: Final = 16
# If more than half of the hashes are new, searching only for these costs as much as for all.
_MOST_NEW: Final = 0.5
# The words of both members in all poses take 160 bytes a pair.
_PAIRS_AT_ONCE: Final = 1 << 16


class Neighbours(NamedTuple):
    """Pairs among K different hashes.

    Attributes:
        hashes: The K hashes, as :func:`~catsclean.duplicates.distinct.distinct` gives them.
        radii: Largest distances of neighbours.
        first: (P,) positions.
        second: (P,) positions, larger than ``first``; each pair once, sorted.
        complete: Every pair is listed; otherwise forests and nearest ones represent crowds.
    """

    hashes: Hashes
    radii: Radii
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    complete: bool

    @property
    def memorable(self) -> bool:
        """Whether they are complete, and few enough to be cached for the next audit."""
        return self.complete and len(self.first) <= _MOST_PER_HASH * len(self.hashes.phash64)


def find_neighbours(
    hashes: Hashes,
    radii: Radii,
    known: Neighbours | None = None,
    saved: SavedSearches | None = None,
    elsewhere: Elsewhere | None = None,
) -> Neighbours:
    """Find all neighbours among different hashes.

    Args:
        hashes: K rows, different from one another.
        radii: Largest distances.
        known: Neighbours of another set of hashes, or of this one before it was changed.
        saved: Saves how far the search is.
        elsewhere: Does a long search in other processes.

    Returns:
        The neighbours; `known`, `saved` and `elsewhere` do not change them.
    """
    if known is not None and known.radii == radii and known.memorable:
        extended = _extend(hashes, known, saved, elsewhere)
        if extended is not None:
            return extended
    upright, mirrored = (hashes.phash64, hashes.phash256), (hashes.mirror64, hashes.mirror256)
    search, search_turned = (partial(one, elsewhere=elsewhere) for one in (_search, _search_turned))
    both = (*upright, *mirrored)
    found = [
        search(upright, radii, saved=_one_of(saved, "upright", radii, upright)),
        search(upright, radii, mirrored, saved=_one_of(saved, "mirrored", radii, both)),
    ]
    if radii.turned >= 0:
        found.append(search_turned(hashes, radii, saved=_one_of(saved, "turned", radii, upright)))
    ends = _once([(pairs.first, pairs.second) for pairs in found])
    return Neighbours(hashes, radii, *ends, all(pairs.complete for pairs in found))


def find_between(
    hashes: Hashes,
    others: Hashes,
    radii: Radii,
    saved: SavedSearches | None = None,
    elsewhere: Elsewhere | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.intp], bool]:
    """Find the neighbours of some hashes among others.

    Args:
        hashes: K rows, different from one another.
        others: L rows, different from one another.
        radii: Largest distances.
        saved: Saves how far the search is.
        elsewhere: Does a long search in other processes.

    Returns:
        (P,) positions in ``hashes``, (P,) positions in ``others``, some pairs twice; and whether
        these are all.
    """
    asked, answering = (hashes.phash64, hashes.phash256), (others.phash64, others.phash256)
    mirrored = hashes.mirror64, hashes.mirror256
    others_mirrored = others.mirror64, others.mirror256
    all_words = (*hashes, *others)
    search, search_turned = (partial(one, elsewhere=elsewhere) for one in (_search, _search_turned))
    upright_saved, mirrored_saved, back_saved, turned_saved = (
        _one_of(saved, f"new-{name}", radii, all_words)
        for name in ("upright", "mirrored", "back", "turned")
    )
    back = search(asked, radii, others_mirrored, saved=back_saved)
    found = [
        search(answering, radii, asked, saved=upright_saved),
        search(answering, radii, mirrored, saved=mirrored_saved),
        back._replace(first=back.second, second=back.first),
    ]
    if radii.turned >= 0:
        found.append(search_turned(others, radii, hashes, saved=turned_saved))
    first = np.concatenate([pairs.first for pairs in found])
    second = np.concatenate([pairs.second for pairs in found])
    return first, second, all(pairs.complete for pairs in found)


def _one_of(
    saved: SavedSearches | None, name: str, radii: Radii, words: Iterable[NDArray[np.uint64]]
) -> SavedSearch | None:
    return None if saved is None else saved.of(name, radii, words)


def _search(
    of: _Words,
    radii: Radii,
    queries: _Words | None = None,
    *,
    saved: SavedSearch | None = None,
    elsewhere: Elsewhere | None = None,
) -> Pairs:
    """Find pairs within the radii among pictures that are upright, or of queries and pictures."""
    coarse, fine = queries or (None, None)
    level = Level(of[1], radii.fine, fine)
    return pairs_within(
        of[0], radii.coarse, queries=coarse, confirm=level, saved=saved, elsewhere=elsewhere
    )


def _search_turned(
    hashes: Hashes,
    radii: Radii,
    queries: Hashes | None = None,
    *,
    saved: SavedSearch | None = None,
    elsewhere: Elsewhere | None = None,
) -> Pairs:
    """Find pairs within the radii in a turned pose, among pictures or of queries and pictures."""
    coarse = None if queries is None else poses.invariant(queries.phash256)
    words = None if queries is None else _to_be_turned(queries)
    level = Level(_to_be_turned(hashes), _turned_within(radii), words)
    of = poses.invariant(hashes.phash256)
    return pairs_within(
        of, radii.turned, queries=coarse, confirm=level, saved=saved, elsewhere=elsewhere
    )


def measure(
    hashes: Hashes,
    first: NDArray[np.intp],
    others: Hashes,
    second: NDArray[np.intp],
    radii: Radii,
) -> Distances:
    """Measure pairs; the order of their members does not matter.

    The distance from A to the mirrored B differs from that of B to the mirrored A, because each
    mirrored hash has bits of its own.  The smaller distance within the radii counts.
    """
    apart = []
    for (mine64, mine256), (yours64, yours256) in (
        ((hashes.phash64, hashes.phash256), (others.phash64, others.phash256)),
        ((hashes.mirror64, hashes.mirror256), (others.phash64, others.phash256)),
        ((hashes.phash64, hashes.phash256), (others.mirror64, others.mirror256)),
    ):
        coarse = np.bitwise_count(mine64[first] ^ yours64[second]).astype(np.int64)
        fine = np.bitwise_count(mine256[first] ^ yours256[second]).sum(axis=1, dtype=np.int64)
        far = (coarse > radii.coarse) | (fine > radii.fine)
        apart.append(fine * 1000 + coarse + far * 1_000_000)
    plain, mirror = apart[0], np.minimum(apart[1], apart[2])
    mirrored = plain >= 1_000_000
    least = np.where(mirrored, mirror, plain)
    near = least < 1_000_000
    fine, coarse = np.divmod(least % 1_000_000, 1000)
    pose = mirrored.astype(np.uint8) * np.uint8(poses.MIRRORED)
    return Distances(coarse.astype(np.uint16), fine.astype(np.uint16), pose, near)


def measure_turned(
    hashes: Hashes,
    first: NDArray[np.intp],
    others: Hashes,
    second: NDArray[np.intp],
    radii: Radii,
) -> Distances:
    """Measure pairs in the nearest turned pose; without a radius for turned ones, none is near."""
    parts = [
        poses.measure_turned(
            _in_poses(_take(hashes, first[start : start + _PAIRS_AT_ONCE])).T,
            _in_poses(_take(others, second[start : start + _PAIRS_AT_ONCE])).T,
            radii.coarse,
            radii.fine,
        )
        for start in range(0, max(len(first), 1), _PAIRS_AT_ONCE)
    ]
    found = Distances(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return found if radii.turned >= 0 else found._replace(near=np.zeros(len(first), np.bool_))


def _in_poses(hashes: Hashes) -> NDArray[np.uint64]:
    return poses.with_transposes(hashes.phash64, hashes.phash256)


def _to_be_turned(hashes: Hashes) -> NDArray[np.uint64]:
    return poses.with_coarse_transposes(hashes.phash64, hashes.phash256)


def _turned_within(radii: Radii) -> Near:
    def near(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.bool_]:
        return poses.turned_near(first, second, radii.coarse, radii.fine)

    return near


def _extend(
    hashes: Hashes,
    known: Neighbours,
    saved: SavedSearches | None,
    elsewhere: Elsewhere | None,
) -> Neighbours | None:
    """Add the neighbours of the new hashes; None if a search from scratch is needed."""
    count, radii = len(hashes.phash64), known.radii
    place = _places(hashes, known.hashes)
    old, new = np.flatnonzero(place >= 0), np.flatnonzero(place < 0)
    if len(new) > _MOST_NEW * count or _search_may_crowd(hashes, radii):
        return None
    now = np.full(len(known.hashes.phash64), -1, dtype=np.intp)
    now[place[old]] = old
    first, second = now[known.first], now[known.second]
    stay = (first >= 0) & (second >= 0)
    ends = [(first[stay], second[stay])]
    if len(new):
        fresh = _take(hashes, new)
        rest = _take(hashes, old)
        asks, answers, complete = find_between(fresh, rest, radii, saved, elsewhere)
        among = find_neighbours(fresh, radii, saved=saved, elsewhere=elsewhere)
        if not (complete and among.complete):
            return None
        ends += [(new[asks], old[answers]), (new[among.first], new[among.second])]
    found = Neighbours(hashes, radii, *_once(ends), complete=True)
    return found if found.memorable else None


def _search_may_crowd(hashes: Hashes, radii: Radii) -> bool:
    mirrors = [hashes.mirror64, *hashes.mirror256.T]
    queries = hashes.mirror64[collapse(mirrors)[0]]  # search for equal queries only once
    return (
        may_crowd(hashes.phash64, radii.coarse)
        or may_crowd(hashes.phash64, radii.coarse, queries)
        or (radii.turned >= 0 and may_crowd(poses.invariant(hashes.phash256), radii.turned))
    )


def _places(hashes: Hashes, known: Hashes) -> NDArray[np.intp]:
    """Return (K,) the position of each row among the known ones, or -1."""
    rows, known_rows = _rows(hashes), _rows(known)
    if not len(known_rows):
        return np.full(len(rows), -1, dtype=np.intp)
    odd = _odd_numbers()
    marks, known_marks = (rows * odd).sum(axis=1), (known_rows * odd).sum(axis=1)
    order = np.argsort(known_marks, kind="stable")
    at = np.minimum(np.searchsorted(known_marks, marks, sorter=order), len(order) - 1)
    place = order[at]
    # a row whose checksum matches but whose words differ counts as new: that only costs a search
    same = (rows == known_rows[place]).all(axis=1)
    return np.where(same, place, -1)


def _rows(hashes: Hashes) -> NDArray[np.uint64]:
    return np.column_stack(tuple(hashes))


def _take(hashes: Hashes, rows: NDArray[np.intp]) -> Hashes:
    return Hashes(*(column[rows] for column in hashes))


def _once(
    ends: list[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return each pair once, the smaller position first, sorted; drop pairs of equal ends."""
    first, second = (np.concatenate(side) for side in zip(*ends, strict=True))
    low, high = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    keep = low != high
    keep[1:] &= (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return low[keep], high[keep]


@cache
def _odd_numbers() -> NDArray[np.uint64]:
    """Return one odd factor for each word: sums of products are checksums of the rows."""
    # not from NumPy's random generators, which take longer to load than all rows to compare
    return np.frombuffer(hashlib.shake_256(b"odd numbers").digest(80), np.uint64) | np.uint64(1)
