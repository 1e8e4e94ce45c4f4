"""Folders that a clean empties: they leave with their files, and come back with them.

An empty folder that stays is a class without pictures for Keras and an error for torchvision.
The journal lists the folders, with their permissions and times, before the first file moves.
After a crash, the disk shows which of them are gone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Collection, Iterable

from catsclean.cleaning.journal import EmptiedFolder, FolderOutcome, Journal, MoveOutcome
from catsclean.cleaning.open_quarantine import is_there
from catsclean.core import names
from catsclean.core.file_facts import set_mode, set_owner, set_times
from catsclean.core.folder_handle import sync_folder
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.objects.object_folder import ObjectFolder

# errors after which every further call would fail as well
_FATAL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENFILE, errno.EMFILE})

_TRIES = 2


def find_missing(data: Folder, paths: Iterable[str]) -> list[str]:
    """Find the folders that files need and that do not exist, the deepest first; escaped."""
    above = {folder for path in paths for folder in _folders_above(names.decode(path))}
    missing = [folder for folder in above if not is_there(data, folder)]
    return [names.encode(path) for path in sorted(missing, key=lambda one: (-one.count("/"), one))]


def find_emptied(
    data: Folder, paths: Iterable[str], arriving: Iterable[str] = ()
) -> list[EmptiedFolder]:
    """Find the folders that hold only files that leave, and other such folders.

    Args:
        data: The data set; its own folder is never among them.
        paths: The files that leave, escaped.
        arriving: The files that are new in the data set afterwards, escaped.

    Returns:
        The folders, the deepest first; none in a bucket, where folders do not exist.
    """
    if isinstance(data, ObjectFolder):
        return []
    leaving = {names.decode(path) for path in paths}
    above = {folder for path in leaving for folder in _folders_above(path)}
    above -= {folder for path in arriving for folder in _folders_above(names.decode(path))}
    gone: set[str] = set()
    found = []
    for folder in sorted(above, key=lambda one: (-one.count("/"), one)):
        status = _status_if_emptied(data, folder, leaving, gone)
        if status is None:
            continue
        gone.add(folder)
        found.append(
            EmptiedFolder(
                names.encode(folder),
                stat.S_IMODE(status.st_mode),
                status.st_uid,
                status.st_gid,
                status.st_atime_ns,
                status.st_mtime_ns,
            )
        )
    return found


def _status_if_emptied(
    data: Folder, folder: str, leaving: set[str], gone: set[str]
) -> os.stat_result | None:
    """Stat a folder that holds only what leaves; None if it holds more or cannot be listed.

    A network file system may fail to list a folder once and succeed when asked again.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(OSError, NotAsRecordedError):
            status = data.lstat(folder)
            return status if status and _holds_only(data, folder, leaving, gone) else None
    return None


def remove_emptied(journal: Journal, data: Folder) -> None:
    """Remove the folders that the moves of a run emptied; skip any that still holds something.

    Raises:
        OSError: The state of a folder is unknown; the next command looks again.
    """
    moved = {
        folder
        for entry in journal.entries
        if entry.outcome is MoveOutcome.MOVED
        for folder in _folders_above(names.decode(entry.path))
    }
    for folder in journal.folders:
        path = names.decode(folder.path)
        emptied = path in moved and _remove(data, path)
        folder.outcome = FolderOutcome.REMOVED if emptied else FolderOutcome.STAYED
    data.sync()


def mark_returning(journal: Journal, data: Folder, paths: Collection[str] | None = None) -> None:
    """Mark the folders that an undo has to make, because they do not exist.

    A folder that somebody made in the meantime stays as it is.  The caller writes the journal
    before any folder is made, so after a crash the undo knows which folders are its own.

    Args:
        journal: The run; its folders are marked.
        data: The data set.
        paths: Escaped paths of the files that return; None: all of the run.
    """
    wanted = (
        None
        if paths is None
        else {folder for path in paths for folder in _folders_above(names.decode(path))}
    )
    for folder in journal.folders:
        path = names.decode(folder.path)
        if folder.outcome in {FolderOutcome.PLANNED, FolderOutcome.REMOVED} and (
            wanted is None or path in wanted
        ):
            there = is_there(data, path)
            folder.outcome = FolderOutcome.STAYED if there else FolderOutcome.RETURNING


def make_returning(journal: Journal, data: Folder) -> None:
    """Make the folders that return, before their files do.

    Raises:
        OSError: The disk is full or failing.
    """
    for folder in reversed(journal.folders):  # the outer ones first
        if folder.outcome is FolderOutcome.RETURNING:
            path = names.decode(folder.path)
            try:
                data.handle(path, create=True)
            except OSError as error:
                if error.errno in _FATAL:
                    raise
                # if nothing stands in its place, the first file that returns makes it
                if is_there(data, path):
                    folder.outcome = FolderOutcome.STAYED


def settle_returned(journal: Journal, data: Folder) -> None:
    """Restore owner, permissions and times of the returned folders, after their files.

    A folder to which no file came back is removed again; the next undo makes it.
    """
    back = {
        folder
        for entry in journal.entries
        if entry.outcome is MoveOutcome.RESTORED
        for folder in _folders_above(names.decode(entry.path))
    }
    for folder in journal.folders:  # the inner ones first
        if folder.outcome is not FolderOutcome.RETURNING:
            continue
        path = names.decode(folder.path)
        if path not in back and _remove(data, path):
            folder.outcome = FolderOutcome.REMOVED
            continue
        handle = data.handle(path)
        with contextlib.suppress(PermissionError):
            set_owner(handle, folder.uid, folder.gid)
        with contextlib.suppress(PermissionError):
            set_mode(handle, folder.mode)
        with contextlib.suppress(PermissionError):
            set_times(handle, folder.atime_ns, folder.mtime_ns)
        sync_folder(handle)
        folder.outcome = FolderOutcome.RESTORED
    data.sync()


def _remove(data: Folder, path: str) -> bool:
    """Remove a folder if it is empty; return whether it is gone."""
    try:
        data.rmdir(path)
    except OSError:
        return not is_there(data, path)
    return True


def _holds_only(data: Folder, folder: str, leaving: set[str], gone: set[str]) -> bool:
    with os.scandir(data.handle(folder)) as listing:
        return all(
            (path := f"{folder}/{entry.name}") in leaving or path in gone for entry in listing
        )


def _folders_above(path: str) -> Iterable[str]:
    while path := path.rpartition("/")[0]:
        yield path
