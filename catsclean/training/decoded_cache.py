"""Decoded pictures, each decoded once: in memory, or in one file of the state folder.

A picture is found by the sha256 of its file and the settings of decoding, never by its name or
time, so the cache is never stale.

On disk, ``<settings>.u8`` holds the squares end to end, and ``<settings>.index`` their digests, 32
bytes each.  A digest is written after its square has reached the file: after a power cut the index
names only complete squares.
"""

from __future__ import annotations

import math
import mmap
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from catsclean.errors import TrainingError
from catsclean.training.pictures import Cut

_DIGEST_BYTES = 32
_SPARE_BYTES = 2**28  # free space to leave on the disk


class MemoryCache:
    """Squares in one array, into which pictures are decoded.

    Raises:
        TrainingError: There is no memory for `capacity` squares.
    """

    def __init__(self, cut: Cut, capacity: int) -> None:
        self.array = _reserve((capacity, cut.size, cut.size, 3))
        self._rows: dict[bytes, int] = {}

    def row(self, digest: bytes) -> int | None:
        """Return the row of `array` that holds a picture; None if it is not cached."""
        return self._rows.get(digest)

    def room(self, count: int) -> NDArray[np.uint8]:
        """Return room for more squares: (count, size, size, 3) uint8."""
        return self.array[len(self._rows) : len(self._rows) + count]

    def keep(self, squares: NDArray[np.uint8], digests: Sequence[bytes | None]) -> None:
        """Add the squares that were decoded into the last room; None: skip that square."""
        for square, digest in zip(squares, digests, strict=True):
            if digest is None or digest in self._rows:
                continue
            place = self.array[len(self._rows)]
            if not np.may_share_memory(place, square):  # an earlier one was skipped
                place[...] = square
            self._rows[digest] = len(self._rows)


class DiskCache:
    """Squares in one memory-mapped file of the state folder, shared by all runs."""

    def __init__(self, cut: Cut, folder: Path) -> None:
        self._shape = (cut.size, cut.size, 3)
        self._square_bytes = cut.size * cut.size * 3
        self._data = folder / f"{cut.key}.u8"
        self._index = folder / f"{cut.key}.index"
        self._lock = folder / f"{cut.key}.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from error
        self._rows: dict[bytes, int] = {}
        self._reload()

    def row(self, digest: bytes) -> int | None:
        """Return the row of `array` that holds a picture; None if it is not cached."""
        return self._rows.get(digest)

    def room(self, count: int) -> NDArray[np.uint8]:
        """Return room for more squares: (count, size, size, 3) uint8."""
        return np.empty((count, *self._shape), np.uint8)

    def keep(self, squares: NDArray[np.uint8], digests: Sequence[bytes | None]) -> None:
        """Add the squares of a room, except those that another process has added meanwhile.

        Args:
            squares: The room.
            digests: One per square; None: skip that square.

        Raises:
            TrainingError: The disk is full or cannot be written.
        """
        needed = len(squares) * self._square_bytes
        if shutil.disk_usage(self._data.parent).free < needed + _SPARE_BYTES:
            raise TrainingError(
                f"no room for {needed / 1e6:.0f} MB of decoded pictures in"
                f" {str(self._data.parent)!r}."
                " Name another --state-dir (state_dir=), or allow more --memory (memory=)."
            )
        try:
            with FileLock(self._lock):
                self._reload()
                decoded = {d: s for d, s in zip(digests, squares, strict=True) if d is not None}
                new = [(d, s) for d, s in decoded.items() if d not in self._rows]
                with self._data.open("r+b" if self._data.exists() else "x+b") as stream:
                    stream.truncate(len(self._rows) * self._square_bytes)
                    stream.seek(0, 2)
                    for _, square in new:
                        stream.write(square.data)
                with self._index.open("r+b" if self._index.exists() else "x+b") as stream:
                    stream.truncate(len(self._rows) * _DIGEST_BYTES)
                    stream.seek(0, 2)
                    stream.write(b"".join(digest for digest, _ in new))
                self._reload()
        except OSError as error:
            raise _unwritable(self._data.parent, error) from error

    def _reload(self) -> None:
        try:
            index = self._index.read_bytes()
            whole = self._data.stat().st_size // self._square_bytes
        except FileNotFoundError:
            index, whole = b"", 0
        count = min(len(index) // _DIGEST_BYTES, whole)
        self._rows = {
            index[row * _DIGEST_BYTES : (row + 1) * _DIGEST_BYTES]: row for row in range(count)
        }
        self.array: NDArray[np.uint8] = (
            np.memmap(self._data, np.uint8, "r", shape=(count, *self._shape))
            if count
            else np.empty((0, *self._shape), np.uint8)
        )


Cache = MemoryCache | DiskCache


def _reserve(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Reserve memory; a small page of it is taken whenever a picture is decoded into that page.

    NumPy asks Linux for huge pages.  In a virtual machine the host has to find each of them first:
    for 1,000 pictures of 150 pixels that took 0.18 s of system time instead of 0.06 s, a quarter of
    the first epoch, and later epochs were no faster (``benchmarks/training_input.py``).

    Raises:
        TrainingError: There is not that much.
    """
    size = math.prod(shape)
    try:
        if sys.platform != "linux":
            return np.empty(shape, np.uint8)
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (MemoryError, OSError) as error:
        raise TrainingError(
            f"no memory for {size / 1e6:.0f} MB of decoded pictures. Allow less --memory (memory=),"
            " and they are put on the disk, or choose a smaller --size (size=)."
        ) from error
    return np.frombuffer(memory, np.uint8).reshape(shape)


def _unwritable(folder: Path, error: OSError) -> TrainingError:
    return TrainingError(
        f"cannot write the cache of decoded pictures in {str(folder)!r}: {error.strerror or error}."
        " Name a --state-dir (state_dir=) that can be written."
    )
