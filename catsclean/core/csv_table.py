"""Read a table with typed columns from CSV, whatever program saved it."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pc

from catsclean.core.files import arrow_file

# whole numbers up to here are exact even if a program stored them as float64
_EXACT: Final = 2**53
_COLUMN = re.compile(r"In CSV column #(\d+): ")


def read_csv(source: Path, kinds: Mapping[str, str]) -> pa.Table:
    """Read a CSV file; an empty cell without quotes is a missing value.

    Whole numbers may be written as ``1.0``, as pandas does if a column has missing values.  One
    that a float does not hold exactly (beyond 2**53) becomes missing instead of a wrong number.

    Args:
        source: The file.
        kinds: Name of the Arrow type of each column with a fixed type; the others are inferred.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not CSV, or a cell does not fit its column; column and row are named.
    """
    try:
        return _read(source, kinds)
    except pa.ArrowInvalid:
        numbers = {name: kind for name, kind in kinds.items() if kind != "string"}
    try:
        table = _read(source, {**kinds, **dict.fromkeys(numbers, "string")})
    except pa.ArrowInvalid as error:
        raise ValueError(_with_name(str(error), source)) from error
    for index, name in enumerate(table.column_names):
        if name in numbers:
            kind = pa.type_for_alias(numbers[name])
            cells = table.column(index).to_pylist()
            values = [_number(text, name, kind, row) for row, text in enumerate(cells, 1)]
            table = table.set_column(index, name, pa.array(values, kind))
    return table


def _read(source: Path, kinds: Mapping[str, str]) -> pa.Table:
    options = pc.ConvertOptions(
        column_types={name: pa.type_for_alias(kind) for name, kind in kinds.items()},
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    with arrow_file(source, "rb") as stream:
        return pc.read_csv(stream, convert_options=options)


def _number(text: str | None, name: str, kind: pa.DataType, row: int) -> Any:
    if text is None or not text.strip():
        return None
    whole = pa.types.is_integer(kind)
    try:
        try:
            value: float = int(text) if whole else float(text)
        except ValueError:
            value = float(text)
        if whole and isinstance(value, float):
            if value != int(value):
                raise ValueError
            if abs(value) > _EXACT:
                return None
            value = int(value)
        return pa.scalar(value, kind).as_py()
    except (ValueError, OverflowError, pa.ArrowInvalid):
        wanted = f"a whole number ({kind})" if whole else "a number"
        raise ValueError(
            f"row {row}, column {name} is not {wanted}. Received: {text!a:.40}."
            " Correct the cell, or leave it empty."
        ) from None


def _with_name(message: str, source: Path) -> str:
    """Put the name of a column into an Arrow message that has only its number."""
    found = _COLUMN.search(message)
    if found is None:
        return message
    with source.open(encoding="utf-8", errors="replace", newline="") as stream:
        header = next(csv.reader(stream), [])
    number = int(found[1])
    name = header[number] if number < len(header) else f"#{number}"
    return message.replace(found[0], f"column {name}: ")
