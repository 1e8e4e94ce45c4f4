"""Files of the cache, each with a checksum at its end.

What an audit finds in the cache it does not find again.  So a file that the disk or a bad copy
damaged must count as missing: a changed bit in it could hide a finding, or make one up.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa

from catsclean.core.files import replacing

_MARK: Final = b"crc32"
#: Size of what stands behind the contents of a file: a mark, and the CRC-32 in little-endian.
END_BYTES: Final = len(_MARK) + 4
_AT_ONCE: Final = 1 << 20


class _Summed(io.RawIOBase):
    """A file to write to, and the checksum of what was written."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._sum = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._sum = zlib.crc32(data, self._sum)
        return self._stream.write(data)

    def write_end(self) -> None:
        self._stream.write(_end_of(self._sum))


@contextmanager
def writing(path: Path) -> Iterator[io.RawIOBase]:
    """Yield a file to write to; on success it replaces the one at `path`, complete.

    Args:
        path: The file; its folder is made if it is missing.

    Raises:
        OSError: The file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, temporary.open("wb") as stream:
        summed = _Summed(stream)
        yield summed
        summed.write_end()


@contextmanager
def writing_tables(path: Path, schema: pa.Schema) -> Iterator[pa.ipc.RecordBatchFileWriter]:
    """Yield a writer of tables; on success their file replaces the one at `path`, complete.

    Args:
        path: As for :func:`writing`.
        schema: Columns of all tables; its metadata is stored too.

    Raises:
        OSError: The file cannot be written.
    """
    with writing(path) as stream, pa.ipc.new_file(stream, schema) as writer:
        yield writer


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, completely or not at all.

    Raises:
        OSError: The file cannot be written.
    """
    with writing(path) as stream:
        stream.write(data)


def read_table(path: Path) -> pa.Table:
    """Read all tables of a file as one.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged, cut off, or has no checksum.
    """
    table = pa.ipc.open_file(_read_checked(path)).read_all()
    table.validate(full=True)
    return table


def read_bytes(path: Path) -> bytes:
    """Read a file that :func:`write_bytes` wrote.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged, cut off, or has no checksum.
    """
    return bytes(_read_checked(path))


def open_tables(stream: pa.NativeFile) -> pa.ipc.RecordBatchFileReader:
    """Open a file of tables, to read some of it.  Its checksum is not compared.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not a file of tables.
    """
    return pa.ipc.open_file(stream, footer_offset=max(stream.size() - END_BYTES, 0))


def check_file(path: Path) -> None:
    """Compare a file with its checksum, in little memory.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged, cut off, or has no checksum.
    """
    with path.open("rb") as stream:
        left = max(stream.seek(0, io.SEEK_END) - END_BYTES, 0)
        stream.seek(0)
        found = 0
        while some := stream.read(min(left, _AT_ONCE)):
            found = zlib.crc32(some, found)
            left -= len(some)
        _compare(path, found, stream.read())


def _read_checked(path: Path) -> memoryview:
    """Read a file at once, and return its contents without the checksum."""
    whole = memoryview(path.read_bytes())
    data = whole[:-END_BYTES]
    _compare(path, zlib.crc32(data), whole[-END_BYTES:])
    return data


def _end_of(checksum: int) -> bytes:
    return _MARK + checksum.to_bytes(4, "little")


def _compare(path: Path, found: int, end: bytes | memoryview) -> None:
    if end != _end_of(found):
        raise ValueError(f"{path.name!r} does not have the checksum that it was written with")
