"""Group copies of a picture: a model must not train on one and be tested on another."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from catsclean.core.manifest import Manifest
from catsclean.core.split_names import GROUPED
from catsclean.splitting.sample_groups import Units, copy_columns, find_units


def find_groups(
    manifest: Manifest, paths: Collection[str], seed: int
) -> tuple[Units, NDArray[np.int64]]:
    """Join copies of a picture, and the groups of an earlier ``split --group-by``.

    Args:
        manifest: The manifest.
        paths: Those of its pictures that are used, in its order.
        seed: Another seed numbers the groups in another order.

    Returns:
        The groups of the manifest, and the number of that of each picture, int64 of shape
        (paths,).
    """
    table = manifest.table.reset_index(drop=True)
    used = table["path"].isin(paths).to_numpy(bool)
    columns = copy_columns(table, "near")
    if GROUPED in table:
        columns.append(table[GROUPED])
    units = find_units(table, columns, seed, used)
    return units, units.of_sample[used]


def draw_nested(
    groups: NDArray[np.int64],
    codes: NDArray[np.int64],
    sizes: Sequence[int],
    rng: np.random.Generator,
) -> list[NDArray[np.int64]]:
    """Draw parts of some pictures without replacement, each within the next larger one.

    A group is drawn as a whole or not at all, and every class by its share.

    Args:
        groups: (pictures,) group of each.
        codes: (pictures,) class of each.
        sizes: Numbers of pictures, ascending; a part has as many as its groups allow.
        rng: Chooses the groups.

    Returns:
        For each size, sorted positions in `groups`.
    """
    numbers, first, of_picture = np.unique(groups, return_index=True, return_inverse=True)
    # a group counts to the class of its first picture: nearly all are of one class
    code_of, size_of = codes[first], np.bincount(of_picture)
    place = np.empty(len(numbers))
    for code in np.unique(code_of):
        own = rng.permutation(np.flatnonzero(code_of == code))
        through = size_of[own].cumsum()
        place[own] = (through - size_of[own] * rng.random(len(own))) / through[-1]
    order = np.lexsort((np.arange(len(groups)), of_picture, place[of_picture]))
    ends = np.flatnonzero(np.diff(of_picture[order], append=-1)) + 1
    return [np.sort(order[: ends[np.abs(ends - size).argmin()]]) for size in sizes]
