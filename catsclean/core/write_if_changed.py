"""Record the tables that an audit wrote, so that the next one skips those that do not change."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from catsclean.core.files import replacing
from catsclean.core.manifest import write_table
from catsclean.core.parse_json import parse_json
from catsclean.core.same_audit import digest_of_table

_RECORDED = 5  # digest, columns, and the status of the file


class Written:
    """The tables that an audit wrote: digest and columns of each, and the status of its file.

    A file that somebody else has changed, replaced or removed since then is written again.
    """

    def __init__(self, path: Path | None) -> None:
        """Read the record at `path`; None: record nothing and write every table."""
        self._path = path
        self._known: dict[str, Any] = {}
        self._changed = False
        if path is not None:
            with suppress(OSError, ValueError):
                known = parse_json(path.read_text(encoding="utf-8"))
                self._known = known if isinstance(known, dict) else {}

    def write(self, table: pa.Table, path: Path) -> None:
        """Write a table, as CSV if the name ends in ``.csv``, else as Parquet.

        Raises:
            OSError: The file cannot be written.
        """
        digest = digest_of_table(table)
        if path.name in self._known and self._known[path.name] == _record(path, digest, table):
            return
        with replacing(path) as temporary:
            write_table(table, temporary, csv=path.suffix == ".csv")
        self._known[path.name] = _record(path, digest, table)
        self._changed = True

    def columns(self, path: Path) -> list[str] | None:
        """Return the names of a table's columns; None if its file changed since it was written."""
        known = self._known.get(path.name)
        if not isinstance(known, list) or len(known) != _RECORDED:
            return None
        return known[1] if known[2:] == _status(path) else None

    def save(self) -> None:
        """Save the record; if the folder cannot be written, the next audit only takes longer."""
        if self._path is None or not self._changed:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._path) as temporary:
                temporary.write_text(json.dumps(self._known), encoding="utf-8")


def _record(path: Path, digest: str, table: pa.Table) -> list[Any] | None:
    status = _status(path)
    return None if status is None else [digest, table.column_names, *status]


def _status(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ino]
