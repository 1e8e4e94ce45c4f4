"""Change names in a folder, and look at the folder when a call reports an error.

A network file system can do its work and still report an error: the first reply is lost, the
request is sent again, and the second reply is ``ENOENT`` or ``EEXIST``; or it times out.  So an
error proves nothing about the disk.  Each function here looks at the names afterwards.  If they are
as requested, the call succeeded, whatever it reported.  Otherwise the error is raised, and the
names are as before.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Callable
from typing import Final

from catsclean.core.folder_handle import BY_DESCRIPTOR, Handle, within

#: Errors of a place that may not be written.
NOT_ALLOWED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
_RENAME_NOREPLACE: Final = 1  # linux/fs.h
_RENAME_EXCL: Final = 4  # macOS: sys/stdio.h
# a signal can interrupt a slow call on a network mount; three in a row are a failure
_TRIES: Final = 3


def status_of(name: str, folder: Handle | None = None) -> os.stat_result | None:
    """Stat a name without following a link; None if nothing has it.

    Args:
        name: The name, relative to `folder`.
        folder: Handle of the folder; None: the working folder.

    Raises:
        OSError: It is unknown whether the name exists.
    """
    path, above = within(folder, name)
    try:
        return os.stat(path, dir_fd=above, follow_symlinks=False)
    except FileNotFoundError:
        return None


def remove_name(name: str, folder: Handle | None = None) -> None:
    """Remove a file's name.

    Raises:
        OSError: The name is still there.
    """
    path, above = within(folder, name)
    _call(lambda: os.unlink(path, dir_fd=above), done=lambda: status_of(name, folder) is None)


def remove_folder(name: str, folder: Handle | None = None) -> None:
    """Remove an empty folder.

    Raises:
        OSError: The folder is still there.
    """
    path, above = within(folder, name)
    _call(lambda: os.rmdir(path, dir_fd=above), done=lambda: status_of(name, folder) is None)


def make_folder(name: str, folder: Handle | None = None) -> None:
    """Make a folder; one that is there already is fine.

    Raises:
        OSError: There is no folder of that name.
    """
    path, above = within(folder, name)

    def is_folder() -> bool:
        found = status_of(name, folder)
        return found is not None and stat.S_ISDIR(found.st_mode)

    _call(lambda: os.mkdir(path, dir_fd=above), done=is_folder)


def link_name(name: str, folder: Handle, new: str, new_folder: Handle) -> None:
    """Give a file a second name, which must be free.

    Raises:
        OSError: The file does not have the second name.
    """

    def linked() -> bool:
        old, made = status_of(name, folder), status_of(new, new_folder)
        return old is not None and made is not None and os.path.samestat(old, made)

    def link() -> None:
        (old, source), (made, target) = within(folder, name), within(new_folder, new)
        if source is None:  # Windows cannot say whether to follow, and does not
            os.link(old, made)
        else:
            os.link(old, made, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)

    _call(link, done=linked)


def make_symlink(to: str, name: str, folder: Handle | None = None) -> None:
    """Make a symbolic link; its name must be free.

    Args:
        to: Its target.
        name: Its name, relative to `folder`.
        folder: Handle of the folder; None: the working folder.

    Raises:
        OSError: There is no such link.
    """
    path, above = within(folder, name)

    def made() -> bool:
        found = status_of(name, folder)
        return (
            found is not None
            and stat.S_ISLNK(found.st_mode)
            and os.readlink(path, dir_fd=above) == to
        )

    _call(lambda: os.symlink(to, path, dir_fd=above), done=made)


def read_link(name: str, folder: Handle | None = None) -> str:
    """Return a link's target as written in the link.

    Raises:
        OSError: It is not a link.
    """
    path, above = within(folder, name)
    return os.readlink(path, dir_fd=above)


def rename_to_free(name: str, folder: Handle, new: str, new_folder: Handle) -> None:
    """Rename a file to a free name, in one step.

    Raises:
        OSError: The file still has its old name.
    """
    before = status_of(name, folder)
    taken = status_of(new, new_folder) is not None

    def renamed() -> bool:
        made = status_of(new, new_folder)
        return (
            not taken
            and before is not None
            and made is not None
            and made.st_size == before.st_size
            and status_of(name, folder) is None
        )

    _call(lambda: _rename_without_replacing(name, folder, new, new_folder), done=renamed)


def replace_name(name: str, new: str, folder: Handle | None = None) -> None:
    """Rename a file, in one step, and replace any file of the new name.

    Args:
        name: The file's name, relative to `folder`.
        new: Its new name, relative to `folder`.
        folder: Handle of the folder; None: the working folder.

    Raises:
        OSError: The file still has its old name.
    """
    before = status_of(name, folder)

    def replaced() -> bool:
        made = status_of(new, folder)
        return (
            before is not None
            and made is not None
            and os.path.samestat(before, made)
            and status_of(name, folder) is None
        )

    (old, above), (other, _) = within(folder, name), within(folder, new)
    _call(lambda: os.replace(old, other, src_dir_fd=above, dst_dir_fd=above), done=replaced)


def make_durable(folder: str | os.PathLike[str]) -> None:
    """Make the names in a folder durable, so that changes survive a power cut.

    Windows opens no folders; its file system has a journal of names.

    Raises:
        OSError: The folder cannot be opened or the disk fails.
    """
    if not BY_DESCRIPTOR:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _call(call: Callable[[], None], done: Callable[[], bool]) -> None:
    for left in reversed(range(_TRIES)):
        try:
            call()
        except OSError as error:
            if _is_certain(done):
                return
            if not (left and error.errno == errno.EINTR):
                raise
        else:
            return


def _is_certain(done: Callable[[], bool]) -> bool:
    """Return whether a call did its work; False if the system cannot answer."""
    try:
        return done()
    except OSError:
        return False


def _rename_without_replacing(name: str, folder: Handle, new: str, new_folder: Handle) -> None:
    """Call Linux' renameat2 or macOS' renameatx_np, which Python does not offer.

    On Windows a rename never replaces.
    """
    if isinstance(folder, str):
        os.rename(within(folder, name)[0], within(new_folder, new)[0])  # noqa: PTH104 - texts
        return
    libc = ctypes.CDLL(None, use_errno=True)
    function, flag = (
        ("renameatx_np", _RENAME_EXCL)
        if sys.platform == "darwin"
        else ("renameat2", _RENAME_NOREPLACE)
    )
    call = getattr(libc, function, None)
    if call is None:
        raise OSError(errno.ENOSYS, f"this system has no {function}")
    if call(folder, os.fsencode(name), new_folder, os.fsencode(new), ctypes.c_uint(flag)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
