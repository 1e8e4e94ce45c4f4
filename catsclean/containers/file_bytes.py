"""The bytes of an open file, read by position.

Processes and threads that share the descriptor do not disturb each other, because nobody moves its
position.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, Final

from catsclean.core import names

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_one_at_a_time = threading.Lock()
_LFS_START: Final = b"version https://git-lfs"


class FileBytes(io.RawIOBase):
    """An open file as a stream of its own, for libraries that read streams."""

    def __init__(self, descriptor: int, most_bytes: int = sys.maxsize) -> None:
        """Take over an open descriptor, and close it in the end.

        Args:
            descriptor: The file.
            most_bytes: A stream refuses to read more bytes than this at once: the file then claims
                a header that no real one has.
        """
        super().__init__()
        self._descriptor = descriptor
        self._at = 0
        self._most_bytes = most_bytes
        self.size_bytes = os.fstat(descriptor).st_size

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that positions can be chosen."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Choose the next position to read, and return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size_bytes}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, "a position before the file")  # as a file itself does
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """Return the next position to read."""
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Read up to `size` bytes, all of the rest if it is negative or None.

        Raises:
            OSError: More than `most_bytes`.
        """
        left = max(0, self.size_bytes - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > self._most_bytes:
            raise OSError(f"it claims {wanted:,} bytes in one record")
        found = self.read_at(self._at, wanted)
        self._at += len(found)
        return found

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as the file goes; return the number of bytes."""
        into = memoryview(buffer).cast("B")
        found = self.read(len(into))
        into[: len(found)] = found
        return len(found)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read `size` bytes from a position; fewer at the end of the file."""
        parts: list[bytes] = []
        while size > 0 and (found := read_at(self._descriptor, size, offset)):
            parts.append(found)
            offset += len(found)
            size -= len(found)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def why_not(self, kind: str, error: Exception) -> str:
        """Say why the file cannot be listed.

        Args:
            kind: What it should be, such as ``tar file``.
            error: What happened.
        """
        if self.read_at(0, len(_LFS_START)) == _LFS_START:
            return f"a Git LFS pointer; the {kind} was never fetched (git lfs pull)"
        return names.text(f"not a readable {kind}: {error}")

    def status(self) -> os.stat_result:
        """Return the status of the file."""
        return os.fstat(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """Read bytes of an open file from a position on; fewer at its end.

    Raises:
        OSError: It cannot be read.
    """
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, offset)
    with _one_at_a_time:  # Windows
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)
