"""An open folder whose files are reached component by component without following a link.

Clean, undo and split change files only through this module.  Each path is looked up by ``openat``
from the folder's own descriptor, each component with ``O_NOFOLLOW``: a planted link anywhere on the
way causes a refusal, never a read or a write somewhere else.  Windows has no ``openat``: there each
component is checked before it is used (:mod:`catsclean.core.folder_handle`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path
from typing import Self

from catsclean.core import names
from catsclean.core.folder_handle import (
    BY_DESCRIPTOR,
    Handle,
    close_folder,
    duplicate,
    open_folder,
    open_new,
    open_to_read,
    open_to_write,
    sync_folder,
)
from catsclean.core.links import Reach
from catsclean.core.name_calls import (
    link_name,
    make_folder,
    make_symlink,
    read_link,
    remove_folder,
    remove_name,
    rename_to_free,
    replace_name,
    status_of,
)

# no hard links on this file system or for this file; the caller may try another way
NO_LINKS = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES, errno.EINVAL}
)
_CHUNK = 1 << 20
_OPEN_FOLDERS = 64
# the path does not lead to a file of this folder; other errors prove nothing about the file
_NOT_A_FILE = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG})
# a link as the last part of a path, or as an earlier one
_LINK_ERRORS = frozenset({errno.ELOOP, errno.EMLINK, errno.ENOTDIR})


class NotAsRecordedError(Exception):
    """A file differs from its record; the text completes "Cat/1.jpg ..."."""


class Folder:
    """An open folder.  Its methods take native paths, relative, with ``/`` between parts.

    Every method raises OSError if the system refuses; use it as a context manager.
    """

    def __init__(self, path: Path, reach: Reach | None = None) -> None:
        """Open the folder.

        Args:
            path: The folder.
            reach: Where links may lead when a file is read; None: never follow a link.
        """
        self.path = path
        self._reach = reach
        self._root: Handle | None = open_folder(os.fspath(path))
        self._open: OrderedDict[str, Handle] = OrderedDict()
        self._touched: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every descriptor."""
        for handle in self._open.values():
            close_folder(handle)
        self._open.clear()
        if self._root is not None:
            close_folder(self._root)
            self._root = None

    def handle(self, folder: str = "", *, create: bool = False) -> Handle:
        """Return the handle of a folder below; `create` makes it and its parents.

        The Folder owns the handle; it is valid until the next call.
        """
        if self._root is None:
            raise OSError(errno.EBADF, "the folder is closed")
        if not folder:
            return self._root
        # a path is checked for links each time, a descriptor stays what it is
        if BY_DESCRIPTOR and (known := self._open.get(folder)) is not None:
            self._open.move_to_end(folder)
            return known
        above, _, name = folder.rpartition("/")
        parent = self.handle(above, create=create)
        try:
            found = open_folder(name, parent)
        except FileNotFoundError:
            if not create:
                raise
            make_folder(name, parent)
            self._touched.add(above)
            found = open_folder(name, parent)
        self._open[folder] = found
        if len(self._open) > _OPEN_FOLDERS:
            _, oldest = self._open.popitem(last=False)
            close_folder(oldest)
        return found

    def names(self, folder: str = "") -> list[str]:
        """List the names in a folder, sorted."""
        return sorted(os.listdir(self.handle(folder)))  # noqa: PTH208  by descriptor

    def locate(self, path: str, *, create: bool = False) -> tuple[Handle, str]:
        """Return the handle of a path's folder, and the path's last part."""
        above, _, name = path.rpartition("/")
        return self.handle(above, create=create), name

    def native(self, path: str) -> str:
        """Return the path of a file, for the few calls of systems that take no descriptor.

        Its folder was checked for links.
        """
        self.locate(path)
        return os.fspath(self.path / path)

    def sync_file(self, path: str) -> os.stat_result:
        """Write the bytes of a file to the disk; return its status.

        Raises:
            NotAsRecordedError: As for :meth:`open`.
        """
        # Windows writes to the disk only what is open for writing
        descriptor = self.open(path) if BY_DESCRIPTOR else open_to_write(*self.locate(path)[::-1])
        try:
            os.fsync(descriptor)
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)

    def make_folder_of(self, path: str) -> None:
        """Make the folder that a path lies in, and those above it, if they are missing."""
        self.handle(path.rpartition("/")[0], create=True)

    def lstat(self, path: str) -> os.stat_result | None:
        """Stat a path without following a link; None if nothing is there.

        Raises:
            NotAsRecordedError: A folder of the path is a link or a file.
            OSError: It is unknown whether anything is there.
        """
        try:
            parent, name = self.locate(path)
            return status_of(name, parent)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                raise _explained(error) from error
            raise

    def present(self, paths: Collection[str]) -> set[str]:
        """Return those of some paths at which anything exists, or may exist."""
        return {path for path in paths if self._may_have(path)}

    def _may_have(self, path: str) -> bool:
        try:
            return self.lstat(path) is not None
        except NotAsRecordedError:
            return True

    def files(self, folder: str) -> list[str]:
        """List the regular files in a folder."""
        with os.scandir(self.handle(folder)) as listing:
            return [entry.name for entry in listing if entry.is_file(follow_symlinks=False)]

    def open(self, path: str) -> int:
        """Open a regular file for reading; the caller closes it.

        Raises:
            NotAsRecordedError: It is gone, is a link, is not a regular file, or cannot be opened.
        """
        try:
            parent, name = self.locate(path)
            descriptor = open_to_read(name, parent)
        except OSError as error:
            if error.errno in _LINK_ERRORS and self._reach is not None and self._reach.follow:
                return self._open_target(path)
            raise _explained(error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotAsRecordedError("is not a regular file")
        return descriptor

    def _open_target(self, path: str) -> int:
        """Open a link's target from the folder that holds it, without following another link."""
        found = self._reach and self._reach.locate(names.encode(path))
        if not found:
            raise NotAsRecordedError(
                "is a broken link, or a link out of the folders that --follow-links-to"
                " (follow_links_to=) names"
            )
        base, inside = found
        with Folder(base) as folder:
            return folder.open(names.decode(inside))

    def target_inside(self, path: str) -> str | None:
        """Return a link's target if it lies in this folder; None for any other path."""
        if self._reach is None or not self._reach.follow:
            return None
        found = self._reach.locate(names.encode(path))
        inside = None if found is None else names.decode(found[1])
        return None if found is None or found[0] != self.path or inside == path else inside

    def link_text(self, path: str) -> str | None:
        """Return a link's target as written in the link; None if the path is not a link.

        Raises:
            NotAsRecordedError: As :meth:`lstat`.
        """
        status = self.lstat(path)
        if status is None or not stat.S_ISLNK(status.st_mode):
            return None
        parent, name = self.locate(path)
        return read_link(name, parent)

    def symlink(self, text: str, path: str) -> None:
        """Make a symbolic link; fails if the name is taken."""
        parent, name = self.locate(path, create=True)
        make_symlink(text, name, parent)
        self._touch(path)

    def digest(self, path: str, *, size: int | None = None) -> tuple[str, os.stat_result]:
        """Read a regular file completely; return its sha256 and its fstat.

        Args:
            path: The file.
            size: The expected size in bytes; another size is refused without reading.

        Raises:
            NotAsRecordedError: As for :meth:`open`; or the size differs, or it changed meanwhile.
        """
        descriptor = self.open(path)
        try:
            before = os.fstat(descriptor)
            if size is not None and before.st_size != size:
                raise NotAsRecordedError(
                    f"changed since the audit: {before.st_size} bytes, recorded {size}"
                )
            digest = hashlib.sha256()
            try:
                while chunk := os.read(descriptor, _CHUNK):
                    digest.update(chunk)
            except OSError as error:
                raise _explained(error) from error
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise NotAsRecordedError("changed while it was read")
        return digest.hexdigest(), after

    def check(self, path: str, sha256: str, *, size: int | None = None) -> os.stat_result:
        """Check that a regular file still has the recorded bytes.

        Raises:
            NotAsRecordedError: The bytes differ.
        """
        found, status = self.digest(path, size=size)
        if found != sha256:
            raise NotAsRecordedError("changed since the audit: its bytes differ")
        return status

    def create(self, path: str, mode: int = 0o666) -> int:
        """Make a new file and open it for writing; the caller closes it.  Never overwrites."""
        parent, name = self.locate(path, create=True)
        self._touch(path)
        return open_new(name, parent, mode)

    def write(self, path: str, data: bytes) -> None:
        """Replace a file, durably and completely or not at all; one writer at a time.

        The temporary name is fixed, so that the next write finds and removes it after a crash.

        Raises:
            OSError: The file is as it was before, or missing if there was none.
        """
        temporary = f"{path}.new"
        if self.lstat(temporary) is not None:
            self.unlink(temporary)
        try:
            descriptor = self.create(temporary)
            try:
                write_all(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            parent, name = self.locate(path)
            replace_name(f"{name}.new", name, parent)
        except BaseException:
            with contextlib.suppress(OSError):
                self.unlink(temporary)
            raise
        self._touch(path)
        self.sync()

    def unlink(self, path: str) -> None:
        """Remove a name; raise only if it is still there, or if that is unknown."""
        parent, name = self.locate(path)
        remove_name(name, parent)
        self._touch(path)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        parent, name = self.locate(path)
        remove_folder(name, parent)
        if (handle := self._open.pop(path, None)) is not None:
            close_folder(handle)
        self._touched.discard(path)
        self._touch(path)

    def sync(self) -> None:
        """Make every name that was added or removed here durable."""
        for folder in sorted(self._touched):
            sync_folder(self.handle(folder))
        self._touched.clear()

    def link_from(self, source: Folder, path: str, target: str) -> None:
        """Give a file of another folder a second name here; fails if the name is taken."""
        parent, name = source.locate(path)
        # if both folders are this one, the next lookup may close `parent`: duplicate it
        parent = duplicate(parent)
        try:
            above, last = self.locate(target, create=True)
            link_name(name, parent, last, above)
        finally:
            close_folder(parent)
        self._touch(target)

    def rename_from(self, source: Folder, path: str, target: str) -> None:
        """Move a file of another folder here in one step; fails if the name is taken."""
        parent, name = source.locate(path)
        parent = duplicate(parent)
        try:
            above, last = self.locate(target, create=True)
            rename_to_free(name, parent, last, above)
        finally:
            close_folder(parent)
        source._touch(path)
        self._touch(target)

    def _touch(self, path: str) -> None:
        self._touched.add(path.rpartition("/")[0])


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, because one ``os.write`` may write only a part of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _explained(error: OSError) -> NotAsRecordedError:
    reasons: dict[int | None, str] = {
        errno.ENOENT: "is gone",
        errno.ELOOP: "is a link now, or is reached through one",
        errno.ENOTDIR: "is reached through a link, or through a file that was a folder",
        errno.ENXIO: "is not a regular file",
        errno.ENAMETOOLONG: "has a name too long for this file system",
    }
    unknown = f"cannot be read: {error.strerror or error}"
    return NotAsRecordedError(reasons.get(error.errno, unknown))
