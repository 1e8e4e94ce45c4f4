"""Read paths and labels from a table that somebody else made: CSV, TSV, JSON lines, Parquet.

Arrow's readers do the work.  A table is untrusted: its size is bounded before it is read, and what
it names is looked up among the files that were listed, never opened.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json
from numpy.typing import NDArray

from catsclean.core import names
from catsclean.core.label_source import TABLE_ENDINGS
from catsclean.core.parquet_file import open_parquet
from catsclean.core.parse_json import parse_json
from catsclean.errors import ConfigError

MAX_BYTES: Final = 512 * 2**20
MAX_ROWS: Final = 20_000_000
MAX_LABEL_CHARACTERS: Final = 1000
MAX_PATH_CHARACTERS: Final = 65_536
# What pandas and spreadsheets write for a missing value; a class may well be called None or NA.
_MISSING: Final = ("", "nan", "NaN", "<NA>", "null", "NULL", "#N/A", "N/A", "n/a", "?")
# Recognised names of columns in lower case, the better one first.
_PATHS: Final = (
    "path", "file_name", "filename", "file_path", "filepath", "file", "image_path", "image_name",
    "image_file", "image_id", "imageid", "image", "img_path", "img_name", "img", "picture", "photo",
    "fname", "image_index", "id_code", "id", "name",
)  # fmt: skip
_LABELS: Final = (
    "label", "labels", "class", "class_name", "class_label", "label_name", "category",
    "category_name", "target", "classes",
)  # fmt: skip
_MANIFEST: Final = frozenset({"path", "label", "sha256", "status"})
_BLOCK: Final = 64 * 2**20
# Arrow's JSON reader crashes beyond some 10,000 nested brackets, and no exception is raised.
_MOST_BRACKETS: Final = 1000
_BRACKETS: Final = np.frombuffer(b"[{", np.uint8)
# It crashes, too, if the first line that it reads is null.
_STARTS: Final = np.frombuffer(b"{\n", np.uint8)
_DELIMITERS: Final = (",", ";", "\t", "|")
_SNIFFED_BYTES: Final = 2**16
_SHOWN: Final = 12
_UNREADABLE: Final = (
    pa.ArrowException, OSError, ValueError, TypeError, OverflowError, RecursionError, csv.Error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table of labels.

    Attributes:
        paths: Paths or ids, as text; missing values are empty.
        labels: Labels without surrounding blanks; null if there is none.
        numbers: Number of each row, as a spreadsheet counts.
        path_column: Name of the column of paths.
        label_column: Name of the column of labels.
        sha256: Of the file.
        is_manifest: It is a manifest of catsclean's: its paths and labels are escaped.
    """

    paths: pa.Array
    labels: pa.Array
    numbers: NDArray[np.int64]
    path_column: str = ""
    label_column: str = ""
    sha256: str = ""
    is_manifest: bool = False


def read_table(data: bytes, name: str, columns: str = "") -> tuple[TableRows, str]:
    """Read the rows of a table.

    Args:
        data: The bytes of the file.
        name: Its name, for its format and for messages.
        columns: What the user wrote after the name: ``PATH,LABEL`` or ``PATH,LABEL,FOLDER``; empty:
            recognise the columns.

    Returns:
        The rows, and the folder.

    Raises:
        ConfigError: It cannot be read, has too many rows, or has no such columns.
    """
    shown = names.text(name.rpartition("/")[2])
    ending = next((one for one in TABLE_ENDINGS if name.lower().endswith(one)), "")
    if not ending:
        raise ConfigError(
            f"a table of labels ends in {', '.join(TABLE_ENDINGS)}. Received: {names.text(name)!r}."
        )
    if len(data) > MAX_BYTES:
        raise too_large(shown, f"{len(data):,} bytes")
    try:
        table = _READERS[ending](data, ending)
        path, label, folder = _columns(table.names, columns, shown)
        read = table.read([path, label])
        paths, labels = (_texts(read.column(one), one, shown) for one in (path, label))
    except _UNREADABLE as error:
        raise ConfigError(f"cannot read {shown!r}: {_reason(error)}.") from None
    if len(paths) > MAX_ROWS:
        raise ConfigError(f"{shown!r} has {len(paths):,} rows, more than {MAX_ROWS:,}.")
    is_manifest = set(table.names) >= _MANIFEST
    if is_manifest and ending in {".csv", ".tsv"}:
        paths, labels = (_from_cells(column) for column in (paths, labels))
    rows = TableRows(
        _checked_paths(paths, shown),
        _checked_labels(labels, label, shown),
        np.arange(len(paths), dtype=np.int64) + table.first_row,
        path, label, hashlib.sha256(data).hexdigest(), is_manifest,
    )  # fmt: skip
    return rows, folder


def find_label_column(data: bytes, name: str) -> str:
    """Return the name of the column of labels that a table surely has; empty if it has none.

    Raises:
        ConfigError: It cannot be read.
    """
    shown = names.text(name.rpartition("/")[2])
    ending = next(one for one in TABLE_ENDINGS if name.lower().endswith(one))
    if ending in {".jsonl", ".ndjson"}:  # the first lines have all columns
        data = data[: data.find(b"\n", _SNIFFED_BYTES) + 1 or len(data)]
    try:
        known = _READERS[ending](data, ending).names
    except _UNREADABLE as error:
        raise ConfigError(f"cannot read {shown!r}: {_reason(error)}.") from None
    return _first_of(known, _LABELS)


def too_large(shown: str, why: str) -> ConfigError:
    """Return the error for a table that is too large, such as ``1,000 bytes``."""
    return ConfigError(
        f"{shown!r} is too large, {why}; a table of labels may have {MAX_BYTES:,}. Leave out the"
        " other columns, or save it as Parquet."
    )


class _Reader(Protocol):
    """Reads a table of one format.

    Attributes:
        names: Names of its columns.
        first_row: Number of its first row, as a spreadsheet counts.
    """

    names: list[str]
    first_row: int = 1

    def __init__(self, data: bytes, ending: str) -> None:
        """Take the bytes of a file."""

    def read(self, columns: list[str]) -> pa.Table:
        """Return some of its columns."""


class _Csv(_Reader):
    """A table with a header and delimiters."""

    first_row = 2

    def __init__(self, data: bytes, ending: str) -> None:
        self._data = data
        self._encoding = "utf8"
        if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            self._encoding = "utf-16"
        head = data[:_SNIFFED_BYTES].decode(self._encoding, "replace").lstrip("\ufeff")
        first = head.splitlines()[0] if head.strip() else ""
        self._delimiter = "\t" if ending == ".tsv" else _delimiter_of(first)
        self.names = next(csv.reader(io.StringIO(head), delimiter=self._delimiter), [])

    def read(self, columns: list[str]) -> pa.Table:
        """Return columns as text."""
        return pa_csv.read_csv(
            pa.BufferReader(self._data),
            read_options=pa_csv.ReadOptions(encoding=self._encoding, block_size=_BLOCK),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=b'"' in self._data
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=columns, column_types=dict.fromkeys(columns, pa.string())
            ),
        )


class _JsonLines(_Reader):
    """One JSON object a line."""

    def __init__(self, data: bytes, ending: str) -> None:
        del ending
        self._table = _read_json(data)
        self.names = list(self._table.column_names)

    def read(self, columns: list[str]) -> pa.Table:
        """Return columns."""
        return self._table.select(columns)


class _Parquet(_Reader):
    """A Parquet file; only two of its columns are read."""

    def __init__(self, data: bytes, ending: str) -> None:
        del ending
        self._data = data
        file = open_parquet(pa.BufferReader(data))
        if file.metadata.num_rows > MAX_ROWS:
            raise ValueError(f"it has {file.metadata.num_rows:,} rows, more than {MAX_ROWS:,}")
        self.names = list(file.schema_arrow.names)

    def read(self, columns: list[str]) -> pa.Table:
        """Return columns; text as a dictionary, because a small file may hold one text often."""
        file = open_parquet(pa.BufferReader(self._data), read_dictionary=columns)
        table = file.read(columns)
        table.validate(full=True)
        return table


_READERS: Final[dict[str, type[_Reader]]] = {
    ".csv": _Csv, ".tsv": _Csv, ".jsonl": _JsonLines, ".ndjson": _JsonLines, ".parquet": _Parquet,
}  # fmt: skip


def _read_json(data: bytes) -> pa.Table:
    data = data.removeprefix(b"\xef\xbb\xbf")
    raw = np.frombuffer(data, np.uint8)
    opening = np.flatnonzero(np.isin(raw, _BRACKETS))
    ends = np.flatnonzero(raw == ord("\n"))
    most = np.bincount(np.searchsorted(ends, opening)).max() if len(opening) else 0
    starts = np.concatenate([[0], ends + 1])
    if most <= _MOST_BRACKETS and np.isin(raw[starts[starts < len(raw)]], _STARTS).all():
        options = pa_json.ReadOptions(block_size=_BLOCK)
        return pa_json.read_json(pa.BufferReader(data), options)
    rows = [parse_json(line) for line in data.split(b"\n") if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a line is not a JSON object")
    scalars = [
        {key: value for key, value in row.items() if not isinstance(value, list | dict)}
        for row in rows
    ]
    keys = dict.fromkeys(key for row in scalars for key in row)
    return pa.table({key: [row.get(key) for row in scalars] for key in keys})


def _columns(known: Sequence[str], wanted: str, shown: str) -> tuple[str, str, str]:
    """Return the columns of paths and of labels, and the folder.

    Raises:
        ConfigError: There are none, or several of a name.
    """
    path, label, folder = _named(known, wanted) if wanted else (*_recognised(known), "")
    listed = names.text(", ".join(known[:_SHOWN])) + (", …" if len(known) > _SHOWN else "")
    if not path or not label:
        what = (
            f"has no such columns. Received: {names.text(wanted)!r}"
            if wanted
            else ("does not show which columns hold paths and labels")
        )
        if not listed:
            raise ConfigError(f"{shown!r} {what}. It has no columns. Name another table.")
        raise ConfigError(f"{shown!r} {what}. Its columns: {listed}. Name two: {shown}:PATH,LABEL")
    counts = Counter(known)
    if counts[path] > 1 or counts[label] > 1:
        raise ConfigError(f"{shown!r} has a column twice. Its columns: {listed}.")
    return path, label, folder


def _named(known: Sequence[str], wanted: str) -> tuple[str, str, str]:
    """Split ``PATH,LABEL,FOLDER`` so that both columns exist; their names may have commas."""
    parts = wanted.split(",")
    for end in range(len(parts), 1, -1):
        for at in range(1, end):
            path, label = ",".join(parts[:at]), ",".join(parts[at:end])
            found = [one if one in known else one.strip() for one in (path, label)]
            if all(one in known for one in found) and found[0] != found[1]:
                return found[0], found[1], ",".join(parts[end:]).strip()
    return "", "", ""


def _recognised(known: Sequence[str]) -> tuple[str, str]:
    path, label = _first_of(known, _PATHS), _first_of(known, _LABELS)
    if len(known) == 2 and (path or label) and not (path and label):
        other = next((one for one in known if one not in {path, label}), "")
        return path or other, label or other
    return path, label


def _first_of(known: Sequence[str], wanted: Sequence[str]) -> str:
    plain = {re.sub(r"[\s-]+", "_", one.strip()).casefold(): one for one in reversed(known)}
    return next((plain[one] for one in wanted if one in plain), "")


def _texts(values: pa.ChunkedArray, column: str, shown: str) -> pa.Array:
    """Return a column as one array of text."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if not (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
        or pa.types.is_floating(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)
        or pa.types.is_decimal(kind)
    ):  # fmt: skip
        raise ConfigError(
            f"column {names.text(column)!r} of {shown!r} is neither text nor a number: it is"
            f" {names.text(str(kind))[:80]}. Name another column."
        )
    if pa.types.is_dictionary(values.type):
        _refuse_long(values, shown)
    texts = _whole(values.cast(pa.large_string()))
    texts.validate(full=True)  # Arrow's reader of JSON takes text that is not UTF-8
    return texts


def _refuse_long(values: pa.ChunkedArray, shown: str) -> None:
    """Refuse text that would take too much memory once it is no dictionary any more."""
    total = 0
    for chunk in values.chunks:
        lengths = pc.binary_length(chunk.dictionary.cast(pa.large_string()))
        total += pc.sum(lengths.take(chunk.indices.drop_null())).as_py() or 0
    if total > MAX_BYTES:
        raise too_large(shown, f"{total:,} bytes of text")


def _checked_paths(paths: pa.Array, shown: str) -> pa.Array:
    paths = pc.utf8_trim_whitespace(paths.fill_null(""))
    if len(paths) and pc.max(pc.utf8_length(paths)).as_py() > MAX_PATH_CHARACTERS:
        raise ConfigError(
            f"{shown!r} has a path of more than {MAX_PATH_CHARACTERS:,} characters: is it the"
            " right column?"
        )
    return paths


def _checked_labels(labels: pa.Array, column: str, shown: str) -> pa.Array:
    labels = pc.utf8_trim_whitespace(labels)
    longest = pc.max(pc.utf8_length(labels)).as_py() or 0
    if longest > MAX_LABEL_CHARACTERS:
        raise ConfigError(
            f"column {names.text(column)!r} of {shown!r} has a label of {longest:,} characters,"
            f" more than {MAX_LABEL_CHARACTERS:,}: is it the right column?"
        )
    missing = pc.is_in(labels, value_set=pa.array(_MISSING, labels.type))
    return pc.if_else(missing, pa.scalar(None, labels.type), labels)


def _from_cells(column: pa.Array) -> pa.Array:
    """Undo the escapes that keep a spreadsheet from running a cell of our CSV as a formula."""
    starts = pc.starts_with(column, "\\x").fill_null(False)  # noqa: FBT003
    if not pc.any(starts).as_py():
        return column
    cells = [one and names.from_cell(one) for one in column.to_pylist()]
    return pa.array(cells, column.type)


def _whole(values: pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks()
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def _delimiter_of(header: str) -> str:
    """Return what divides a header: a comma, if it has one; else what is most frequent."""
    if "," in header:
        return ","
    return max(_DELIMITERS, key=header.count)


def _reason(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    text = names.text(text.splitlines()[0])[:200].rstrip(".")
    if "invalid UTF8" in text or "utf-8" in text.lower():
        return f"it is not UTF-8 ({text}). Save it as UTF-8"
    return text


def read_given(labels: Any) -> TableRows:
    """Read labels that a caller passes: a mapping, a pandas Series or DataFrame, an Arrow table.

    Raises:
        ConfigError: It is something else, or has no columns of paths and labels.
    """
    path, label = "path", "label"
    if hasattr(labels, "column_names"):
        known = list(labels.column_names)
        path, label, _ = _columns(known, "", "labels=")
        given = [labels.column(known.index(name)).to_pylist() for name in (path, label)]
    elif hasattr(labels, "columns") and hasattr(labels, "iloc"):
        known = [str(name) for name in labels.columns]
        path, label, _ = _columns(known, "", "labels=")
        given = [labels.iloc[:, known.index(name)].tolist() for name in (path, label)]
    elif hasattr(labels, "items"):
        items = list(labels.items())
        given = [[one for one, _ in items], [one for _, one in items]]
    else:
        raise ConfigError(
            "labels= must be a mapping from path to label, a pandas Series or DataFrame, or an"
            f" Arrow table. Received: {names.received(labels)}."
        )
    paths = [_given_path(one) for one in given[0]]
    values = [_given_label(one) for one in given[1]]
    if len(paths) > MAX_ROWS:
        raise ConfigError(f"labels= has {len(paths):,} rows, more than {MAX_ROWS:,}.")
    return TableRows(
        _checked_paths(pa.array(paths, pa.large_string()), "labels="),
        _checked_labels(pa.array(values, pa.large_string()), label, "labels="),
        np.arange(len(paths), dtype=np.int64) + 1,
        path,
        label,
    )


def _given_path(path: Any) -> str:
    if isinstance(path, Path):
        path = path.as_posix()
    if not isinstance(path, str):
        path = str(path)
    return names.encode(path) if not _is_utf8(path) else path


def _given_label(label: Any) -> str | None:
    if label is None or type(label).__name__ == "NAType":
        return None
    if isinstance(label, float | np.floating):
        if np.isnan(label):
            return None
        label = int(label) if float(label).is_integer() else label
    if isinstance(label, str | int | float | np.integer | np.floating | np.bool_):
        text = str(label)
        return text if _is_utf8(text) else names.escape(text)
    raise ConfigError(
        f"labels= has a label that is neither text nor a number. Received: {names.received(label)}."
    )


def _is_utf8(text: str) -> bool:
    return text.isascii() or text == text.encode("utf-8", "replace").decode()
