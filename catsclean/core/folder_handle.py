"""An open folder as a value, on systems with ``openat`` and on those without it.

Where the system can look up names from an open folder, the handle is its descriptor, and nobody can
put another folder in its place.  Windows cannot: there the handle is the path of the folder, and
each part of it was checked for links just before, which leaves a gap (SECURITY.md).
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

Handle = int | str

#: Whether handles are descriptors.
BY_DESCRIPTOR: Final = {
    os.open, os.link, os.unlink, os.mkdir, os.stat, os.rename,
} <= os.supports_dir_fd  # fmt: skip
# junctions are links, too, although they are folders to lstat
_REPARSE_POINT: Final = 0x400
_BINARY: Final = getattr(os, "O_BINARY", 0)
_CLOSED: Final = getattr(os, "O_CLOEXEC", 0)
_FOLDER: Final = (
    os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | _CLOSED
)
# O_NONBLOCK: a FIFO under a picture's name must not block the open
_READ: Final = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | _CLOSED | _BINARY
)
_NEW: Final = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | _CLOSED | _BINARY
)


def within(folder: Handle | None, name: str) -> tuple[str, int | None]:
    """Return a path and the ``dir_fd`` that it is relative to, for a name in a folder.

    Args:
        folder: The folder; None: the working folder.
        name: A name in it.
    """
    if isinstance(folder, str):
        return os.path.join(folder, name), None  # noqa: PTH118 - a text in, a text out
    return name, folder


def open_folder(name: str, folder: Handle | None = None) -> Handle:
    """Open a folder without following a link as the last part of its path.

    Raises:
        OSError: It is missing, is not a folder, or is a link.
    """
    path, above = within(folder, name)
    if BY_DESCRIPTOR:
        return os.open(path, _FOLDER, dir_fd=above)
    status = os.lstat(path)
    if is_link(status):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    return os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links


def open_to_read(name: str, folder: Handle) -> int:
    """Open a file for reading, in binary, without following a link; the caller closes it.

    Raises:
        OSError: It is missing, is a link, or cannot be opened.
    """
    path, above = within(folder, name)
    if BY_DESCRIPTOR:
        return os.open(path, _READ, dir_fd=above)
    before = os.lstat(path)
    if is_link(before):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    descriptor = os.open(path, _READ)
    if not os.path.samestat(before, os.fstat(descriptor)):
        os.close(descriptor)
        raise OSError(errno.ELOOP, "another file took its place", path)
    return descriptor


def open_to_write(name: str, folder: Handle) -> int:
    """Open an existing file for writing, in binary, without following a link.

    Raises:
        OSError: It is missing, is a link, or cannot be opened.
    """
    path, above = within(folder, name)
    if not BY_DESCRIPTOR and is_link(os.lstat(path)):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    return os.open(path, _NEW & ~(os.O_CREAT | os.O_EXCL), dir_fd=above)


def open_new(name: str, folder: Handle, mode: int = 0o666) -> int:
    """Make a file and open it for writing, in binary; the caller closes it.

    Raises:
        OSError: The name is taken, or the file cannot be made.
    """
    path, above = within(folder, name)
    return os.open(path, _NEW, mode, dir_fd=above)


def is_link(status: os.stat_result) -> bool:
    """Return whether a status that ``lstat`` returned is that of a link, or of a junction."""
    attributes = getattr(status, "st_file_attributes", 0)
    return stat.S_ISLNK(status.st_mode) or (
        bool(attributes & _REPARSE_POINT) and stat.S_ISDIR(status.st_mode)
    )


def duplicate(folder: Handle) -> Handle:
    """Return a handle of the same folder that stays valid when the other is closed."""
    return folder if isinstance(folder, str) else os.dup(folder)


def close_folder(folder: Handle) -> None:
    """Close a handle."""
    if not isinstance(folder, str):
        os.close(folder)


def sync_folder(folder: Handle) -> None:
    """Make the names in a folder durable, if the system opens folders.

    Raises:
        OSError: The disk fails.
    """
    if not isinstance(folder, str):
        os.fsync(folder)
