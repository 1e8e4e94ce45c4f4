"""Samples, or pairs of them, column by column as NumPy arrays: what judging needs, and no more.

pandas takes a quarter of a second to import, as long as everything else that an audit of an
unchanged data set does.  Tables are therefore kept as Arrow, looked at through :class:`Rows`, and
made a DataFrame for those who ask for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catsclean.arrow import text_array, text_at, to_numpy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray


# to look for so many rows, each by itself, takes as long as to make them all
_FEW: Final = 8


class Rows:
    """Some rows of a table; a column is made an array when it is first asked for.

    ``rows["path"]`` is an array, to be read and not changed: text as Python objects, everything
    else in the type that the evidence has it in.  ``rows.where(mask)`` are some of the rows.
    """

    __slots__ = ("_count", "_known", "_make", "_pick")

    def __init__(
        self,
        make: Callable[[str], NDArray[Any]],
        count: int,
        pick: Callable[[str, NDArray[Any]], NDArray[Any] | None] | None = None,
    ) -> None:
        """Take the number of rows, and what makes columns.

        Args:
            make: Makes a column, given its name.
            count: Number of rows.
            pick: Makes some rows of a column, given its name and their positions, or None where
                making all of it takes no longer; None: it never does.
        """
        self._make = make
        self._pick = pick
        self._count = count
        self._known: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, name: str) -> NDArray[Any]:
        column = self._known.get(name)
        if column is None:
            column = self._known[name] = self._make(name)
        return column

    def where(self, chosen: NDArray[Any]) -> Rows:
        """Give the rows that a mask, or an array of positions, chooses."""
        at = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Rows(lambda name: self._some(name, at), len(at))

    def _some(self, name: str, at: NDArray[Any]) -> NDArray[Any]:
        picked = None
        if self._pick is not None and name not in self._known and len(at) * _FEW < self._count:
            picked = self._pick(name, at)
        return self[name][at] if picked is None else picked

    def is_in(self, name: str, values: Any) -> NDArray[np.bool_]:
        """Tell for each row whether a column holds one of some values."""
        column = self[name]
        found = np.zeros(len(column), dtype=np.bool_)
        for value in values:
            found |= column == value
        return found


class Table:
    """A table that is Arrow until somebody wants pandas; from then on the DataFrame counts."""

    __slots__ = ("_arrow", "_frame", "_made", "_make_frame")

    def __init__(
        self,
        table: pd.DataFrame | pa.Table | Table,
        make_frame: Callable[[pa.Table], pd.DataFrame] | None = None,
        made: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        """Take the rows.

        Args:
            table: An Arrow table or a DataFrame.
            make_frame: How one becomes the other; None: plainly.
            made: Columns of the Arrow table of which there are arrays already.
        """
        self._made = dict(made or {})
        self._arrow: Any = None
        self._frame: Any = None
        self._make_frame = make_frame
        if isinstance(table, Table):
            self._arrow, self._frame = table.held
            self._made = {**table.made, **self._made}
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
        """What there is: an Arrow table and None, or None and a DataFrame."""
        return self._arrow, self._frame

    @property
    def made(self) -> dict[str, NDArray[Any]]:
        """Arrays of some columns, where there is an Arrow table."""
        return self._made

    @property
    def frame(self) -> pd.DataFrame:
        """The DataFrame; made once."""
        if self._frame is None:
            make = self._make_frame
            self._frame = self._arrow.to_pandas() if make is None else make(self._arrow)
            self._arrow = None
        return self._frame

    @property
    def arrow(self) -> pa.Table:
        """The Arrow table."""
        if self._arrow is not None:
            return self._arrow
        import pyarrow as pa

        return pa.Table.from_pandas(self._frame, preserve_index=False)

    def with_texts(self, name: str, texts: Sequence[str]) -> Table:
        """Give it with a column of text, new or in place of the one of that name."""
        if self._arrow is None:
            return Table(self._frame.assign(**{name: texts}))
        import pyarrow as pa

        column = texts if isinstance(texts, pa.ChunkedArray) else text_array(texts)
        if name not in self:
            return Table(self._arrow.append_column(name, column), made=self._made)
        at = self._arrow.column_names.index(name)
        made = {known: array for known, array in self._made.items() if known != name}
        return Table(self._arrow.set_column(at, name, column), made=made)

    def rows(self) -> Rows:
        """Look at it column by column."""
        return Rows(self._column, len(self), self._texts)

    def _texts(self, name: str, at: NDArray[Any]) -> NDArray[Any] | None:
        column = None if self._arrow is None else self._arrow.column(name)
        if name in self._made:
            return None
        if column is None or str(column.type) != "string" or column.null_count:
            return None
        return text_at(column, at)

    def _column(self, name: str) -> NDArray[Any]:
        if self._arrow is not None:
            known = self._made.get(name)
            return to_numpy(self._arrow.column(name)) if known is None else known
        column = self._frame[name]
        plain = isinstance(column.dtype, np.dtype)
        values: NDArray[Any] = column.to_numpy() if plain else column.to_numpy(dtype=object)
        return values
