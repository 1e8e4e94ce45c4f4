"""Remove the files that a killed command left behind.

There are three kinds: temporary files that were to replace others; runs of the quarantine that were
killed before their journal was written, so that nothing had moved, with the repaired files that
they had prepared; and the unfinished folder of a split.  A temporary file and an unfinished split
are locked (``flock``) while a process works on them; without a lock, they are leftovers.  The next
command that works on the data set removes them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from catsclean.core.folder_handle import BY_DESCRIPTOR, Handle, close_folder, open_folder
from catsclean.core.name_calls import remove_name
from catsclean.core.parse_json import parse_json
from catsclean.core.safe_folder import Folder, NotAsRecordedError

#: Suffix of a temporary file; the name begins with a dot and the name of the final file.
TEMPORARY: Final = ".tmp"
#: The same for a Keras model, which Keras writes only if its name ends in ``.keras``.
TEMPORARY_MODEL: Final = ".tmp.keras"
#: Suffix of the hidden folder in which a split is made before it gets its name.
PART_SUFFIX: Final = ".catsclean-part"
#: The file of the state folder that names the unfinished folder of a split.
UNFINISHED_SPLIT: Final = "unfinished-split.json"
#: The names that a run of the quarantine can have, and the file that describes it.
RUN: Final = re.compile(r"\d{8}-\d{6}(-\d{1,4})?")
JOURNAL: Final = "journal.json"
#: The folder of a run that holds repaired files until they take their places.
MADE: Final = "made"
#: The file that marks a folder as a split, and its content.
SPLIT_MARKER: Final = "split.json"
SPLIT_KIND: Final = "catsclean-split"


def part_of(target: Path) -> Path:
    """Return the folder in which a split is made."""
    return target.with_name(f".{target.name}{PART_SUFFIX}")


def remove_leftovers(state: Path, *, unfinished_split: bool = True) -> None:
    """Remove the files that killed commands left in a state folder; hold the lock when calling it.

    Files that cannot be removed are left for the next command.

    Args:
        state: The state folder; if it is missing, nothing is done.
        unfinished_split: Remove the unfinished folder of a split, too, wherever it lies.
    """
    with contextlib.suppress(OSError, NotAsRecordedError):
        _remove_temporaries(state)
        _remove_temporaries(state / "cache")
        for run in _folders(state / "runs"):
            _remove_temporaries(run)
    with contextlib.suppress(OSError, NotAsRecordedError), Folder(state / "quarantine") as folder:
        _remove_stillborn(folder)
    if unfinished_split:
        with contextlib.suppress(OSError, NotAsRecordedError):
            remove_unfinished_split(state)


def remove_temporaries_of(path: Path) -> None:
    """Remove the temporary files that killed writers of a file have left beside it."""
    with contextlib.suppress(OSError):
        _remove_temporaries(path.parent, f".{path.name}.")


def claim(descriptor: Handle) -> bool:
    """Lock an open file or folder for this process; return whether nobody else holds it.

    The lock ends with the descriptor, and so with the process.  If the file system or the
    system has no such locks, return True: then leftovers cannot be distinguished from work in
    progress, and only the state folder's own lock keeps two commands apart.
    """
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # Windows
        return True
    if isinstance(descriptor, str):
        return True
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def note_unfinished_split(state: Path, part: Path) -> None:
    """Record in the state folder where a split is being made, in case it is cut short."""
    data = json.dumps({"part": os.fsencode(part).hex()}).encode()
    with Folder(state) as folder:
        folder.write(UNFINISHED_SPLIT, data)


def forget_unfinished_split(state: Path) -> None:
    """Remove the record: the split is complete, or nothing of it is left."""
    with contextlib.suppress(OSError), Folder(state) as folder:
        folder.unlink(UNFINISHED_SPLIT)


def remove_unfinished_split(state: Path, *, unless: Path | None = None) -> None:
    """Remove the unfinished folder that a state folder names, unless somebody works on it.

    Args:
        state: The state folder.
        unless: A folder to leave alone, because work on it is about to continue.

    Raises:
        OSError: It cannot be removed.
    """
    part = _unfinished_split(state)
    if part is None or part == unless:
        return
    if part.is_dir() and not part.is_symlink():
        if not _is_a_split(part):
            return
        handle = open_folder(os.fspath(part))
        try:
            if not claim(handle):
                return
            shutil.rmtree(part)
        finally:
            close_folder(handle)
    forget_unfinished_split(state)


def _unfinished_split(state: Path) -> Path | None:
    """Read where a split was being made; None if there is no record, or it is not ours."""
    try:
        document: Any = parse_json((state / UNFINISHED_SPLIT).read_bytes())
        part = Path(os.fsdecode(bytes.fromhex(document["part"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    ours = part.is_absolute() and part.name.startswith(".") and part.name.endswith(PART_SUFFIX)
    return part if ours else None


def _is_a_split(part: Path) -> bool:
    """Return whether a folder is marked as an unfinished split, or is empty."""
    try:
        names = set(os.listdir(part))  # noqa: PTH208 - only names are needed
        marker = parse_json((part / SPLIT_MARKER).read_bytes()) if SPLIT_MARKER in names else None
    except (OSError, ValueError):
        return False
    if marker is None:
        return not names - {f"{SPLIT_MARKER}.new"}
    return isinstance(marker, dict) and marker.get("kind") == SPLIT_KIND


def _remove_temporaries(folder: Path, prefix: str = ".") -> None:
    for name in _names(folder):
        if not (name.startswith(prefix) and name.endswith((TEMPORARY, TEMPORARY_MODEL))):
            continue
        with contextlib.suppress(OSError):
            if not BY_DESCRIPTOR:  # Windows has no lock to ask, and removes no file that is open
                remove_name(os.fspath(folder / name))
                continue
            descriptor = os.open(folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            try:
                if claim(descriptor):
                    remove_name(os.fspath(folder / name))
            finally:
                os.close(descriptor)


def _remove_stillborn(quarantine: Folder) -> None:
    """Remove runs that were killed before their journal was written: nothing had moved yet."""
    for run in quarantine.names():
        if not RUN.fullmatch(run):
            continue
        with contextlib.suppress(OSError, NotAsRecordedError):
            temporary = f"{run}/{JOURNAL}.new"
            if quarantine.lstat(temporary) is not None:
                quarantine.unlink(temporary)
            if quarantine.lstat(f"{run}/{JOURNAL}") is not None:
                continue
            remove_made(quarantine, run)
            if quarantine.lstat(f"{run}/files") is not None:
                quarantine.rmdir(f"{run}/files")
            quarantine.rmdir(run)


def remove_made(quarantine: Folder, run: str) -> None:
    """Remove the repaired files that a run prepared and that did not take their places.

    They can be made again: the originals are elsewhere.

    Raises:
        OSError: One could not be removed.
    """
    if quarantine.lstat(f"{run}/{MADE}") is not None:
        _remove_tree(quarantine, f"{run}/{MADE}")


def _remove_tree(folder: Folder, path: str) -> None:
    for name in folder.names(path):
        inner = f"{path}/{name}"
        status = folder.lstat(inner)
        if status is not None and stat.S_ISDIR(status.st_mode):
            _remove_tree(folder, inner)
        elif status is not None:
            folder.unlink(inner)
    folder.rmdir(path)


def _folders(folder: Path) -> Iterator[Path]:
    for name in _names(folder):
        if (folder / name).is_dir():
            yield folder / name


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - only names are needed
    except (FileNotFoundError, NotADirectoryError):
        return []
