"""Samples, or pairs of them, column by column as NumPy arrays: only what judging needs.

Importing pandas takes a quarter of a second, as long as all other work of an audit of an unchanged
data set.  Therefore tables stay in Arrow, are read through :class:`Rows`, and become a DataFrame
only on request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import (
    ROWS_AT_ONCE,
    hex_words,
    is_packed,
    text_array,
    text_at,
    to_numpy,
    with_text,
)
from catsclean.core.stored_table import ColumnTable, StoredTable, whole_table

if TYPE_CHECKING:
    import pandas as pd


# picking a single row takes about as long as converting this many rows at once
_FEW: Final = 8


class Rows:
    """Some rows of a table; a column becomes an array on first use.

    ``rows["path"]`` is an array to read and not to change: text as Python objects, all other
    columns in the type of the evidence.  ``rows.where(mask)`` selects some of the rows.
    """

    __slots__ = ("_at", "_known", "_table")

    def __init__(self, table: Table, at: NDArray[np.intp] | None = None) -> None:
        """Store the positions of the rows in the table; None: all of its rows."""
        self._table = table
        self._at = at
        self._known: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self._table if self._at is None else self._at)

    def __getitem__(self, name: str) -> NDArray[Any]:
        column = self._known.get(name)
        if column is None:
            column = self._known[name] = self._table.array(name, self._at)
        return column

    def texts(self, name: str) -> Iterator[str]:
        """Yield the texts of a column one by one.

        Unlike ``rows[name]``, it does not keep an object for each: a million paths take 70 MB.
        """
        return self._table.texts(name, self._at)

    def release(self, *, texts: bool = False) -> None:
        """Forget the columns of numbers that can be read again; with `texts`, also those of text.

        Text takes time to be made again, numbers take none.
        """
        self._table.release(texts=texts)
        self._known = self._table.lasting(self._known, texts=texts)

    def where(self, chosen: NDArray[Any]) -> Rows:
        """Return the rows that a mask, or an array of positions, selects."""
        at = chosen
        if chosen.dtype == np.bool_:
            at = np.flatnonzero(chosen)
            if len(at) == len(self):
                return self
        return Rows(self._table, at if self._at is None else self._at[at])

    def words(self, name: str, width: int) -> NDArray[np.uint64]:
        """Read a column of hex digits without making a Python object for each text.

        Args:
            name: Name of the column.
            width: Number of 64-bit words of one text: 16 digits each.

        Returns:
            (N, width) uint64, most significant word first; zeros for an empty text.

        Raises:
            ValueError: A text is neither empty nor a hex number of that length.
        """
        words = self._table.words(name, width)
        return words if self._at is None else words[self._at]

    def is_in(self, name: str, values: Any) -> NDArray[np.bool_]:
        """Return for each row whether a column holds one of some values."""
        column = self[name]
        found = np.zeros(len(column), dtype=np.bool_)
        for value in values:
            found |= column == value
        return found


class Table:
    """A table that stays in Arrow until somebody asks for pandas; then the DataFrame counts."""

    __slots__ = ("_arrays", "_arrow", "_frame", "_make_frame")

    def __init__(
        self,
        table: pd.DataFrame | ColumnTable | Table,
        make_frame: Callable[[pa.Table], pd.DataFrame] | None = None,
        made: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        """Store the rows.

        Args:
            table: An Arrow table or a DataFrame.
            make_frame: Converts an Arrow table to a DataFrame; None: the plain conversion.
            made: Columns of the Arrow table that are arrays already.
        """
        self._arrays = dict(made or {})
        self._arrow: Any = None
        self._frame: Any = None
        self._make_frame = make_frame
        if isinstance(table, Table):
            self._arrow, self._frame = table.held
            if self._frame is None:  # a DataFrame may have been changed since
                self._arrays.update(table.arrays)
        elif hasattr(table, "column_names"):
            self._arrow = table
        else:
            self._frame = table

    def __len__(self) -> int:
        return len(self._frame if self._arrow is None else self._arrow)

    def __contains__(self, name: object) -> bool:
        return name in (self._frame.columns if self._arrow is None else self._arrow.column_names)

    @property
    def held(self) -> tuple[Any, Any]:
        """The current form: an Arrow table and None, or None and a DataFrame."""
        return self._arrow, self._frame

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The columns that are arrays already."""
        return self._arrays

    def release(self, *, texts: bool = False) -> None:
        """Forget the columns that :meth:`lasting` leaves out."""
        self._arrays = self.lasting(self._arrays, texts=texts)

    def lasting(self, arrays: dict[str, NDArray[Any]], *, texts: bool) -> dict[str, NDArray[Any]]:
        """Leave out the columns of numbers that are in a file, and with `texts` those of text."""
        table = self._arrow
        if not isinstance(table, StoredTable):
            return arrays
        return {
            name: array
            for name, array in arrays.items()
            if (not texts if array.dtype == object else table.holds(name))
        }

    @property
    def frame(self) -> pd.DataFrame:
        """The DataFrame; made once."""
        if self._frame is None:
            make = self._make_frame
            table = self._arrow
            whole = whole_table(table)
            self._frame = with_text(whole).to_pandas() if make is None else make(whole)
            self._arrow = None
            self._arrays.clear()
        return self._frame

    @property
    def arrow(self) -> ColumnTable:
        """The columns in Arrow's form; hexadecimal digits may be packed in them."""
        if self._arrow is not None:
            return self._arrow
        return pa.Table.from_pandas(self._frame, preserve_index=False)

    def with_texts(self, name: str, texts: Sequence[str]) -> Table:
        """Return a table with a column of text, new or in place of the one of that name."""
        if self._arrow is None:
            return Table(self._frame.assign(**{name: texts}))
        column = texts if isinstance(texts, pa.ChunkedArray) else text_array(texts)
        made = {known: array for known, array in self._arrays.items() if known != name}
        if name not in self:
            return Table(self._arrow.append_column(name, column), made=made)
        at = self._arrow.column_names.index(name)
        return Table(self._arrow.set_column(at, name, column), made=made)

    def rows(self) -> Rows:
        """Return its rows, to be read column by column."""
        return Rows(self)

    def array(self, name: str, at: NDArray[np.intp] | None = None) -> NDArray[Any]:
        """Make an array of a column, or of some of its rows; of the whole column only once."""
        made = self._arrays.get(name)
        if made is None:
            column = None if self._arrow is None else self._arrow.column(name)
            if at is not None and _is_whole_text(column) and len(at) * _FEW < len(self):
                return text_at(column, at)
            made = self._arrays[name] = self._convert(name) if column is None else to_numpy(column)
        return made if at is None else made[at]

    def texts(self, name: str, at: NDArray[np.intp] | None = None) -> Iterator[str]:
        """Yield the texts of a column, or of some of its rows."""
        column = None if self._arrow is None else self._arrow.column(name)
        if column is None or name in self._arrays or not _is_whole_text(column):
            yield from self.array(name, at).tolist()
            return
        for start in range(0, len(self) if at is None else len(at), ROWS_AT_ONCE):
            if at is None:
                some = to_numpy(column.slice(start, ROWS_AT_ONCE))
            else:
                some = text_at(column, at[start : start + ROWS_AT_ONCE])
            yield from some.tolist()

    def words(self, name: str, width: int) -> NDArray[np.uint64]:
        """Make words from a column of hex digits."""
        column = None if self._arrow is None else self._arrow.column(name)
        if not _is_whole_text(column):
            column = text_array(self.array(name).tolist())
        return hex_words(column, width)

    def _convert(self, name: str) -> NDArray[Any]:
        column = self._frame[name]
        plain = isinstance(column.dtype, np.dtype)
        values: NDArray[Any] = column.to_numpy() if plain else column.to_numpy(dtype=object)
        return values


def _is_whole_text(column: pa.ChunkedArray | None) -> bool:
    """Return whether a column in Arrow's form is packed, or text without missing values."""
    if column is None or is_packed(column.type):
        return column is not None
    return str(column.type) == "string" and not column.null_count
