"""The small pictures of earlier pages, in one SQLite file that can be deleted at any time.

They are stored by the digest of the file that they show, so a renamed file needs no new ones.
Whatever happens to the file, the worst is that pictures are made again: no method here raises.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

#: Bytes after which the oldest pictures leave.
MOST_BYTES: Final = 512 * 2**20
# how small pictures are made; another number makes all of them again
_VERSION: Final = 1
_LOCKED_S: Final = 1.0
_MOST_LOG_BYTES: Final = 16 * 2**20
# the share of all pictures that leaves at once
_LEAVING: Final = 16
_SETTINGS: Final = (
    # another person may have made the file: it holds values, and nothing that runs
    "pragma trusted_schema = off",
    "pragma cell_size_check = on",
    "pragma journal_mode = wal",
    # after a power cut a checksum says which pictures were not written whole
    "pragma synchronous = off",
    f"pragma journal_size_limit = {_MOST_LOG_BYTES}",
    """create table if not exists pictures
    (number integer primary key, key text unique, checksum integer, body blob)""",
)
_T = TypeVar("_T")


class ThumbnailCache:
    """Small pictures by the digest of their file; to be used by one thread at a time.

    Args:
        path: The file; its folder is made, but not the one above that.
        most_bytes: Its size, about.
    """

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._open: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def get(self, sha256: str, side_px: int) -> bytes | None:
        """Return a picture, if it is there."""
        return self._try(lambda database: _find(database, _key(sha256, side_px)))

    def put(self, sha256: str, side_px: int, body: bytes) -> None:
        """Store a picture."""
        self._try(lambda database: self._store(database, _key(sha256, side_px), body))

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            with suppress(sqlite3.Error):
                self._open.close()
        self._open = self._identity = None

    def _try(self, what: Callable[[sqlite3.Connection], _T]) -> _T | None:
        try:
            database = self._connected()
            return None if database is None else what(database)
        except sqlite3.OperationalError:  # locked, no room, not writable: perhaps only this time
            self.close()
        except (sqlite3.Error, ValueError):  # damaged
            self.close()
            for ending in ("", "-wal", "-shm"):
                with suppress(OSError):
                    Path(f"{self._path}{ending}").unlink()
        except OSError:
            self.close()
        return None

    def _connected(self) -> sqlite3.Connection | None:
        """Open the file, or open it again if it was replaced; None if it is not a file."""
        if self._open is not None and self._identity == _identity(self._path):
            return self._open
        self.close()
        self._path.parent.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(self._path.lstat().st_mode):
                return None
        database = sqlite3.connect(
            self._path, timeout=_LOCKED_S, isolation_level=None, check_same_thread=False
        )
        self._open = database
        for setting in _SETTINGS:
            database.execute(setting)
        self._identity = _identity(self._path)
        return database

    def _store(self, database: sqlite3.Connection, key: str, body: bytes) -> None:
        database.execute(
            "insert or replace into pictures (key, checksum, body) values (?, ?, ?)",
            (key, _checksum(key, body), body),
        )
        while _used_bytes(database) > self._most_bytes:
            left = database.execute(
                "delete from pictures where number in (select number from pictures"
                " order by number limit (select count(*) / ? + 1 from pictures))",
                (_LEAVING,),
            )
            if not left.rowcount:
                return


def _find(database: sqlite3.Connection, key: str) -> bytes | None:
    found = database.execute("select checksum, body from pictures where key = ?", (key,)).fetchone()
    if found is None:
        return None
    checksum, body = found
    return body if isinstance(body, bytes) and _checksum(key, body) == checksum else None


def _used_bytes(database: sqlite3.Connection) -> int:
    pages, unused, page_bytes = (
        int(database.execute(f"pragma {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - unused) * page_bytes


def _key(sha256: str, side_px: int) -> str:
    return f"{_VERSION}:{side_px}:{sha256}"


def _checksum(key: str, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(key.encode()))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - a millisecond counts here
    except OSError:
        return None
    return status.st_dev, status.st_ino
