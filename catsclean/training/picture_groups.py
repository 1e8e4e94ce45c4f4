"""Groups of pictures of which a model must not be trained on one and tested on another."""

from __future__ import annotations

from collections.abc import Collection

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
