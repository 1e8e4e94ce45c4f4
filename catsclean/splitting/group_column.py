"""The user's own groups: a CSV with the column ``path`` and another column."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.core.manifest import check_path
from catsclean.errors import ManifestError, UsageError

_MAX_BYTES: Final = 1 << 30


def read_column(file: Path, column: str) -> dict[str, object]:
    """Read the value of one column by path.

    Args:
        file: CSV with a header; ``path`` as in the manifest.  An empty cell means no group.
        column: Name of the column.

    Raises:
        UsageError: There is no such file or column.
        ManifestError: It cannot be read, or a row cannot be trusted; the message names the row.
    """
    import pandas as pd

    shown = repr(names.text(str(file)))
    if not file.is_file():
        raise UsageError(f"no such file. Received: {shown}. Name a CSV with the column 'path'.")
    if file.stat().st_size > _MAX_BYTES:
        raise ManifestError(f"{shown} is larger than {_MAX_BYTES >> 30} GB.")
    try:
        table = pd.read_csv(file, dtype="string", keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        text = names.text(str(error).strip().splitlines()[0])
        raise ManifestError(f"cannot read {shown}: {text}") from error
    for name in ("path", column):
        if name not in table.columns:
            there = ", ".join(names.text(str(c)) for c in table.columns)
            raise UsageError(f"{shown} has no column {names.text(name)!r}. There are: {there}.")
    values: dict[str, object] = {}
    for number, (path, value) in enumerate(zip(table["path"], table[column], strict=True), 2):
        try:
            key = names.encode(check_path(None if pd.isna(path) else str(path)))
        except ValueError as error:
            raise ManifestError(f"{shown}, line {number}: {error}") from None
        if key in values and values[key] != value:
            raise ManifestError(
                f"{shown}, line {number}: {key} is listed twice, with different values"
            )
        if not pd.isna(value):
            values[key] = value
    return values
