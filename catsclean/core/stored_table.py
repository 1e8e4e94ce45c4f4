"""A table that stays in its file: a column is in memory only while somebody uses it.

The evidence of a picture takes 400 bytes.  Of a million pictures that is most of the memory of an
audit, and each column of it is needed for a moment only.
"""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import rows_of
from catsclean.core.cache_files import check_file, open_tables, read_table
from catsclean.core.files import arrow_file

# Smaller files are read at once: that takes less time, and memory that counts little.
_READ: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_SMALLEST_BYTES: Final = 1 << 25
# the most that one call of the system reads on any of them
_MOST_AT_ONCE: Final = 1 << 30


class _Piece(NamedTuple):
    """Where the values of a column lie that one record batch of the file has.

    Attributes:
        kind: Their type.
        length: Their number.
        missing: How many of them are missing.
        buffers: Offset and size of each buffer in the file; None: there is none.
    """

    kind: pa.DataType
    length: int
    missing: int
    buffers: tuple[tuple[int, int] | None, ...]


class StoredTable:
    """Some rows and columns of a file of Arrow's; columns from elsewhere may stand beside them.

    It has those members of an Arrow table that evidence is read by.  The file must not change; it
    may be replaced or removed.
    """

    def __init__(
        self,
        file: _ColumnFile,
        schema: pa.Schema,
        rows: NDArray[np.int64] | None = None,
        held: Mapping[str, pa.ChunkedArray] | None = None,
    ) -> None:
        """Store where the columns are.

        Args:
            file: The file.
            schema: The columns.
            rows: (N,) positions in the file; None: all.
            held: Columns that are in memory, of N rows.
        """
        self._file = file
        self._rows = rows
        self._held = dict(held or {})
        self.schema = schema

    def __len__(self) -> int:
        return self._file.count if self._rows is None else len(self._rows)

    @property
    def column_names(self) -> list[str]:
        """The names of its columns."""
        names: list[str] = self.schema.names
        return names

    def holds(self, name: str) -> bool:
        """Return whether a column is in memory."""
        return name in self._held

    def column(self, name: str) -> pa.ChunkedArray:
        """Read a column.

        Raises:
            OSError: It cannot be read.
        """
        held = self._held.get(name)
        if held is not None:
            return held
        column = self._file.read(name)
        if self._rows is None:
            return column
        return rows_of(pa.table({name: column}), self._rows).column(0)

    def beside(self, columns: Mapping[str, pa.Array]) -> StoredTable:
        """Return it with columns that are in memory before, or in place of, its own."""
        whole = pa.table(dict(columns))
        own = [field for field in self.schema if field.name not in columns]
        held = dict(zip(whole.column_names, whole.columns, strict=True))
        schema = pa.schema([*whole.schema, *own])
        return StoredTable(self._file, schema, self._rows, {**self._held, **held})

    def select(self, names: Sequence[str]) -> StoredTable:
        """Return it with some columns, in some order."""
        schema = pa.schema([self.schema.field(name) for name in names])
        held = {name: self._held[name] for name in names if name in self._held}
        return StoredTable(self._file, schema, self._rows, held)

    def rows(self, rows: NDArray[np.int64]) -> StoredTable:
        """Return some of its rows, in some order, by their positions."""
        if len(rows) == len(self) and (rows == np.arange(len(rows))).all():
            return self
        held = {}
        if self._held:
            taken = rows_of(pa.table(self._held), rows)
            held = dict(zip(taken.column_names, taken.columns, strict=True))
        return StoredTable(
            self._file, self.schema, rows if self._rows is None else self._rows[rows], held
        )

    def append_column(self, field: str | pa.Field, column: Any) -> StoredTable:
        """Return it with one more column, which is in memory."""
        return self.set_column(len(self.schema), field, column)

    def set_column(self, at: int, field: str | pa.Field, column: Any) -> StoredTable:
        """Return it with a column that is in memory in place of another one, or after the last."""
        if not isinstance(column, pa.ChunkedArray):
            column = pa.chunked_array([column])
        if isinstance(field, str):
            field = pa.field(field, column.type)
        fields = [*self.schema]
        fields[at : at + 1] = [field]
        held = {name: own for name, own in self._held.items() if name != field.name}
        return StoredTable(self._file, pa.schema(fields), self._rows, {**held, field.name: column})

    def to_arrow(self) -> pa.Table:
        """Read all of it into memory."""
        columns = [self.column(name) for name in self.column_names]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def validate(self) -> None:
        """Check every value, column by column.

        Raises:
            OSError: A column cannot be read.
            pyarrow.ArrowException: It is damaged.
        """
        for name in self.column_names:
            self.column(name).validate(full=True)


ColumnTable: TypeAlias = pa.Table | StoredTable


def whole_table(table: ColumnTable) -> pa.Table:
    """Return a table in memory."""
    return table.to_arrow() if isinstance(table, StoredTable) else table


def table_rows(table: ColumnTable, rows: NDArray[np.int64]) -> ColumnTable:
    """Return some rows of a table, in some order, by their positions."""
    return table.rows(rows) if isinstance(table, StoredTable) else rows_of(table, rows)


def open_table(path: Path) -> ColumnTable:
    """Open a file of Arrow's: read a small one, and leave a large one where it is.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
        pyarrow.ArrowException: As above.
    """
    with arrow_file(path, "rb") as stream:
        small = stream.size() < _SMALLEST_BYTES or not hasattr(os, "preadv")
    if small:
        return read_table(path)
    check_file(path)
    file = _ColumnFile(path)
    stored = StoredTable(file, file.schema)
    stored.validate()
    return stored


def left_in_file(path: Path) -> StoredTable | None:
    """Return the table of a file that was just written; None if it is small, or gone.

    It is not checked.
    """
    try:
        if path.stat().st_size < _SMALLEST_BYTES or not hasattr(os, "preadv"):
            return None
        file = _ColumnFile(path)
    except (OSError, ValueError, pa.ArrowException):
        return None
    return StoredTable(file, file.schema)


class _ColumnFile:
    """An open file of Arrow's, and where in it the columns lie.

    Attributes:
        schema: Its columns.
        count: Number of its rows.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, _READ)
        weakref.finalize(self, os.close, self._descriptor)
        self.schema, self._pieces = _pieces_of(self._descriptor)
        first = next(iter(self._pieces.values()), [])
        self.count = sum(piece.length for piece in first)

    def read(self, name: str) -> pa.ChunkedArray:
        """Read a column.

        Raises:
            OSError: It cannot be read.
            pyarrow.ArrowInvalid: It is damaged.
        """
        kind, pieces = self.schema.field(name).type, self._pieces[name]
        if _is_of_whole_bytes(kind) and not any(piece.missing for piece in pieces):
            return pa.chunked_array([self._read_together(pieces, kind)], kind)
        return pa.chunked_array([self._read_piece(piece) for piece in pieces], kind)

    def _read_together(self, pieces: list[_Piece], kind: pa.DataType) -> pa.Array:
        """Read values of a fixed width in one piece."""
        width = kind.bit_width // 8
        length = sum(piece.length for piece in pieces)
        target, start = np.empty(length * width, np.uint8), 0
        for piece in pieces:
            offset, available = piece.buffers[1] or (0, 0)
            size = piece.length * width
            if available < size:
                raise pa.ArrowInvalid(f"a column has {available} bytes, {size} are needed")
            self._read_into(target[start : start + size], offset)
            start += size
        return pa.Array.from_buffers(kind, length, [None, pa.py_buffer(target)])

    def _read_piece(self, piece: _Piece) -> pa.Array:
        buffers: list[pa.Buffer | None] = []
        for place in piece.buffers:
            if place is None:
                buffers.append(None)
                continue
            # not in Arrow's pool, which keeps memory of this size after it was freed
            target = np.empty(place[1], np.uint8)
            self._read_into(target, place[0])
            buffers.append(pa.py_buffer(target))
        return pa.Array.from_buffers(piece.kind, piece.length, buffers, piece.missing)

    def _read_into(self, target: NDArray[np.uint8], offset: int) -> None:
        view = target.data
        while view:
            count = os.preadv(self._descriptor, [view[:_MOST_AT_ONCE]], offset)
            if not count:
                raise OSError(f"a file of the cache is shorter than it was: {offset} bytes")
            view, offset = view[count:], offset + count


def _pieces_of(descriptor: int) -> tuple[pa.Schema, dict[str, list[_Piece]]]:
    """Return the columns of an open file of Arrow's, and where their values lie.

    Raises:
        pyarrow.ArrowInvalid: It is damaged, or another program wrote it.
    """
    # The file is mapped to find the places, and not to read the values: if the disk fails, reading
    # ends with an error, but touching mapped memory ends the process.
    whole = pa.py_buffer(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
    reader = open_tables(pa.BufferReader(whole))
    schema = reader.schema
    pieces: dict[str, list[_Piece]] = {name: [] for name in schema.names}
    if len(pieces) != len(schema):
        raise pa.ArrowInvalid("a column occurs twice")
    for number in range(reader.num_record_batches):
        for name, array in zip(schema.names, reader.get_batch(number).columns, strict=True):
            if array.type.num_fields or pa.types.is_dictionary(array.type):
                raise pa.ArrowInvalid("a column of columns")
            places = tuple(_place_of(buffer, whole) for buffer in array.buffers())
            pieces[name].append(_Piece(array.type, len(array), array.null_count, places))
    return schema, pieces


def _is_of_whole_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _place_of(buffer: pa.Buffer | None, whole: pa.Buffer) -> tuple[int, int] | None:
    if buffer is None:
        return None
    if not buffer.size:
        return 0, 0
    place = buffer.address - whole.address
    if not 0 <= place <= whole.size - buffer.size:
        raise pa.ArrowInvalid("compressed, or written by another program")
    return place, buffer.size
