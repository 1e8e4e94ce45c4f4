"""Collect evidence chunk by chunk: combine it in memory, and save it on disk."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import (
    ROWS_AT_ONCE,
    Values,
    empty_texts,
    has_no_text,
    rows_of,
)
from catsclean.core.spilled_columns import HeldColumns, SpilledColumns, make_columns
from catsclean.core.stored_table import ColumnTable, StoredTable, whole_table
from catsclean.scan.cache import Cache

_PART_SECONDS: Final = 5.0
_LOOSE_PARTS: Final = 64


class Parts:
    """Evidence of some rows each, put together as it comes in.

    Columns of numbers are written to their final place at once, because thousands of small tables
    would fragment the memory and be in it twice when they are joined.  Text is merged a few tables
    at a time.
    """

    def __init__(self, count: int, schema: pa.Schema, folder: Path | None = None) -> None:
        """Expect `count` rows in all, with the columns of a schema.

        Args:
            count: Number of rows.
            schema: The columns.
            folder: Place for a temporary file, if there are many rows; None: use memory only.
        """
        self._count = count
        self._schema = schema
        self._folder = folder
        self._texts = [field.name for field in schema if pa.types.is_string(field.type)]
        self._numbers: HeldColumns | SpilledColumns | None = None
        self._base: _Base | None = None
        self._parts: list[_Part] = []
        self._loose = 0

    def add(self, rows: NDArray[np.int64], table: pa.Table) -> None:
        """Add a table; `rows` are the positions of its rows in the whole."""
        self._write(rows, table)
        self._parts.append(_Part(rows, table.select(self._texts), np.arange(len(rows))))
        self._loose += 1
        if self._loose == _LOOSE_PARTS:
            together = _together(self._parts[-self._loose :])
            self._parts[-self._loose :] = [together._replace(table=together.table.combine_chunks())]
            self._loose = 0

    def build_on(
        self, rows: NDArray[np.int64], table: ColumnTable, sources: NDArray[np.int64]
    ) -> None:
        """Start with some rows of a table, in some order."""
        self._base = _Base(rows, table, sources)

    def in_order(self) -> ColumnTable:
        """Return the whole in one piece, and release the parts."""
        if self._base is not None and not self._parts:
            return self._base.in_order()
        return next(self.batches(max(self._count, 1)))

    def batches(self, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[pa.Table]:
        """Yield the rows of the whole in their order, some at a time."""
        if not self._parts:
            self.add(np.empty(0, np.int64), self._schema.empty_table())
        if self._base is not None:
            self._write(self._base.rows, self._base.table, self._base.sources)
            self._parts.insert(0, self._base.of_columns(self._texts))
            self._base = None
        texts = _sorted(self._parts)
        self._parts = [_Part(np.arange(self._count), texts, np.arange(self._count))]
        for start in range(0, max(self._count, 1), rows_at_once):
            stop = min(start + rows_at_once, self._count)
            columns = [
                texts.column(name).slice(start, stop - start)
                if name in self._texts
                else self._columns().take(name, start, stop).to_arrow()
                for name in self._schema.names
            ]
            yield pa.Table.from_arrays(columns, schema=self._schema)

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        names: list[str] = self._schema.names
        return names

    @property
    def are_in_file(self) -> bool:
        """Whether the numbers are in a temporary file."""
        return isinstance(self._numbers, SpilledColumns)

    def _write(
        self, rows: NDArray[np.int64], table: ColumnTable, sources: NDArray[np.int64] | None = None
    ) -> None:
        for name in self._schema.names:
            if name not in self._texts:
                values = Values.of(table.column(name))
                self._put(name, rows, values if sources is None else values.at(sources))

    def _put(self, name: str, rows: NDArray[np.int64], values: Values) -> None:
        numbers = self._columns()
        if isinstance(numbers, SpilledColumns):
            with contextlib.suppress(OSError):
                numbers.put(name, rows, values)
                return
            self._numbers = numbers = numbers.to_memory()  # the disk is full
        numbers.put(name, rows, values)

    def _columns(self) -> HeldColumns | SpilledColumns:
        """Return the columns of numbers, which are made when the first values come in."""
        if self._numbers is None:
            kinds = {field.name: field.type for field in self._schema}
            own = {name: kind for name, kind in kinds.items() if name not in self._texts}
            self._numbers = make_columns(self._folder, self._count, own)
        return self._numbers


class _Part(NamedTuple):
    """Some rows of the whole, and the rows of a table that they are."""

    rows: NDArray[np.int64]
    table: pa.Table
    sources: NDArray[np.int64]


class _Base(NamedTuple):
    """A part that the whole starts with; its table may lie in the cache."""

    rows: NDArray[np.int64]
    table: ColumnTable
    sources: NDArray[np.int64]

    def of_columns(self, names: list[str]) -> _Part:
        """Return some of its columns as a part."""
        return _Part(self.rows, whole_table(self.table.select(names)), self.sources)

    def in_order(self) -> ColumnTable:
        """Return its rows in the order of the whole, which has no others."""
        if isinstance(self.table, StoredTable):
            return self.table.rows(self.sources[np.argsort(self.rows)])
        return _sorted([_Part(*self)])


def _together(parts: list[_Part]) -> _Part:
    starts = np.cumsum([0, *(len(part.table) for part in parts[:-1])])
    return _Part(
        np.concatenate([part.rows for part in parts]),
        pa.concat_tables([part.table for part in parts]),
        np.concatenate([part.sources + s for part, s in zip(parts, starts, strict=True)]),
    )


def _sorted(parts: list[_Part]) -> pa.Table:
    """Return the rows of some parts in the order of the whole, and release the parts."""
    rows, rest, sources = _together(parts)
    parts.clear()
    order = sources[np.argsort(rows)]
    schema, columns = rest.schema, []
    empty = empty_texts(len(order))
    # Drop each column once it is sorted, so at most one column is in memory twice.
    for field in schema:
        if pa.types.is_string(field.type) and has_no_text(rest.column(field.name)):
            columns.append(pa.chunked_array([empty]))
        else:
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
        table = with_identity(rows_of(self._identity, rows), table)
        with contextlib.suppress(OSError):
            self._cache.save_part(self._number, table, self._started_ns)
        self._number += 1
        self._pending.clear()
        self._saved_at = time.monotonic()


def with_identity(identity: pa.Table, evidence: pa.Table) -> pa.Table:
    """Put path, size, time and inode of some files before the columns of their evidence."""
    columns = [*identity.columns, *evidence.columns]
    return pa.Table.from_arrays(columns, [*identity.column_names, *evidence.column_names])


def _taken(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Return some rows of a table, in some order, in one piece."""
    if len(rows) == len(table) and (rows[:-1] < rows[1:]).all():
        return table.combine_chunks()
    return rows_of(table, rows)
