"""Write the labels of an audited data set to a table, for other programs and for ``labels=``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
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
_SHOWN: Final = 5


def export_labels(
    manifest: pa.Table,
    path: str | os.PathLike[str],
    state: StateFolder,
    rename: Mapping[str, str] | None = None,
) -> int:
    """Write path, label, status and digest of every sample, in the format of the extension.

    Paths and labels are escaped as in the manifest, and a CSV runs no formulas in a spreadsheet.

    Args:
        manifest: The rows of a manifest.
        path: The file, which must not exist: ``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson`` or
            ``.parquet``.
        state: The state folder; the file must lie neither in it nor in the data set.
        rename: The label to write in place of another, by that, as the manifest has them or as
            text.

    Returns:
        The number of samples that have a label.

    Raises:
        UsageError: The file exists, cannot be written, or has another extension; or a label to be
            renamed is not there.
    """
    target = Path(path)
    shown = f"Received: {names.text(os.fspath(path))!r}."
    if not is_table_name(target.name):
        raise UsageError(f"a table of labels ends in {', '.join(TABLE_ENDINGS)}. {shown}")
    if os.path.lexists(target):
        raise UsageError(f"the file exists, and is never overwritten. {shown} Name another file.")
    check_target(target, lambda _: False, (state.root, state.path))
    table = _renamed(manifest.select(_COLUMNS), rename or {})
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


def _renamed(table: pa.Table, rename: Mapping[str, str]) -> pa.Table:
    """Write other labels in place of some.

    Raises:
        UsageError: A label is not there, or the other one is empty.
    """
    if not rename:
        return table
    at = table.column_names.index("label")
    labels = table.column(at).combine_chunks().dictionary_encode()
    known: list[str] = labels.dictionary.to_pylist()
    new = {}
    for old, other in rename.items():
        meant = old if old in known else names.escape(old)
        if meant not in known or not other.strip():
            said = f"Received: {names.text(f'{old}={other}')!r}."
            why = "no sample has the label" if meant not in known else "a label cannot be empty"
            listed = ", ".join(sorted(known)[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
            raise UsageError(f"{why}. {said} The labels are {listed or 'none'}.")
        new[meant] = other if other in known else names.escape(other.strip())
    texts = pa.array([new.get(label, label) for label in known], labels.dictionary.type)
    return table.set_column(at, "label", texts.take(labels.indices))


def _write(table: pa.Table, path: Path, ending: str) -> None:
    if ending in {".csv", ".parquet"}:
        write_table(table, path, csv=ending == ".csv")
    elif ending == ".tsv":
        with path.open("wb") as stream:
            pa_csv.write_csv(with_safe_cells(table), stream, pa_csv.WriteOptions(delimiter="\t"))
    else:
        rows = (json.dumps(row, ensure_ascii=False) for row in table.to_pylist())
        path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8", newline="\n")
