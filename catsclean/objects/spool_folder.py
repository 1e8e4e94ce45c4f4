"""The folder in which objects lie while they are read: private, in memory if there is room.

A process that is killed leaves its folder behind.  The folder is locked (``flock``) while its
process lives, so the next process that makes such a folder removes those that nobody holds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

from catsclean.core.leftovers import claim
from catsclean.errors import DatasetError

PREFIX: Final = "catsclean-spool-"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it, for its owner only
# room for the objects, and as much for what other programs want meanwhile
_ROOM_FACTOR: Final = 2
_LOCK: Final = "lock"
_LOCK_FLAGS: Final = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
_MADE_S: Final = 600.0


class SpoolFolder:
    """A private folder that ends with its process.

    Attributes:
        path: The folder, absolute.
    """

    def __init__(self, window_bytes: int) -> None:
        """Make the folder where there is room for so many bytes; remove those of dead processes.

        Raises:
            DatasetError: There is no room anywhere.
        """
        places = _places()
        for place in places:
            _remove_abandoned(place)
        for place in places:
            if _has_room(place, window_bytes):
                with contextlib.suppress(OSError):
                    self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place)).resolve()
                    self._lock = os.open(self.path / _LOCK, _LOCK_FLAGS | os.O_CREAT, 0o600)
                    claim(self._lock)
                    return
        raise DatasetError(
            f"there is no room for {_ROOM_FACTOR * window_bytes // 2**20} MiB of pictures in"
            f" {' or '.join(repr(str(place)) for place in places)}. Make room, or name another"
            " folder for temporary files (TMPDIR)."
        )

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _places() -> list[Path]:
    temporary = Path(tempfile.gettempdir())
    return [_MEMORY, temporary] if _MEMORY.is_dir() else [temporary]


def _has_room(place: Path, window_bytes: int) -> bool:
    try:
        return shutil.disk_usage(place).free >= _ROOM_FACTOR * window_bytes
    except OSError:
        return False


def _remove_abandoned(place: Path) -> None:
    if not hasattr(os, "getuid"):
        return  # Windows: without such locks, nobody knows which are abandoned
    with contextlib.suppress(OSError):
        for folder in place.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        return
    try:
        descriptor = os.open(folder / _LOCK, _LOCK_FLAGS)
    except FileNotFoundError:
        # it was made this moment, or its process died within that moment
        if time.time() - status.st_mtime > _MADE_S:
            shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        if claim(descriptor):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
