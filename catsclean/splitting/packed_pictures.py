"""The pictures of a split that lie in containers, offered like those of a folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, Self

from catsclean.core import names
from catsclean.core.links import Reach
from catsclean.core.reading_errors import reason_of
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.images.read_file import FolderReader, container_of
from catsclean.objects.bucket_state import open_bucket_of
from catsclean.splitting.bucket_pictures import BucketPictures, status_of


class PictureSource(Protocol):
    """What placing a picture needs of the data set, such as a :class:`Folder`."""

    path: Path

    def lstat(self, path: str) -> os.stat_result | None:
        """Return the status of a picture; None if only its bytes tell."""

    def open(self, path: str) -> int:
        """Open a picture for reading; the caller closes it."""

    def check(self, path: str, sha256: str, *, size: int | None = None) -> os.stat_result:
        """Check that a picture still has the recorded bytes."""


class PackedPictures:
    """Opens pictures in containers: each is unpacked to a file that has no name.

    Attributes:
        path: The data set.
    """

    def __init__(self, root: Path, reach: Reach | None = None) -> None:
        """Take the data set, and where links may lead; the first picture opens its container."""
        self.path = root
        self._reader = FolderReader(reach or root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def lstat(self, path: str) -> os.stat_result | None:  # noqa: ARG002 - as a folder has it
        """Return None: only the bytes of a picture in a container tell whether it is the same."""
        return None

    def open(self, path: str) -> int:
        """Unpack a picture and open it for reading; the caller closes it.

        Raises:
            NotAsRecordedError: It is gone or cannot be read.
        """
        data = self._read(path)
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            return os.dup(file.fileno())

    def check(self, path: str, sha256: str, *, size: int | None = None) -> os.stat_result:
        """Check that a picture still has the recorded bytes.

        Returns:
            A status with its size, and no time.

        Raises:
            NotAsRecordedError: As :meth:`open`; or the bytes differ.
        """
        data = self._read(path)
        if size not in {None, len(data)} or hashlib.sha256(data).hexdigest() != sha256:
            raise NotAsRecordedError("changed since the audit: its bytes differ")
        return status_of(len(data))

    def _read(self, path: str) -> bytes:
        try:
            return self._reader.read(names.encode(path), sys.maxsize)
        except (OSError, ValueError) as error:
            raise NotAsRecordedError(f"cannot be read: {names.text(reason_of(error))}") from error


def are_packed(root: Path, path: str) -> bool:
    """Tell whether the pictures of a data set lie in containers.

    Args:
        root: The data set.
        path: One of its pictures (native path).
    """
    opened = open_bucket_of(root)
    if opened is not None:  # what lies in a bucket is here only while it is read
        return opened.packed
    return container_of(root, names.encode(path)) is not None


def copied_from(root: Path, path: str) -> str:
    """Return what the pictures of a data set can only be copied from; empty: they are files."""
    if open_bucket_of(root) is not None:
        return "a bucket"
    return "an archive" if are_packed(root, path) else ""


@contextlib.contextmanager
def open_pictures(
    root: Path, path: str, reach: Reach | None, recorded: Mapping[str, str] | None = None
) -> Iterator[PictureSource]:
    """Open a data set to place its pictures elsewhere.

    Args:
        root: The data set.
        path: One of its pictures (native path).
        reach: Where links may lead; None: none is followed.
        recorded: Digest by native path of the files that will be opened, in the order of that.

    Raises:
        OSError: It cannot be opened.
        DatasetError: It is in a bucket that cannot be listed.
    """
    opened = open_bucket_of(root)
    data: PackedPictures | BucketPictures | Folder
    if opened is not None and not opened.packed:
        data = BucketPictures(opened, recorded)
    else:
        data = PackedPictures(root, reach) if are_packed(root, path) else Folder(root, reach)
    with data:
        yield data
