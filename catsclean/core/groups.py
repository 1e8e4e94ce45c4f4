"""Groups of pictures that belong together.

A **group** is a connected component of verified pairs.  Splits never part a group, so that nothing
leaks; therefore groups may chain (A is like B, B is like C).  The set of copies that may be dropped
is smaller: only members with a verified pair of their own with the original
(:mod:`catsclean.duplicates.canonical`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

GROUP_DIGITS = 16


def components(count: int, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number the connected components.

    Args:
        count: Number of pictures.
        first: (P,) one end of each pair.
        second: (P,) the other end.

    Returns:
        (N,) for each picture the smallest position of its component.
    """
    labels = np.arange(count, dtype=np.intp)
    while True:
        ends = labels[first], labels[second]
        if (ends[0] == ends[1]).all():
            return labels
        # every component joins its neighbour with the smallest label, then takes the final label
        np.minimum.at(labels, np.maximum(*ends), np.minimum(*ends))
        while not (labels == (names := labels[labels])).all():
            labels = names


def connected(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Number the connected components of names.

    Args:
        pairs: Two names that belong together.

    Returns:
        For each name, in the order in which they first appear, the number of its component.
    """
    number: dict[str, int] = {}
    # of thousands of copies each pair may be there: an array takes a tenth of what lists take
    ends = np.fromiter(
        (number.setdefault(name, len(number)) for pair in pairs for name in pair), np.intp
    )
    first, second = ends.reshape(-1, 2).T
    return dict(zip(number, components(len(number), first, second).tolist(), strict=True))


def name_groups(
    digests: Callable[[NDArray[np.intp]], Sequence[str]],
    count: int,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
) -> list[str]:
    """Name the group of each picture; the order of pictures and pairs does not matter.

    Args:
        digests: Returns the SHA-256, hex, of the pictures at some positions.
        count: Number of pictures.
        first: (P,) one end of each pair.
        second: (P,) the other end.

    Returns:
        For each picture the first 16 hex digits of the smallest digest of its group; empty for
        a picture without a group.
    """
    component = components(count, first, second)
    together = np.flatnonzero(np.bincount(component, minlength=count)[component] > 1)
    members = list(
        zip(component[together].tolist(), together.tolist(), digests(together), strict=True)
    )
    smallest: dict[int, str] = {}
    for at, _, digest in members:
        smallest[at] = min(smallest.get(at, digest), digest)
    names = [""] * count
    for at, member, _ in members:
        names[member] = smallest[at][:GROUP_DIGITS]
    return names
