"""The manifest follows what clean and undo did."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from catsclean.errors import ManifestError
from catsclean.folders import Folder
from catsclean.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catsclean.state import StateFolder

    StatusReason = tuple[str, str | None]


def change_statuses(
    state: StateFolder, changes: Iterable[tuple[str, str, StatusReason, StatusReason]]
) -> None:
    """Rewrite status and reason of some rows: each (path, sha256, from, to).

    A row that is about other bytes, or that says something else than `from` by now (an audit was
    made in between), is left as it is.  Doing it twice does nothing.

    Raises:
        ManifestError: The manifest cannot be read or written.
    """
    wanted = {path: (sha256, old, new) for path, sha256, old, new in changes}
    if not wanted:
        return
    try:
        manifest = Manifest.load(state.manifest, state.root)
    except ManifestError:
        if state.manifest.exists():
            raise
        return  # it was removed since: the next audit writes a new one
    import pandas as pd

    table = manifest.table.copy()
    changed = False
    rows = table.index[table["path"].isin(list(wanted))]
    for row in rows:
        sha256, old, new = wanted[str(table.at[row, "path"])]
        digest, status, reason = table.loc[row, ["sha256", "status", "reason"]].astype(object)
        now = (str(status), None if pd.isna(reason) else str(reason))
        if digest == sha256 and now == old and old != new:
            table.at[row, "status"] = new[0]
            table.at[row, "reason"] = new[1]
            changed = True
    if changed:
        replaced = manifest.with_table(table)
        replaced.save(state.manifest)
        replaced.save(state.manifest.with_suffix(".csv"))
        with Folder(state.path) as folder:
            os.fsync(folder.descriptor())
