"""A Parquet table with the bytes of pictures in a column, as Hugging Face's hub has them."""

from __future__ import annotations

import errno
import itertools
import os
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from catsclean.containers.container import (
    NO_SUCH_FILE,
    Container,
    DamagedContainerError,
    Members,
    NoPicturesInsideError,
    member_name,
)
from catsclean.containers.file_bytes import FileBytes
from catsclean.containers.parquet_pages import largest_page
from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.parquet_file import open_parquet
from catsclean.core.parse_json import parse_json
from catsclean.core.reading_errors import ChangedError, TooLargeError, reason_of

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
# Arrow unpacks a page as a whole, and for that takes four times its size.  Workers may take 2 GiB.
_LARGEST_PAGE: Final = 2**29
# No picture is larger than the page that it is in, so a batch of rows has no more bytes than this.
_BATCH_BYTES: Final = 2**28
# Rows that are kept unpacked for reads that jump to and fro: to compare two pictures of PetImages
# in row groups of 100 unpacks 3 MB.
_KEPT_BYTES: Final = 2**26
# A table may claim any number of rows in a row group that is not read.
_MOST_UNREAD_ROWS: Final = 1_000_000
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


class ParquetTable(Container):
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
            self._table = open_parquet(self._file, buffer_size=_BUFFER_BYTES)
            schema = self._table.schema_arrow
            features = _features_of(schema)
            self._pictures, self._paths = _leaves_of(schema, _picture_column(schema, features))
            self._label, self._classes = _label_column(schema, features)
            columns = self._table.schema
            self._leaves = {columns.column(at).path: at for at in range(len(columns))}
            groups = range(self._table.num_row_groups)
            self._starts = [0]
            for group in groups:
                rows = self._table.metadata.row_group(group).num_rows
                self._starts.append(self._starts[-1] + rows)
        except DamagedContainerError:
            self._file.close()
            raise
        except Exception as error:  # what a damaged file leads Arrow to
            why = self._file.why_not("Parquet table", error)
            self._file.close()
            raise DamagedContainerError(why) from error
        # the last ones that were read: comparing pictures jumps to and fro between a few
        self._groups: OrderedDict[int, _RowGroup] = OrderedDict()
        self._rows: dict[str, int] | None = None  # those that are named by their path

    def members(self) -> Members:
        """List all rows; this reads the pictures, because their sizes are stored nowhere else."""
        found = Members()
        paths: list[str] = []
        try:
            for group in range(self._table.num_row_groups):
                self._list_group(found, paths, group)
        except Exception as error:  # noqa: BLE001 - what a damaged file leads Arrow to
            why = reason_of(error) if isinstance(error, OSError) else error
            found.damage = names.text(f"after {len(found.names):,} rows: {why}")
        if named := _named_by_path(paths):
            found.names = named
        return found

    def _list_group(self, found: Members, paths: list[str], group: int) -> None:
        """Add the rows of a row group."""
        for text, label, (data, problem) in zip(
            self._texts_of(group, self._paths),
            self._texts_of(group, self._label),
            self._contents_of(group),
            strict=False,  # without such a column there is no end of them
        ):
            row = len(found.names)
            found.add(_numbered(row, data), data.size if data else 0, row)
            paths.append(text or "")
            if problem:
                found.presets[row] = Outcome.OVER_LIMIT, problem
            elif data is None:
                found.presets[row] = Outcome.UNREADABLE, _ONLY_A_PATH if text else _NOTHING
            if said := self._name_of(label):
                found.labels[row] = said
        if len(found.names) != self._starts[group + 1]:
            raise OSError(f"row group {group} has another number of rows than the table says")

    def _texts_of(self, group: int, column: str) -> Iterable[Any]:
        """Return the values of a column of texts or numbers; None for ever without a column."""
        if not column:
            return itertools.repeat(None)
        self._check_pages(group, column)
        found = self._table.read_row_group(group, columns=[column], use_threads=False).column(0)
        if pa.types.is_struct(found.type):
            found = found.combine_chunks().field(0)
        values: list[Any] = found.to_pylist()
        return values

    def _contents_of(self, group: int) -> Iterator[tuple[Any, str]]:
        """Yield the bytes of each picture of a row group, an Arrow buffer, or why there are none.

        Raises:
            OSError: Its pages are damaged, or it claims more rows than can be listed.
        """
        try:
            stream = self._stream(group)
        except TooLargeError as error:
            rows = self._starts[group + 1] - self._starts[group]
            if rows > _MOST_UNREAD_ROWS:
                raise
            yield from itertools.repeat((None, str(error.strerror)), rows)
            return
        for batch in stream:
            for data in _buffers_of(batch.column(0)):
                yield data, ""

    def _stream(self, group: int) -> Iterator[Any]:
        """Return the pictures of a row group, in batches of bounded size.

        Raises:
            TooLargeError: Unpacking it would take too much memory.
            OSError: Its pages are damaged.
        """
        largest = self._check_pages(group, self._pictures)
        rows = max(1, min(_ROWS_AT_ONCE, _BATCH_BYTES // max(largest, 1)))
        stream: Iterator[Any] = self._table.iter_batches(
            rows, row_groups=[group], columns=[self._pictures], use_threads=False
        )
        return stream

    def _check_pages(self, group: int, column: str) -> int:
        """Return the size of the largest page of a column in a row group.

        Raises:
            TooLargeError: It is too large to be unpacked.
            OSError: The pages are damaged.
        """
        chunk = self._table.metadata.row_group(group).column(self._leaves[column])
        try:
            largest = largest_page(self._file, chunk)
        except ValueError as error:
            raise OSError(errno.EIO, str(error)) from error
        if largest > _LARGEST_PAGE:
            raise TooLargeError(
                errno.EFBIG,
                f"in a page of {largest:,} bytes of its table, limit {_LARGEST_PAGE:,}"
                " (write the table with fewer rows in a row group)",
            )
        return largest

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
            raise TooLargeError(errno.EFBIG, f"{size_bytes:,} bytes")
        if place >= self._starts[-1]:
            raise ChangedError(errno.EAGAIN, "its table changed since it was listed")
        # rows that are read in order are not needed again: fresh memory costs more than unpacking
        data = self._row(place, in_order=True)
        if data is None or data.size != size_bytes:
            raise ChangedError(errno.EAGAIN, "its table changed since it was listed")
        content: bytes = data.to_pybytes()
        return content

    def read_named(self, name: str, max_bytes: int) -> bytes:
        """Read a row by its name, without reading all pictures to list them."""
        if self._rows is None:
            named = _named_by_path(self._all_paths())
            self._rows = {each: row for row, each in enumerate(named)}
        row = self._rows.get(name, -1)
        if not self._rows:
            number = name.partition(".")[0]
            row = int(number) if number.isascii() and number.isdigit() else -1
        data = self._row(row) if 0 <= row < self._starts[-1] else None
        if data is None or not (self._rows or _numbered(row, data) == name):
            raise FileNotFoundError(errno.ENOENT, NO_SUCH_FILE)
        if data.size > max_bytes:
            raise TooLargeError(errno.EFBIG, f"{data.size:,} bytes")
        content: bytes = data.to_pybytes()
        return content

    def _all_paths(self) -> list[str]:
        """Return the paths that are stored with the pictures; empty if they are not whole."""
        if not self._paths:
            return []
        try:
            groups = range(self._table.num_row_groups)
            return [text or "" for group in groups for text in self._texts_of(group, self._paths)]
        except (pa.ArrowException, OSError) as error:
            raise OSError(errno.EIO, names.text(f"its paths cannot be read: {error}")) from error

    def _row(self, row: int, *, in_order: bool = False) -> Any:
        """Return the bytes of a row, an Arrow buffer; None if it has none.

        Args:
            row: Its number in the table.
            in_order: Its row group is the only one that stays in memory.

        Raises:
            OSError: It cannot be read.
        """
        group = bisect_right(self._starts, row) - 1
        reading = self._groups.pop(group, None)
        if reading is None or row < reading.start:
            reading = _RowGroup(self._starts[group], self._stream(group))
        try:
            found = reading.take(row)
        except (pa.ArrowException, OSError, StopIteration) as error:
            raise OSError(errno.EIO, names.text(f"its row cannot be read: {error}")) from error
        self._groups[group] = reading
        most_bytes = 0 if in_order else _KEPT_BYTES
        while len(self._groups) > 1 and most_bytes < sum(
            each.kept_bytes for each in self._groups.values()
        ):
            self._groups.popitem(last=False)
        return found

    def status(self) -> os.stat_result:
        """Return the status of the file."""
        return self._file.status()

    def close(self) -> None:
        """Close the file."""
        self._groups.clear()
        self._table.close()
        self._file.close()


class _RowGroup:
    """The rows of one row group, as far as they were unpacked and fit into memory.

    Attributes:
        start: The first row that can be read.
        kept_bytes: Size of the rows that are in memory.
    """

    def __init__(self, start: int, stream: Iterator[Any]) -> None:
        self.start = start
        self.kept_bytes = 0
        self._stream = stream
        self._contents: list[Any] = []

    def take(self, row: int) -> Any:
        """Return the bytes of a row, an Arrow buffer; those before `start` cannot be read again."""
        while row >= self.start + len(self._contents):
            if self.kept_bytes > _KEPT_BYTES:
                self.start += len(self._contents)
                self.kept_bytes, self._contents = 0, []
            batch = next(self._stream)
            self.kept_bytes += batch.nbytes
            self._contents += _buffers_of(batch.column(0))
        return self._contents[row - self.start]


def _features_of(schema: pa.Schema) -> dict[str, Any]:
    """Return the types of the columns as Hugging Face's metadata has them; empty without any."""
    try:
        features = parse_json((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
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


def _leaves_of(schema: pa.Schema, column: str) -> tuple[str, str]:
    """Return the columns of the bytes and of the paths of pictures; empty if there are no paths."""
    kind = schema.field(column).type
    if not pa.types.is_struct(kind):
        return column, ""
    at = kind.get_field_index("path")
    has_paths = at >= 0 and pa.types.is_string(kind.field(at).type)
    return f"{column}.bytes", f"{column}.path" if has_paths else ""


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        at = kind.get_field_index("bytes")
        return at >= 0 and _is_bytes(kind.field(at).type)
    return _is_bytes(kind)


def _is_bytes(kind: pa.DataType) -> bool:
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


def _buffers_of(column: Any) -> list[Any]:
    """Return the bytes of pictures, as Arrow buffers."""
    values = column.field(0) if pa.types.is_struct(column.type) else column
    return [value.as_buffer() for value in values]


def _numbered(row: int, data: Any) -> str:
    """Return the name of a row that has no path of its own."""
    return f"{row:06d}{_suffix_of(data)}"


def _suffix_of(data: Any) -> str:
    start = data.slice(0, min(4, data.size)).to_pybytes() if data is not None else b""
    # a row of a column of pictures is meant to be one, whatever it holds
    found = (suffix for magic, suffix in _SUFFIXES.items() if start.startswith(magic))
    return next(found, _USUAL_SUFFIX)


def _named_by_path(paths: Sequence[str]) -> list[str]:
    """Return the names of rows by their stored paths; empty unless all have one and all differ."""
    if not all(paths) or len(set(paths)) != len(paths):
        return []
    named = [member_name(path) for path in paths]
    if not all(inside for _, inside in named) or len({name for name, _ in named}) != len(named):
        return []
    return [name for name, _ in named]
