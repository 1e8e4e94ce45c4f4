"""Count equal hashes once: the different hashes, and which pictures have them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from catsclean.images.hashing import Hashes


class Distinct(NamedTuple):
    """The K different hashes of N pictures.

    The hashes and their order depend only on the set of the pictures' hashes.

    Attributes:
        hashes: K rows; no two have the same ``phash64`` and ``phash256``.
        first: (K,) position of the first picture that has them.
        which: (N,) for each picture, the index of its hash among the K.
    """

    hashes: Hashes
    first: NDArray[np.intp]
    which: NDArray[np.intp]


def distinct(hashes: Hashes) -> Distinct:
    """Group the pictures whose hashes are equal.

    Pictures may have equal hashes and mirrored hashes that differ by a few bits of recompression.
    Then the smallest mirrored hash represents all, whatever the order.
    """
    first, which = collapse([hashes.phash64, *hashes.phash256.T])
    mirror_of = first.copy()
    shared = np.flatnonzero(np.bincount(which, minlength=len(first))[which] > 1)
    if len(shared):
        words = np.vstack([hashes.mirror64, hashes.mirror256.T])[::-1, shared]
        order = shared[np.lexsort((*words, which[shared]))]
        sets, at = np.unique(which[order], return_index=True)
        mirror_of[sets] = order[at]
    rows = Hashes(
        hashes.phash64[first],
        hashes.mirror64[mirror_of],
        hashes.phash256[first],
        hashes.mirror256[mirror_of],
    )
    return Distinct(rows, first, which)


def collapse(
    words: Sequence[NDArray[np.uint64]], is_query: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find equal columns.

    Args:
        words: W arrays (N,), words of N hashes.
        is_query: (N,) whether each is a query; a query and a hash never count as equal.

    Returns:
        Position of the first of each set of equal columns, in the order of their values; and for
        each column, which set it is in.
    """
    # stable sort: the first of several equal columns stays first
    order = np.argsort(words[0], kind="stable")
    if is_query is not None:
        order = order[np.argsort(is_query[order], kind="stable")]
    new = _differ(words[:1], is_query, order)
    # few hashes agree in their first word: only these are sorted by the other words
    alike = np.flatnonzero(~new | ~np.append(new[1:], True))
    if len(alike) and len(words) > 1:
        rest = order[alike]
        others = (words[at][rest] for at in range(len(words) - 1, 0, -1))
        order[alike] = rest[np.lexsort((*others, np.cumsum(new)[alike]))]
        new[alike] |= _differ(words, is_query, order)[alike]
    copies = np.empty(len(order), dtype=np.intp)
    copies[order] = np.cumsum(new) - 1
    return order[new], copies


def _differ(
    words: Sequence[NDArray[np.uint64]], is_query: NDArray[np.bool_] | None, order: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Return for each in an order whether it differs from the one before; True for the first."""
    new = np.zeros(len(order), dtype=np.bool_)
    new[:1] = True
    for key in words if is_query is None else chain(words, (is_query,)):
        ordered = key[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    return new


def sorted_distinct(values: NDArray[np.intp]) -> NDArray[np.intp]:
    """Sort values and drop repeated ones; NumPy's own function would load masked arrays."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), dtype=np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def members_of(
    copies: NDArray[np.intp], sets: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """List the members of sets of equal columns.

    Args:
        copies: (N,) the set of each position.
        sets: (P,) sets; they may repeat.

    Returns:
        (Q,) the members of ``sets[0]``, those of ``sets[1]``, ...; and (Q,) the position in
        ``sets`` that each belongs to.
    """
    members = np.argsort(copies, kind="stable")
    counts = np.bincount(copies, minlength=int(sets.max(initial=-1)) + 1)
    repeat = counts[sets]
    origin = np.repeat(np.arange(len(sets)), repeat)
    inner = np.arange(len(origin)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    return members[(np.cumsum(counts) - counts)[sets][origin] + inner], origin
