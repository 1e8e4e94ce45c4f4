"""Place one picture in the split: as a reflink, a hard link, a symbolic link or a copy."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from catsclean.core.file_facts import TIMES_BY_DESCRIPTOR, set_times
from catsclean.core.name_calls import make_symlink, replace_name
from catsclean.core.safe_folder import NO_LINKS, Folder, NotAsRecordedError, write_all
from catsclean.splitting.packed_pictures import PictureSource

PART: Final = ".catsclean.part"
_CHUNK = 1 << 20
_FICLONE: Final = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
_NO_REFLINK: Final = frozenset(
    {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EPERM}
)


#: The values of :class:`LinkMode`, for those who write them as text.
LinkName = Literal["auto", "reflink", "hardlink", "symlink", "copy"]


class LinkMode(StrEnum):
    """How to place the pictures of a split.

    REFLINK: a copy that shares its blocks with the original until one of them is written (btrfs,
    XFS).  COPY: a copy.  SYMLINK: a relative link.  HARDLINK: a second name of the same file, so
    a program that changes a picture in the split changes the original as well.
    AUTO: reflink if the file system can, else copy; never a link to the original.
    """

    AUTO = "auto"
    REFLINK = "reflink"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"
    COPY = "copy"


class NoSuchLinkError(OSError):
    """This kind of link does not exist between these two places."""


def place(mode: LinkMode, source: PictureSource, path: str, target: Folder, new: str) -> None:
    """Put one picture into its place, which must be free.

    Raises:
        NoSuchLinkError: The file systems do not support such a link.
        NotAsRecordedError: The picture cannot be opened.
        OSError: The disk is full or failing.
    """
    _WAYS[mode](source, path, target, new)


def _reflink(source: PictureSource, path: str, target: Folder, new: str) -> None:
    _through_part(source, path, target, new, _clone)


def _copy(source: PictureSource, path: str, target: Folder, new: str) -> None:
    _through_part(source, path, target, new, _copy_bytes)


def _hardlink(source: PictureSource, path: str, target: Folder, new: str) -> None:
    try:
        status = source.lstat(path)
    except NotAsRecordedError:
        status = None
    if not isinstance(source, Folder) or status is None or stat.S_ISLNK(status.st_mode):
        # from another folder, a second name of a link would lead to another target
        raise NoSuchLinkError(errno.EMLINK, "it is a link, or is reached through one")
    try:
        target.link_from(source, path, new)
    except OSError as error:
        if error.errno == errno.EXDEV or error.errno in NO_LINKS:
            raise NoSuchLinkError(error.errno, error.strerror) from error
        raise


def _symlink(source: PictureSource, path: str, target: Folder, new: str) -> None:
    above, _, last = path.rpartition("/")
    way = _way(source.path, above, target.path, new.rpartition("/")[0])
    parent, name = target.locate(new, create=True)
    to = f"{way}/{last}"
    try:
        make_symlink(to, name, parent)
    except OSError as error:
        if error.errno in NO_LINKS:
            raise NoSuchLinkError(error.errno, error.strerror) from error
        raise


@lru_cache(maxsize=1024)
def _way(source: Path, above: str, target: Path, folder: str) -> str:
    """Return the relative path from one folder to the other.

    It stays valid when the folder gets its final name, because that is a sibling's name.
    """
    return os.path.relpath(source / above, target / folder)


def _through_part(
    source: PictureSource,
    path: str,
    target: Folder,
    new: str,
    fill: Callable[[int, int], None],
) -> None:
    """Make the file under a temporary name first: under its own name it is always complete."""
    part = f"{new.rpartition('/')[0]}/{PART}"
    if target.lstat(part) is not None:
        target.unlink(part)
    reading = source.open(path)
    try:
        writing = target.create(part)
        try:
            fill(reading, writing)
            status = os.fstat(reading)
            if os.fstat(writing).st_size != status.st_size:
                # some systems report a copy but made none, or half of one
                raise OSError(errno.EIO, "the copy is shorter than its original")
            set_times(writing, status.st_atime_ns, status.st_mtime_ns)
        finally:
            os.close(writing)
        if not TIMES_BY_DESCRIPTOR:
            set_times(target.native(part.lstrip("/")), status.st_atime_ns, status.st_mtime_ns)
        parent, name = target.locate(new)
        replace_name(PART, name, parent)
    except BaseException:
        with contextlib.suppress(OSError):
            target.unlink(part)
        raise
    finally:
        os.close(reading)


def _clone(reading: int, writing: int) -> None:
    try:
        from fcntl import ioctl

        ioctl(writing, _FICLONE, reading)
    except ImportError as error:
        raise NoSuchLinkError(errno.ENOSYS, "this system has no reflinks") from error
    except OSError as error:
        if error.errno in _NO_REFLINK:
            raise NoSuchLinkError(error.errno, error.strerror) from error
        raise


def _copy_bytes(reading: int, writing: int) -> None:
    """Copy within the kernel if possible, else by reading and writing."""
    if hasattr(os, "copy_file_range"):
        try:
            while os.copy_file_range(reading, writing, 1 << 30):
                pass
        except OSError as error:
            if error.errno not in _NO_REFLINK or os.fstat(writing).st_size:
                raise
        else:
            if os.fstat(writing).st_size == os.fstat(reading).st_size:
                return
            os.lseek(reading, 0, os.SEEK_SET)
            os.lseek(writing, 0, os.SEEK_SET)
    while chunk := os.read(reading, _CHUNK):
        write_all(writing, chunk)


_WAYS: Final[dict[LinkMode, Callable[[PictureSource, str, Folder, str], None]]] = {
    LinkMode.REFLINK: _reflink,
    LinkMode.HARDLINK: _hardlink,
    LinkMode.SYMLINK: _symlink,
    LinkMode.COPY: _copy,
}
