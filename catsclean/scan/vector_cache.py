"""Keep the vectors of pictures between audits, by the digest of the file's bytes.

So a file that was renamed or moved, and every copy of it, keeps its vector.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from catsclean.core.cache_files import check_file, writing

_PART_SECONDS: Final = 10.0
_MOST_PARTS: Final = 8
_DIGEST_BYTES: Final = 32
_ROWS_AT_ONCE: Final = 4096


class VectorCache:
    """Vectors of one embedder, in the files of one folder.

    Args:
        folder: Where they are kept; None: in memory only.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._parts: list[npt.NDArray[Any]] = []
        # tasks on other machines may add files meanwhile, which must not be removed
        self._own_files: list[Path] = []
        self._pending: list[tuple[bytes, bytes]] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        self._saved_at = time.monotonic()
        self._width = 0
        for path in self._files():
            # a damaged part counts as missing: its vectors are computed again.  NumPy raises nearly
            # anything at a damaged header, which it reads as Python.
            self._own_files.append(path)
            with contextlib.suppress(Exception):
                self._take(_read(path))

    def __len__(self) -> int:
        return len(self._places) + len(self._pending)

    def add(self, digests: Iterable[str], vectors: Iterable[bytes]) -> None:
        """Add vectors, float16 as bytes, by the digests of their files; save them if it is time.

        A vector of another length than the others is left out.
        """
        for digest, vector in zip(digests, vectors, strict=True):
            self._width = self._width or len(vector) // 2
            if len(vector) == 2 * self._width:
                self._pending.append((bytes.fromhex(digest), vector))
        if time.monotonic() - self._saved_at > _PART_SECONDS:
            self.save()

    def save(self) -> None:
        """Save the vectors that were added since the last time.

        If the folder cannot be written, the next audit only takes longer.
        """
        self._saved_at = time.monotonic()
        if not self._pending:
            return
        part = _part_of(self._pending)
        self._pending = []
        self._take(part)
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._write(self._folder, [part])
                if len(self._own_files) > _MOST_PARTS:
                    old, self._own_files = self._own_files, []
                    self._write(self._folder, self._parts)
                    for path in old:
                        path.unlink(missing_ok=True)

    def missing(self, digests: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return for each file whether it has no vector, by its SHA-256 in hexadecimal."""
        self.save()
        return np.array([bytes.fromhex(digest) not in self._places for digest in digests], np.bool_)

    def matrix(self, digests: Sequence[str]) -> npt.NDArray[np.float16]:
        """Return the vectors of some files, shape (n, d); every one of them must have a vector."""
        self.save()
        places = np.array([self._places[bytes.fromhex(digest)] for digest in digests], np.int64)
        matrix = np.empty((len(digests), self._width), np.float16)
        for number, part in enumerate(self._parts):
            here = np.flatnonzero(places.reshape(-1, 2)[:, 0] == number)
            if len(here):
                matrix[here] = part["vector"][places[here, 1]]
        return matrix

    def _take(self, part: npt.NDArray[Any]) -> None:
        width = part.dtype["vector"].shape[0]
        if width != (self._width or width):
            raise ValueError("vectors of another length")
        self._width = width
        for row, digest in enumerate(part["sha256"]):
            self._places[digest.tobytes()] = len(self._parts), row
        self._parts.append(part)

    def _write(self, folder: Path, parts: Sequence[npt.NDArray[Any]]) -> None:
        target = part_file(folder, f"{time.time_ns()}-{os.getpid()}")
        _write(target, parts)
        self._own_files.append(target)

    def _files(self) -> list[Path]:
        return [] if self._folder is None else sorted(self._folder.glob("part-*.npy"))


def part_file(folder: Path, name: str) -> Path:
    """Return the file with vectors of one embedder that has a name, in the embedder's folder."""
    return folder / f"part-{name}.npy"


def write_vectors(target: Path, rows: Sequence[tuple[bytes, bytes]]) -> None:
    """Write the digests of some files and their vectors, whole or not at all.

    A vector of another length than the first one is left out.

    Raises:
        OSError: The file cannot be written.
    """
    width = len(rows[0][1])
    _write(target, [_part_of([row for row in rows if len(row[1]) == width])])


def _write(target: Path, parts: Sequence[npt.NDArray[Any]]) -> None:
    """Write parts into one file, without holding it in memory."""
    header = np.lib.format.header_data_from_array_1_0(parts[0])
    header["shape"] = (sum(map(len, parts)),)
    with writing(target) as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for part in parts:
            for start in range(0, len(part), _ROWS_AT_ONCE):
                stream.write(part[start : start + _ROWS_AT_ONCE].tobytes())


def _part_of(rows: Sequence[tuple[bytes, bytes]]) -> npt.NDArray[Any]:
    width = len(rows[0][1]) // 2
    part = np.empty(len(rows), _kind(width))
    part["sha256"] = np.frombuffer(b"".join(digest for digest, _ in rows), np.uint8).reshape(
        -1, _DIGEST_BYTES
    )
    part["vector"] = np.frombuffer(b"".join(vector for _, vector in rows), np.float16).reshape(
        -1, width
    )
    return part


def _read(path: Path) -> npt.NDArray[Any]:
    check_file(path)
    # mapped, so that only vectors that are used take memory
    part: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    if part.ndim != 1 or part.dtype.names != ("sha256", "vector"):
        raise ValueError("not a file of vectors")
    if part.dtype != _kind(part.dtype["vector"].shape[0]):
        raise ValueError("not a file of vectors")
    return part


def _kind(width: int) -> np.dtype[Any]:
    return np.dtype([("sha256", "u1", (_DIGEST_BYTES,)), ("vector", "<f2", (width,))])
