"""Find cached evidence that is still valid: by size, time and inode, else by the file's bytes.

A fresh checkout, a copy or a restored backup changes every time and inode, but no byte.  Reading
and hashing such a file costs a small part of decoding it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import is_large_text, number_array, packed_rows, to_numpy
from catsclean.scan.cache import CachedEvidence

# Column that a worker adds: the cached row with the evidence of the same bytes, or -1.
SOURCE: Final = "source"
# Looking up so many paths in a dict takes no longer than loading pyarrow.compute.
_FEW_ROWS: Final = 200_000
# A task has up to 128 files and must fit into a pipe (64 KiB) with their paths.
_MOST_RENAMED: Final = 4


class Candidate(NamedTuple):
    """Cached evidence that may describe the same bytes as a file.

    Attributes:
        digest: SHA-256 of the bytes that the evidence was read from.
        row: Its row in the cached evidence.
        same_path: It was read from the same path.
    """

    digest: bytes
    row: int
    same_path: bool


Candidates = tuple[Candidate, ...]


def match(identity: pa.Table, known: CachedEvidence | None) -> NDArray[np.int64]:
    """Return for each file the trusted row with the same path, size, time and inode, else -1.

    Args:
        identity: Path, size, time and inode of each file.
        known: The cached evidence.
    """
    if known is None or not len(known.table):
        return np.full(len(identity), -1, np.int64)
    rows = _rows_by_path(identity.column("path"), known.table.column("path"))
    at = np.where(rows >= 0, rows, 0)
    same = (rows >= 0) & known.trusted[at]
    for name in ("size_bytes", "mtime_ns", "inode"):
        same &= to_numpy(known.table.column(name))[at] == to_numpy(identity.column(name))
    return np.where(same, rows, -1)


def candidates(
    identity: pa.Table, rows: NDArray[np.int64], known: CachedEvidence, *, renamed: bool
) -> list[Candidates]:
    """Return for each of some files the cached evidence that may describe the same bytes.

    Args:
        identity: Path, size, time and inode of each file.
        rows: Positions of the files to look up.
        known: The cached evidence.
        renamed: Also consider evidence of other paths with the same size.

    Returns:
        One entry for each of `rows`; that of the same path is first.
    """
    table = known.table
    if not len(table):
        return [()] * len(rows)
    digests = packed_rows(table.column("sha256"))
    read: NDArray[np.bool_] = np.asarray(digests.any(axis=1))
    known_sizes = to_numpy(table.column("size_bytes"))
    sizes = to_numpy(identity.column("size_bytes"))[rows]
    by_path = _rows_by_path(identity.column("path"), table.column("path"))
    own = by_path[rows]
    others = _OtherPaths(identity, by_path, table) if renamed else None
    found: list[Candidates] = []
    for position, (row, size) in enumerate(zip(own.tolist(), sizes.tolist(), strict=True)):
        listed: dict[bytes, Candidate] = {}
        if row >= 0 and known_sizes[row] == size and read[row]:
            digest = digests[row].tobytes()
            listed[digest] = Candidate(digest, row, same_path=True)
        elif others is not None:
            for other in others.of(int(rows[position]), size):
                digest = digests[other].tobytes()
                if read[other] and digest not in listed and len(listed) < _MOST_RENAMED:
                    listed[digest] = Candidate(digest, other, same_path=False)
        found.append(tuple(listed.values()))
    return found


class _OtherPaths:
    """Cached rows by the size of their file; those of a file with the same name come first."""

    def __init__(self, identity: pa.Table, by_path: NDArray[np.int64], known: pa.Table) -> None:
        self._paths = to_numpy(identity.column("path"))
        sizes = to_numpy(known.column("size_bytes"))
        there = np.zeros(len(known), np.bool_)
        there[by_path[by_path >= 0]] = True
        # a file that was renamed or moved is gone from its old path
        self._order = np.lexsort((there, sizes))
        self._sizes = sizes[self._order]
        paths = to_numpy(known.column("path")).tolist()
        self._by_name = {
            (int(size), _name(path)): row
            for row, (size, path) in enumerate(zip(sizes, paths, strict=True))
        }

    def of(self, file: int, size: int) -> list[int]:
        """Return the rows that are worth comparing with a file."""
        first = int(np.searchsorted(self._sizes, size))
        rows = [
            int(row)
            for row, same in zip(
                self._order[first : first + _MOST_RENAMED],
                self._sizes[first : first + _MOST_RENAMED] == size,
                strict=True,
            )
            if same
        ]
        named = self._by_name.get((size, _name(self._paths[file])))
        return rows if named is None else [named, *rows]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _rows_by_path(paths: Any, known_paths: Any) -> NDArray[np.int64]:
    """Return for each path its last row among the known ones, or -1."""
    count, known_count = len(paths), len(known_paths)
    if paths.equals(known_paths):
        return np.arange(count, dtype=np.int64)
    if count + known_count <= _FEW_ROWS:
        place = dict(zip(to_numpy(known_paths).tolist(), range(known_count), strict=True))
        return np.array([place.get(path, -1) for path in to_numpy(paths).tolist()], np.int64)

    if is_large_text(paths) or is_large_text(known_paths):
        paths, known_paths = paths.cast(pa.large_string()), known_paths.cast(pa.large_string())
    # index_in finds the first match; the last one is needed, because an interrupted audit appends
    backwards = known_paths.take(number_array(np.arange(known_count)[::-1]))
    import pyarrow.compute as pc  # slow to load, and seldom needed

    found = pc.index_in(paths, backwards.combine_chunks())
    return known_count - 1 - to_numpy(found.fill_null(known_count)).astype(np.int64)
