"""Crowds of neighbours: a spanning forest instead of all pairs.

20,000 frames of one film have 200 million pairs, but 19,999 of them suffice to show that all belong
together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Confirm = Callable[[NDArray[np.intp], NDArray[np.intp]], NDArray[np.bool_]]


def spanning_forest(
    ids: NDArray[np.intp],
    values: NDArray[np.uint64],
    radius: int,
    confirm: Confirm,
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Link the members of a bucket that are neighbours, directly or through one another.

    A breadth-first search that looks only where neighbours can be.  If a member lies at distance p
    from the root of its tree, its neighbours lie at p - radius to p + radius from that root, by
    the triangle inequality.  The remaining members are kept sorted by that distance.

    Args:
        ids: (n,) identities of the members.
        values: (n,) their hashes.
        radius: Largest Hamming distance of neighbours.
        confirm: Takes two arrays of identities and returns which pairs are neighbours by all
            other measures as well.

    Returns:
        Both ends of each edge, and the number of computed distances.  Every edge is a pair of
        neighbours; there are at most n - 1, and they have the same components as all pairs.
    """
    first: list[NDArray[np.intp]] = []
    second: list[NDArray[np.intp]] = []
    work = 0
    while len(ids) > 1:
        root, root_value = ids[:1], values[0]
        ids, values = ids[1:], values[1:]
        from_root = np.bitwise_count(values ^ root_value)
        work += len(values)
        order = np.argsort(from_root, kind="stable")
        ids, values, from_root = ids[order], values[order], from_root[order].astype(np.int64)
        front = [(root, root_value, 0)]
        deepest = 0
        while front and len(ids) and from_root[0] <= deepest + radius:
            member, value, depth = front.pop()
            low = int(np.searchsorted(from_root, depth - radius))
            high = int(np.searchsorted(from_root, depth + radius, side="right"))
            if low == high:
                continue
            near = np.bitwise_count(values[low:high] ^ value) <= radius
            work += high - low
            found = low + np.flatnonzero(near)
            if len(found):
                found = found[confirm(np.broadcast_to(member, len(found)), ids[found])]
            if not len(found):
                continue
            first.append(np.repeat(member, len(found)))
            second.append(ids[found])
            depths = from_root[found]
            deepest = max(deepest, int(depths.max()))
            front.extend(
                (ids[at : at + 1], values[at], int(p)) for at, p in zip(found, depths, strict=True)
            )
            stay = np.ones(len(ids), dtype=np.bool_)
            stay[found] = False
            ids, values, from_root = ids[stay], values[stay], from_root[stay]
    none = np.empty(0, dtype=np.intp)
    return np.concatenate([none, *first]), np.concatenate([none, *second]), work


def minimum_forest(
    count: int, first: NDArray[np.intp], second: NDArray[np.intp], weights: NDArray[np.float64]
) -> Any:
    """Return a spanning forest of least weight for many pairs.

    Args:
        count: Number of members.
        first: (P,) one end of each pair.
        second: (P,) the other end.
        weights: (P,) larger than 0.

    Returns:
        (count, count) SciPy sparse array: the weights of the pairs in the forest.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    # before SciPy 1.17, the spanning tree takes positions of 32 bits only
    ends = first.astype(np.int32), second.astype(np.int32)
    return minimum_spanning_tree(coo_array((weights, ends), shape=(count, count)).tocsr())
