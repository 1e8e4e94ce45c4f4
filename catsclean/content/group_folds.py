"""Deal pictures out to folds, so that every class is in each and no group is in two."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

FOLDS: Final = 5


def deal(labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Deal whole groups out to :data:`FOLDS` folds, the members of each class evenly.

    A group with several labels counts as one of its rarest class.  The same rows in the same
    order give the same folds, however labels and groups are numbered.

    Args:
        labels: (n,) the class of each picture.
        groups: (n,) members of a group share a number.
        seed: Random seed.

    Returns:
        (n,) the fold of each picture.
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    # number groups by their first member, and classes by their size
    group = np.argsort(np.argsort(first))[group]
    _, first, label, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    rarity = np.argsort(np.lexsort((first, sizes)))[label]
    number = int(group.max(initial=-1)) + 1
    rarest = np.full(number, len(sizes))
    np.minimum.at(rarest, group, rarity)
    # largest groups first: the smaller ones then fill up the folds
    shuffle = np.random.default_rng(seed).permutation(number)
    order = np.lexsort((shuffle, -np.bincount(group, minlength=number), rarest))
    fold = np.empty(number, np.int64)
    turn = np.arange(number)
    # there and back, so that the first fold does not always get the largest
    fold[order] = np.where(turn // FOLDS % 2, FOLDS - 1 - turn % FOLDS, turn % FOLDS)
    return fold[group]
