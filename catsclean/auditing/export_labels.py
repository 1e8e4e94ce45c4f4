"""Write the labels of an audited data set to a table, for other programs and for ``labels=``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as pa_csv

from catsclean.core import names
from catsclean.core.files import check_target, make_whole
from catsclean.core.label_source import TABLE_ENDINGS, is_table_name
from catsclean.core.manifest import with_safe_cells, write_table
from catsclean.core.state import StateFolder
from catsclean.errors import UsageError

# with these, `labels=` knows a manifest of catsclean's, whose paths and labels are escaped
_COLUMNS: Final = ("path", "label", "status", "sha256")


def export_labels(manifest: pa.Table, path: str | os.PathLike[str], state: StateFolder) -> int:
    """Write path, label, status and digest of every sample, in the format of the extension.

    Paths and labels are escaped as in the manifest, and a CSV runs no formulas in a spreadsheet.

    Args:
        manifest: The rows of a manifest.
        path: The file, which must not exist: ``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson`` or
            ``.parquet``.
        state: The state folder; the file must lie neither in it nor in the data set.

    Returns:
        The number of samples that have a label.

    Raises:
        UsageError: The file exists, cannot be written, or has another extension.
    """
    target = Path(path)
    shown = f"Received: {names.text(os.fspath(path))!r}."
    if not is_table_name(target.name):
        raise UsageError(f"a table of labels ends in {', '.join(TABLE_ENDINGS)}. {shown}")
    if os.path.lexists(target):
        raise UsageError(f"the file exists, and is never overwritten. {shown} Name another file.")
    check_target(target, lambda _: False, (state.root, state.path))
    table = manifest.select(_COLUMNS)
    try:
        with make_whole(target) as temporary:
            _write(table, temporary, target.suffix.lower())
    except FileExistsError:
        raise UsageError(
            f"the file exists, and is never overwritten. {shown} Name another file."
        ) from None
    except OSError as error:
        raise UsageError(
            f"cannot write the labels: {error.strerror or error}. {shown} Name another file."
        ) from error
    return int(len(table) - table.column("label").null_count)


def _write(table: pa.Table, path: Path, ending: str) -> None:
    if ending in {".csv", ".parquet"}:
        write_table(table, path, csv=ending == ".csv")
    elif ending == ".tsv":
        with path.open("wb") as stream:
            pa_csv.write_csv(with_safe_cells(table), stream, pa_csv.WriteOptions(delimiter="\t"))
    else:
        rows = (json.dumps(row, ensure_ascii=False) for row in table.to_pylist())
        path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8", newline="\n")
