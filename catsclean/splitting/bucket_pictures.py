"""The pictures of a split that lie in a bucket, offered like those of a folder.

A listing tells which of them are as the audit recorded them.  Each is fetched once, shortly before
it is placed, and what was fetched has to have the recorded bytes.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Self

from catsclean.core import names, stand_ins
from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.objects.bucket_state import OpenBucket
from catsclean.scan.discover import Listing
from catsclean.scan.list_bucket import list_bucket


class BucketPictures:
    """Opens pictures in a bucket: each lies in the spool for as long as it is open.

    Attributes:
        path: The stand-in of the data set.
    """

    def __init__(self, opened: OpenBucket, recorded: Mapping[str, str] | None = None) -> None:
        """List the data set.

        Args:
            opened: The data set.
            recorded: Digest by native path of the files that will be opened, in the order of that;
                they are fetched ahead.

        Raises:
            DatasetError: It cannot be listed.
        """
        self.path = opened.root
        self._recorded = recorded or {}
        self._listing = list_bucket(opened)
        self._ahead = ExitStack()

    def __enter__(self) -> Self:
        ahead = [names.encode(path) for path in self._recorded]
        self._ahead.enter_context(stand_ins.bringing_ahead(self.path, ahead, sys.maxsize))
        return self

    def __exit__(self, *_: object) -> None:
        self._ahead.close()

    def files_in(self, folder: str) -> list[str]:
        """Return the native names of the files in a folder (native path)."""
        above = f"{names.encode(folder)}/" if folder else ""
        paths = self._listing.paths
        found = []
        for path in paths[bisect_left(paths, above) :]:
            if not path.startswith(above):
                break
            if "/" not in path[len(above) :]:
                found.append(names.decode(path[len(above) :]))
        return found

    def lstat(self, path: str) -> os.stat_result:
        """Return the status of a picture, as the listing has it.

        Raises:
            NotAsRecordedError: It is gone.
        """
        row = _row_of(self._listing, names.encode(path))
        if row is None:
            raise NotAsRecordedError("is missing")
        size, modified_ns = self._listing.sizes_bytes[row], self._listing.mtimes_ns[row]
        return status_of(size, modified_ns)

    def open(self, path: str) -> int:
        """Fetch a picture and open it for reading; the caller closes it.

        Raises:
            NotAsRecordedError: It is gone, changed, or cannot be fetched.
            DatasetError: Nothing can be fetched any more.
        """
        descriptor, digest = self._open(path)
        if self._recorded.get(path, digest) != digest:
            os.close(descriptor)
            raise NotAsRecordedError("changed since the audit: its bytes differ")
        return descriptor

    def check(self, path: str, sha256: str, *, size: int | None = None) -> os.stat_result:
        """Check that a picture still has the recorded bytes.

        Raises:
            NotAsRecordedError: As :meth:`open`; or the bytes differ.
            DatasetError: Nothing can be fetched any more.
        """
        digest, status = self.digest(path)
        if size not in {None, status.st_size} or digest != sha256:
            raise NotAsRecordedError("changed since the audit: its bytes differ")
        return status

    def digest(self, path: str) -> tuple[str, os.stat_result]:
        """Return the SHA-256 of a file, and its status as the listing has it.

        Raises:
            NotAsRecordedError: It is gone, or cannot be fetched.
            DatasetError: Nothing can be fetched any more.
        """
        descriptor, digest = self._open(path)
        os.close(descriptor)
        return digest, self.lstat(path)

    def _open(self, path: str) -> tuple[int, str]:
        modified_ns = self.lstat(path).st_mtime_ns
        with stand_ins.holding(self.path, names.encode(path), sys.maxsize) as absence:
            if absence is not None:
                raise NotAsRecordedError(f"cannot be fetched: {absence.detail}")
            try:
                descriptor = os.open(self.path / path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            except OSError as error:
                raise NotAsRecordedError(f"cannot be opened: {error.strerror}") from error
        try:
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            os.lseek(descriptor, 0, os.SEEK_SET)
            if os.utime in os.supports_fd:  # a copy has the time of its original
                os.utime(descriptor, ns=(modified_ns, modified_ns))
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor, digest


def _row_of(listing: Listing, path: str) -> int | None:
    row = bisect_left(listing.paths, path)
    there = row < len(listing.paths) and listing.paths[row] == path
    return row if there and row not in listing.presets else None


def status_of(size_bytes: int, modified_ns: int = 0) -> os.stat_result:
    """Return a status for a picture that is not a file of its own."""
    seconds = modified_ns // 1_000_000_000
    fields = (stat.S_IFREG | 0o600, 0, 0, 1, 0, 0, size_bytes, seconds, seconds, seconds)
    return os.stat_result(
        fields, {"st_mtime_ns": modified_ns, "st_atime_ns": modified_ns, "st_ctime_ns": modified_ns}
    )
