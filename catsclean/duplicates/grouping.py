"""Groups of pictures that belong together, and which of a group to keep.

A **group** is a connected component of verified pairs: the ground of the split, where nothing may
leak, and so it may chain (A is like B, B is like C).  What may be proposed to be dropped is less:
only members with a verified pair of their own with the one that is kept (:func:`keep_first`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catsclean.splits import hold_out_rank, is_held_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

GROUP_DIGITS = 16


def components(count: int, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Numbers the connected components.

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
        # every component joins the neighbour with the smallest name, and takes its final name
        np.minimum.at(labels, np.maximum(*ends), np.minimum(*ends))
        while not (labels == (names := labels[labels])).all():
            labels = names


def name_groups(
    digests: Callable[[NDArray[np.intp]], Sequence[str]],
    count: int,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
) -> list[str]:
    """Names the group of each picture, whatever the order of the pictures and pairs.

    Args:
        digests: Gives the SHA-256, hex, of the pictures in some positions.
        count: Number of pictures.
        first: (P,) one end of each pair.
        second: (P,) the other end.

    Returns:
        For each picture the first 16 hex digits of the smallest digest of its group; empty for
        a picture that stands alone.
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


def keep_key(
    split: str | None, pixels: int, size_bytes: int, path: str
) -> tuple[int, int, int, str]:
    """Sort key of the rule by which one copy stays: the least does."""
    return hold_out_rank(split), -pixels, -size_bytes, path


def keep_first(
    pixels: Sequence[int],
    sizes_bytes: Sequence[int],
    paths: Sequence[str],
    splits: Sequence[str] | None = None,
) -> tuple[int, str]:
    """Chooses which member of a group to keep, and says why.

    Args:
        pixels: Width times height of each member.
        sizes_bytes: Size of each file.
        paths: Name of each member.
        splits: Split folder of each member, empty where it is in none; None where no one is.

    Returns:
        Position of the one that is held out (a test before a validation before other parts before
        training), then with most pixels, then most bytes, then the first name; and which of these
        decided: ``is held out``, ``most pixels``, ``most bytes`` or ``first name``.
    """
    keys = list(map(keep_key, splits or [""] * len(paths), pixels, sizes_bytes, paths))
    ranks = [rank for rank, *_ in keys]
    order = sorted(range(len(paths)), key=keys.__getitem__)
    best = order[0]
    held = ""
    if splits is not None and ranks[order[-1]] > ranks[best]:
        held = "is held out" if not is_held_out(splits[order[-1]]) else "is held out for testing"
        if ranks[order[1]] > ranks[best]:
            return best, held
        held += ", "
    if len(order) == 1 or pixels[order[1]] < pixels[best]:
        return best, f"{held}most pixels"
    if sizes_bytes[order[1]] < sizes_bytes[best]:
        return best, f"{held}most bytes"
    return best, f"{held}first name"
