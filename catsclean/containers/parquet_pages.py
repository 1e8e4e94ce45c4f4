"""How much memory a column of a Parquet table takes, from the headers of its pages alone.

Arrow unpacks a whole page at once, and the table's own directory does not say how large its pages
are.  Each begins with a header in Thrift's compact protocol, which has the size.
"""

from __future__ import annotations

from typing import Any, Final

from catsclean.containers.file_bytes import FileBytes

# A header has some ten bytes, and more if it has statistics: the least and the greatest value.
_HEADER_BYTES: Final = (2**8, 2**16, 2**20)
_UNCOMPRESSED_SIZE: Final = 2
_COMPRESSED_SIZE: Final = 3
# types of Thrift's compact protocol
_BOOLEANS: Final = (1, 2)
_BYTE: Final = 3
_INTEGERS: Final = (4, 5, 6)
_DOUBLE: Final = 7
_BINARY: Final = 8
_LISTS: Final = (9, 10)
_STRUCT: Final = 12
_DEEPEST: Final = 8
_LONG_LIST: Final = 15


def largest_page(file: FileBytes, chunk: Any) -> int:
    """Return the size in bytes of the largest page of a column in one row group.

    Args:
        file: The table.
        chunk: Arrow's metadata of the column in the row group.

    Raises:
        ValueError: A header is damaged.
    """
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < start:
        start = chunk.dictionary_page_offset
    end, largest = start + chunk.total_compressed_size, 0
    while start < end:
        header_bytes, packed, unpacked = _read_header(file, start)
        largest = max(largest, packed, unpacked)
        start += header_bytes + packed
    return largest


def _read_header(file: FileBytes, start: int) -> tuple[int, int, int]:
    """Return the size of a page's header, and of the page before and after it is unpacked."""
    for most in _HEADER_BYTES:
        header = _Header(file.read_at(start, most))
        try:
            sizes = header.struct()
            packed, unpacked = sizes[_COMPRESSED_SIZE], sizes[_UNCOMPRESSED_SIZE]
        except IndexError:
            continue  # it is longer
        except KeyError:
            break
        if packed < 0 or unpacked < 0:
            break
        return header.at, packed, unpacked
    raise ValueError(f"the header of the page at byte {start:,} is damaged")


class _Header:
    """Reads Thrift's compact protocol, as far as the headers of pages need it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, int]:
        """Read a struct; return its integers by the number of their field."""
        if depth > _DEEPEST:
            raise KeyError(depth)
        found: dict[int, int] = {}
        field = 0
        while (head := self._byte()) != 0:
            field = field + (head >> 4) if head >> 4 else self._integer()
            kind = head & 0xF
            if kind in _INTEGERS:
                found[field] = self._integer()
            elif kind not in _BOOLEANS:  # whose value is their type
                self._skip(kind, depth)
        return found

    def _skip(self, kind: int, depth: int) -> None:
        if kind in (*_BOOLEANS, _BYTE):
            self.at += 1
        elif kind in _INTEGERS:
            self._integer()
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BINARY:
            length = self._unsigned()
            self.at += length
        elif kind == _STRUCT:
            self.struct(depth + 1)
        elif kind in _LISTS and depth < _DEEPEST:
            head = self._byte()
            count = head >> 4 if head >> 4 != _LONG_LIST else self._unsigned()
            for _ in range(count):
                self._skip(head & 0xF, depth + 1)
                if self.at > len(self._data):
                    raise IndexError
        else:
            raise KeyError(kind)

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _integer(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
