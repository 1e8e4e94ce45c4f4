"""Columns that are written to their place in a temporary file as their values come in.

What reading a million files gives takes 300 MB as numbers; nobody looks at it before all of it is
there.  The file has no name, so nothing is left of it if the process is killed.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import Values

# fewer rows are kept in memory
LEAST_ROWS: Final = 1 << 16


class HeldColumns:
    """Columns of numbers in memory."""

    def __init__(self, count: int, kinds: Mapping[str, pa.DataType]) -> None:
        """Make `count` zeros of each column."""
        self._columns = {name: Values.zeros(count, kind) for name, kind in kinds.items()}

    def put(self, name: str, rows: NDArray[np.int64], values: Values) -> None:
        """Replace the values of a column at some positions."""
        self._columns[name].put(rows, values)

    def take(self, name: str, start: int, stop: int) -> Values:
        """Return the values of a column between two positions."""
        whole = self._columns[name]
        missing = None if whole.missing is None else whole.missing[start:stop]
        return Values(whole.kind, whole.values[start:stop], missing)


class SpilledColumns:
    """Columns of numbers in a temporary file."""

    def __init__(self, folder: Path, count: int, kinds: Mapping[str, pa.DataType]) -> None:
        """Make `count` zeros of each column, in a file in a folder.

        Raises:
            OSError: The file cannot be made.
        """
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - lives as long
        weakref.finalize(self, self._file.close)
        self._count = count
        self._kinds = dict(kinds)
        self._starts: dict[str, int] = {}
        size = 0
        for name, kind in kinds.items():
            self._starts[name] = size
            # after its values each column has a byte for each of them: whether it is missing
            size += count * (_shape_of(kind)[1] + 1)
        os.truncate(self._file.fileno(), size)

    def put(self, name: str, rows: NDArray[np.int64], values: Values) -> None:
        """Replace the values of a column at some positions.

        Raises:
            OSError: The disk is full, or failed.
        """
        width = _shape_of(self._kinds[name])[1]
        self._write(self._starts[name], width, rows, values.values)
        if values.missing is not None:
            self._write(self._starts[name] + self._count * width, 1, rows, values.missing)

    def take(self, name: str, start: int, stop: int) -> Values:
        """Return the values of a column between two positions.

        Raises:
            OSError: The disk failed.
        """
        kind = self._kinds[name]
        dtype, width, shape = _shape_of(kind)
        data = self._read(self._starts[name] + start * width, (stop - start) * width)
        flags = self._read(self._starts[name] + self._count * width + start, stop - start)
        missing = np.frombuffer(flags, np.bool_)
        values = np.frombuffer(data, dtype).reshape(-1, *shape)
        return Values(kind, values, missing if missing.any() else None)

    def to_memory(self) -> HeldColumns:
        """Return the columns in memory.

        Raises:
            OSError: The disk failed.
        """
        held = HeldColumns(self._count, self._kinds)
        for name in self._kinds:
            held.put(name, np.arange(self._count), self.take(name, 0, self._count))
        return held

    def _write(self, place: int, width: int, rows: NDArray[np.int64], values: NDArray[Any]) -> None:
        starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1).tolist()
        for start, stop in itertools.pairwise([*starts, len(rows)]):
            data = np.ascontiguousarray(values[start:stop]).view(np.uint8).reshape(-1).data
            at = place + int(rows[start]) * width
            while data:
                done = os.pwrite(self._file.fileno(), data, at)
                data, at = data[done:], at + done

    def _read(self, place: int, size: int) -> bytearray:
        data = bytearray(size)
        view, at = memoryview(data), place
        while view:
            done = os.preadv(self._file.fileno(), [view], at)
            if not done:
                raise OSError("a temporary file is shorter than it was")
            view, at = view[done:], at + done
        return data


def make_columns(
    folder: Path | None, count: int, kinds: Mapping[str, pa.DataType]
) -> HeldColumns | SpilledColumns:
    """Make columns of zeros: many in a folder if it can be written, others in memory."""
    if folder is not None and count >= LEAST_ROWS and hasattr(os, "preadv"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return SpilledColumns(folder, count, kinds)
        except OSError:
            pass
    return HeldColumns(count, kinds)


def _shape_of(kind: pa.DataType) -> tuple[Any, int, tuple[int, ...]]:
    """Return NumPy's type of a column, the bytes of a value, and its shape."""
    one = Values.zeros(1, kind).values
    return one.dtype, one.nbytes, one.shape[1:]
