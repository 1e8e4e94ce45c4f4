"""A file of lines that is only ever appended to, by several processes.

A line is on the disk before its writer goes on.  A process that is killed leaves at most a torn
last line, which was never reported as saved: readers skip it, and the next writer cuts it off.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from catsclean.core.name_calls import make_durable
from catsclean.errors import StateError

#: What the name of the lock file adds to that of the file.
LOCK_SUFFIX: Final = ".lock"
_LOCK_SECONDS: Final = 10.0


class LineLog:
    """A file of lines.

    Attributes:
        path: The file; need not exist.
    """

    def __init__(self, path: Path) -> None:
        """Take the path; nothing is read yet."""
        self.path = path

    def size(self) -> int:
        """Return the length of the file, with a torn last line; 0 if it is missing.

        Raises:
            OSError: It cannot be read.
        """
        try:
            return self.path.stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return 0

    def read(self, start: int = 0) -> bytes:
        """Return the whole lines behind some length of the file.

        Raises:
            OSError: It cannot be read.
        """
        try:
            with self.path.open("rb") as stream:
                stream.seek(start)
                data = stream.read()
        except (FileNotFoundError, NotADirectoryError):
            return b""
        return data[: data.rfind(b"\n") + 1]

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let nobody else append in the meantime.

        Raises:
            OSError: The lock cannot be made.
            StateError: Another process has held it for a long time.
        """
        lock = FileLock(self.path.with_name(self.path.name + LOCK_SUFFIX), timeout=_LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            raise StateError(
                "another process has been saving decisions for"
                f" {_LOCK_SECONDS:.0f} seconds. Try again."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def append(self, lines: Iterable[bytes], length: int) -> None:
        """Append lines durably, or leave the file as it is; the caller holds the lock.

        Args:
            lines: The lines, each with its end.
            length: Length of the whole lines that are there: what lies behind them is torn.

        Raises:
            OSError: They cannot be written.
        """
        is_new = not self.path.exists()
        # never through a link that was planted under this name
        if not hasattr(os, "O_NOFOLLOW") and self.path.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(self.path))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self.path, flags | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "ab", buffering=0) as stream:
            stream.truncate(length)
            try:
                rest = memoryview(b"".join(lines))
                while rest:
                    rest = rest[stream.write(rest) :]
                os.fsync(descriptor)
            except OSError:
                stream.truncate(length)
                raise
        if is_new:
            make_durable(self.path.parent)
