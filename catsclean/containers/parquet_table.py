"""A Parquet table with the bytes of pictures in a column, as Hugging Face's hub has them."""

from __future__ import annotations

import errno
import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from catsclean.containers.container import (
    DamagedContainerError,
    Members,
    NoPicturesInsideError,
    member_name,
)
from catsclean.containers.file_bytes import FileBytes
from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.reading_errors import ChangedError, TooLargeError

# names of a column of bytes that is one of pictures, in tables that do not say so themselves
_PICTURES: Final = (
    "image",
    "img",
    "picture",
    "photo",
    "jpg",
    "jpeg",
    "png",
    "image_bytes",
    "bytes",
)
_LABELS: Final = (
    "label", "labels", "fine_label", "class", "class_name", "label_name", "category", "cls",
)  # fmt: skip
_ROWS_AT_ONCE: Final = 32
_BUFFER_BYTES: Final = 2**20
_SUFFIXES: Final = {
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG": ".png",
    b"GIF8": ".gif",
    b"BM": ".bmp",
    b"RIFF": ".webp",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
}
_USUAL_SUFFIX: Final = ".jpg"
_ONLY_A_PATH: Final = "the table has only the path of this picture, not its bytes"
_NOTHING: Final = "the table has no bytes in this row"


class ParquetTable:
    """An open table; see :class:`~catsclean.containers.container.Container`.

    A place is the number of a row.  A row is named by the path that is stored with its bytes if
    these are different, else by its number: ``000017.jpg``.
    """

    def __init__(self, descriptor: int) -> None:
        """Take over an open descriptor.

        Raises:
            NoPicturesInsideError: No column holds the bytes of pictures.
            DamagedContainerError: It is not a Parquet file, or is damaged.
        """
        self._file = FileBytes(descriptor)
        try:
            self._table = pq.ParquetFile(self._file, buffer_size=_BUFFER_BYTES)
            schema = self._table.schema_arrow
            features = _features_of(schema)
            self._pictures = _picture_column(schema, features)
            self._label, self._classes = _label_column(schema, features)
            groups = range(self._table.num_row_groups)
            self._starts = [0]
            for group in groups:
                rows = self._table.metadata.row_group(group).num_rows
                self._starts.append(self._starts[-1] + rows)
        except DamagedContainerError:
            self._file.close()
            raise
        except Exception as error:  # what a damaged file leads Arrow to
            why = names.text(f"not a readable Parquet table: {error}")
            if self._file.is_lfs_pointer:
                why = "a Git LFS pointer; the table was never fetched (git lfs pull)"
            self._file.close()
            raise DamagedContainerError(why) from error
        self._reading: _RowGroup | None = None

    def members(self) -> Members:
        """List all rows; this reads the pictures, because their sizes are stored nowhere else."""
        found = Members()
        paths: list[str] = []
        row = 0
        try:
            columns = [self._pictures, *([self._label] if self._label else [])]
            for batch in self._table.iter_batches(
                _ROWS_AT_ONCE, columns=columns, use_threads=False
            ):
                contents, texts = _contents_of(batch.column(0))
                labels = batch.column(1).to_pylist() if self._label else [None] * len(batch)
                for data, text, label in zip(contents, texts, labels, strict=True):
                    found.add(f"{row:06d}{_suffix_of(data)}", data.size if data else 0, row)
                    paths.append(text or "")
                    if data is None:
                        found.presets[row] = Outcome.UNREADABLE, _ONLY_A_PATH if text else _NOTHING
                    if said := self._name_of(label):
                        found.labels[row] = said
                    row += 1
        except Exception as error:  # noqa: BLE001 - what a damaged file leads Arrow to
            found.damage = names.text(f"after {row:,} rows: {error}")
        _name_by_path(found, paths)
        return found

    def _name_of(self, label: Any) -> str:
        """Return the name of a label, escaped; empty if the row has none."""
        if isinstance(label, str):
            return names.escape(label.strip())
        if not isinstance(label, int):
            return ""
        if not self._classes:
            return str(int(label))
        return names.escape(self._classes[label]) if 0 <= label < len(self._classes) else ""

    def read(self, place: int, size_bytes: int, max_bytes: int) -> bytes:
        """Read a row; rows that follow one another are read in one go."""
        if size_bytes > max_bytes:
            raise TooLargeError(errno.EFBIG, f"{size_bytes} bytes")
        if place >= self._starts[-1]:
            raise ChangedError(errno.EAGAIN, "its table changed since it was listed")
        group = bisect_right(self._starts, place) - 1
        reading = self._reading
        if reading is None or reading.group != group or place < reading.start:
            stream = self._table.iter_batches(
                _ROWS_AT_ONCE, row_groups=[group], columns=[self._pictures], use_threads=False
            )
            reading = self._reading = _RowGroup(group, self._starts[group], stream)
        try:
            data = reading.take(place)
        except (pa.ArrowException, OSError, StopIteration) as error:
            self._reading = None
            raise OSError(errno.EIO, names.text(f"its row cannot be read: {error}")) from error
        if data is None or data.size != size_bytes:
            raise ChangedError(errno.EAGAIN, "its table changed since it was listed")
        content: bytes = data.to_pybytes()
        return content

    def status(self) -> os.stat_result:
        """Return the status of the file."""
        return self._file.status()

    def close(self) -> None:
        """Close the file."""
        self._reading = None
        self._table.close()
        self._file.close()


class _RowGroup:
    """A stream of the rows of one row group."""

    def __init__(self, group: int, start: int, stream: Iterator[Any]) -> None:
        self.group = group
        self.start = start
        self._stream = stream
        self._contents: Sequence[Any] = ()

    def take(self, row: int) -> Any:
        """Return the bytes of a row, an Arrow buffer; no earlier batch can be read again."""
        while row >= self.start + len(self._contents):
            self.start += len(self._contents)
            self._contents = ()
            self._contents = _contents_of(next(self._stream).column(0))[0]
        return self._contents[row - self.start]


def _features_of(schema: pa.Schema) -> dict[str, Any]:
    """Return the types of the columns as Hugging Face's metadata has them; empty without any."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _picture_column(schema: pa.Schema, features: dict[str, Any]) -> str:
    """Return the name of the column of pictures.

    Raises:
        NoPicturesInsideError: There is none.
    """
    fitting = [field.name for field in schema if _holds_bytes(field.type)]
    said = [name for name in fitting if _type_of(features.get(name)) == "Image"]
    structs = [name for name in fitting if pa.types.is_struct(schema.field(name).type)]
    named = [name for name in _PICTURES if name in fitting]
    found = [*said, *structs, *named]
    if not found:
        columns = ", ".join(names.escape(field.name) for field in schema)
        raise NoPicturesInsideError(
            f"no column of this table holds the bytes of pictures; its columns are {columns}"
        )
    return str(found[0])


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        at = kind.get_field_index("bytes")
        return at >= 0 and _holds_bytes(kind.field(at).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _type_of(feature: Any) -> str:
    return str(feature.get("_type", "")) if isinstance(feature, dict) else ""


def _label_column(schema: pa.Schema, features: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the name of the column of labels, empty if there is none, and the classes' names."""
    fitting = [
        field.name
        for field in schema
        if pa.types.is_integer(field.type)
        or pa.types.is_string(field.type)
        or pa.types.is_large_string(field.type)
        or pa.types.is_dictionary(field.type)
    ]
    classes = [name for name in fitting if _type_of(features.get(name)) == "ClassLabel"]
    usual = [name for name in _LABELS if name in fitting]
    found = [name for name in usual if name in classes] or classes or usual
    if not found:
        return "", []
    listed = features.get(found[0], {}).get("names") if found[0] in classes else None
    return found[0], list(map(str, listed)) if isinstance(listed, list) else []


def _contents_of(column: Any) -> tuple[list[Any], list[str | None]]:
    """Return the bytes of pictures, as Arrow buffers, and the paths that are stored with them."""
    if not pa.types.is_struct(column.type):
        return [value.as_buffer() for value in column], [None] * len(column)
    data = [value.as_buffer() for value in column.field("bytes")]
    at = column.type.get_field_index("path")
    if at < 0 or not pa.types.is_string(column.type.field(at).type):
        return data, [None] * len(column)
    return data, column.field("path").to_pylist()


def _suffix_of(data: Any) -> str:
    start = data.slice(0, min(4, data.size)).to_pybytes() if data is not None else b""
    # a row of a column of pictures is meant to be one, whatever it holds
    found = (suffix for magic, suffix in _SUFFIXES.items() if start.startswith(magic))
    return next(found, _USUAL_SUFFIX)


def _name_by_path(found: Members, paths: Sequence[str]) -> None:
    """Name rows by their stored paths, if every row has one and all differ."""
    if not all(paths) or len(set(paths)) != len(paths):
        return
    named = [member_name(path) for path in paths]
    if all(inside for _, inside in named) and len({name for name, _ in named}) == len(named):
        found.names = [name for name, _ in named]
