"""Collect evidence chunk by chunk: combine it in memory, and save it on disk."""

from __future__ import annotations

import contextlib
import time
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import Values, empty_texts, has_no_text, rows_of
from catsclean.scan.cache import Cache

_PART_SECONDS: Final = 5.0
_LOOSE_PARTS: Final = 64


class Parts:
    """Evidence of some rows each, put together as it comes in.

    Columns of numbers are written to their final place at once, because thousands of small tables
    would fragment the memory and be in it twice when they are joined.  Text is merged a few tables
    at a time.
    """

    def __init__(self, count: int, schema: pa.Schema) -> None:
        """Expect `count` rows in all, with the columns of a schema."""
        self._count = count
        self._schema = schema
        self._texts = [field.name for field in schema if pa.types.is_string(field.type)]
        self._numbers: dict[str, Values] = {}
        self._base: _Part | None = None
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
        self, rows: NDArray[np.int64], table: pa.Table, sources: NDArray[np.int64]
    ) -> None:
        """Start with some rows of a table, in some order."""
        self._base = _Part(rows, table, sources)

    def in_order(self) -> pa.Table:
        """Return the whole in one piece, and release the parts."""
        base, parts = self._base, self._parts
        if not parts:
            return self._schema.empty_table() if base is None else _sorted([base])
        if base is not None:
            self._write(base.rows, base.table, base.sources)
            parts.insert(0, base._replace(table=base.table.select(self._texts)))
        texts = _sorted(parts)
        columns = [
            texts.column(name) if name in self._texts else self._numbers.pop(name).to_arrow()
            for name in self._schema.names
        ]
        return pa.Table.from_arrays(columns, schema=self._schema)

    def _write(
        self, rows: NDArray[np.int64], table: pa.Table, sources: NDArray[np.int64] | None = None
    ) -> None:
        for field in self._schema:
            if field.name in self._texts:
                continue
            if field.name not in self._numbers:
                self._numbers[field.name] = Values.zeros(self._count, field.type)
            values = Values.of(table.column(field.name))
            self._numbers[field.name].put(rows, values if sources is None else values.at(sources))


class _Part(NamedTuple):
    """Some rows of the whole, and the rows of a table that they are."""

    rows: NDArray[np.int64]
    table: pa.Table
    sources: NDArray[np.int64]


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
