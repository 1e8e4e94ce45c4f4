"""Collect evidence chunk by chunk: combine it in memory, and save it on disk."""

from __future__ import annotations

import contextlib
import time
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import number_array, rows_of
from catsclean.scan.cache import Cache

_PART_SECONDS: Final = 5.0
_LOOSE_PARTS: Final = 64


class Parts:
    """Tables of some rows each, merged a few at a time as they come in.

    Thousands of small tables would fragment the memory: when freed, they would leave holes too
    small for anything later.
    """

    def __init__(self) -> None:
        self._rows: list[NDArray[np.int64]] = []
        self._sources: list[NDArray[np.int64]] = []
        self._tables: list[pa.Table] = []
        self._count = 0
        self._loose = 0

    def add(self, rows: NDArray[np.int64], table: pa.Table) -> None:
        """Add a table; `rows` are the positions of its rows in the whole."""
        self.build_on(rows, table, np.arange(len(rows)))
        self._loose += 1
        if self._loose == _LOOSE_PARTS:
            together = pa.concat_tables(self._tables[-self._loose :]).combine_chunks()
            self._tables[-self._loose :] = [together]
            self._loose = 0

    def build_on(
        self, rows: NDArray[np.int64], table: pa.Table, sources: NDArray[np.int64]
    ) -> None:
        """Add a table of which only some rows are needed, in some order; call it before `add`."""
        self._rows.append(rows)
        self._sources.append(sources + self._count)
        self._tables.append(table)
        self._count += len(table)

    def in_order(self, schema: pa.Schema) -> pa.Table:
        """Return the whole in one piece, and release the parts."""
        if not self._tables:
            return schema.empty_table()
        order = np.concatenate(self._sources)[np.argsort(np.concatenate(self._rows))]
        rest = pa.concat_tables(self._tables)
        self._tables.clear()
        columns = []
        # Drop each column once it is sorted, so at most one column is in memory twice.
        for field in schema:
            columns.append(_taken(rest.select([field.name]), order).column(0))
            rest = rest.drop_columns([field.name])
            pa.default_memory_pool().release_unused()
        return pa.Table.from_arrays(columns, schema=schema)


class PartKeeper:
    """Saves evidence every few seconds, so that an interrupted audit loses only a few seconds."""

    def __init__(self, cache: Cache | None, identity: pa.Table, started_ns: int) -> None:
        self._cache = cache
        self._identity = identity
        self._started_ns = started_ns
        self._pending: list[tuple[Any, pa.Table]] = []
        self._saved_at = time.monotonic()
        self._number = 0

    def add(self, rows: Any, table: pa.Table) -> None:
        """Add a table and the positions of its rows in the whole; save it if it is time."""
        self._pending.append((rows, table))
        if time.monotonic() - self._saved_at > _PART_SECONDS:
            self.flush()

    def forget(self) -> None:
        """Drop the unsaved evidence: the whole is about to be saved."""
        self._pending.clear()

    def flush(self) -> None:
        """Save all evidence since the last time."""
        if self._cache is None or not self._pending:
            return
        rows = np.concatenate([rows for rows, _ in self._pending])
        table = pa.concat_tables([table for _, table in self._pending])
        for name in reversed(self._identity.column_names):
            column = self._identity.column(name).take(number_array(rows))
            table = table.add_column(0, name, column)
        with contextlib.suppress(OSError):
            self._cache.save_part(self._number, table, self._started_ns)
        self._number += 1
        self._pending.clear()
        self._saved_at = time.monotonic()


def _taken(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Return some rows of a table, in some order, in one piece."""
    if len(rows) == len(table) and (rows[:-1] < rows[1:]).all():
        return table.combine_chunks()
    return rows_of(table, rows)
