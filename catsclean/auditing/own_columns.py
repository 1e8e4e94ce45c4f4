"""Columns that users add to the manifest: each audit carries them over, by path."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from catsclean.core.files import arrow_file
from catsclean.core.manifest import COLUMNS, Manifest, read_parquet
from catsclean.core.parquet_file import open_parquet
from catsclean.core.split_names import ASKED, FOUND, GROUPED
from catsclean.core.state import StateFolder
from catsclean.core.write_if_changed import Written

# pandas stores the index of a filtered or sorted table under this name
_INDEX = "__index_level_"


def carry_own_columns(manifest: Manifest, state: StateFolder) -> Manifest:
    """Add to a new manifest the columns that somebody added to the one in the state folder.

    Samples that were not there have missing values.  The file is read only if it differs from the
    one that the last audit wrote, or has such columns: reading it takes longer than an audit of
    unchanged files.
    """
    written = Written(state.written).columns(state.manifest)
    if (written is not None and not _own(written)) or not state.manifest.exists():
        return manifest
    before = _read(state.manifest)
    if before is None:
        return manifest

    own = _own(before.column_names)
    table = manifest.packed
    at = {path: row for row, path in enumerate(before.column("path").to_pylist())}
    rows = pa.array([at.get(path) for path in table.column("path").to_pylist()], pa.int64())
    for name in own:
        table = table.append_column(name, before.column(name).take(rows))
    return Manifest(table, manifest.root, manifest.audit_id)


def _own(columns: list[str]) -> list[str]:
    # an audit knows only the splits that are folders
    ours = {*COLUMNS, ASKED, FOUND, GROUPED}
    return [name for name in columns if name not in ours and not name.startswith(_INDEX)]


def _read(path: Path) -> pa.Table | None:
    """Read the paths and the user's own columns of the manifest that is there.

    Returns:
        None if there are no such columns, or if it cannot be trusted: then it is replaced.
    """
    try:
        with arrow_file(path, "rb") as stream:
            names = open_parquet(stream).schema_arrow.names
        own = _own(names)
        if not own or "path" not in names or len(set(names)) < len(names):
            return None
        return read_parquet(path, ["path", *own])
    except (OSError, ValueError, pa.ArrowException):
        return None
