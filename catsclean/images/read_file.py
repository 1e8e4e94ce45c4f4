"""Open and read one file of a data set: never blocking or for writing, a link only on request.

A path may lead into a container, as ``shard-000017.tar/Cat/1.jpg`` does.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Self

from catsclean.containers.opened import OpenContainer, open_container
from catsclean.core import names, stand_ins
from catsclean.core.container_names import is_container_name
from catsclean.core.evidence import Outcome
from catsclean.core.links import Reach
from catsclean.core.reading_errors import ChangedError, NotRegularError, TooLargeError

# Windows has none of these; there, links need a privilege and FIFOs do not live in folders.
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FLAGS = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FLAGS |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_FOLDER_FLAGS = _FLAGS | getattr(os, "O_DIRECTORY", 0)
_LINK_ERRORS = frozenset({errno.ELOOP, errno.EMLINK, errno.ENXIO})


def read_regular(
    path: str | os.PathLike[str], max_bytes: int, dir_fd: int | None = None
) -> tuple[bytes, os.stat_result]:
    """Read a whole regular file with one open.

    Args:
        path: Native path; its last part is not followed when it is a link.
        max_bytes: A larger file is not read.
        dir_fd: An open folder that `path` is relative to.

    Returns:
        The bytes, and the file's status, which was the same before and after reading.

    Raises:
        NotRegularError: A link, pipe, socket or device.
        TooLargeError: More than `max_bytes`.
        ChangedError: Size or time changed during the read.
        OSError: The file cannot be opened or read.
    """
    descriptor = _open_to_read(path, dir_fd)
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise NotRegularError(errno.EINVAL, f"a {kind_of(before.st_mode)}")
        if before.st_size > max_bytes:
            raise TooLargeError(errno.EFBIG, f"{before.st_size:,} bytes")
        # one byte more than expected shows a file that grows, without reading it for ever
        wanted = before.st_size + 1
        data = os.read(descriptor, wanted)
        if 0 < len(data) < before.st_size:
            parts = [data]
            missing = wanted - len(data)
            while missing and (part := os.read(descriptor, missing)):
                parts.append(part)
                missing -= len(part)
            data = b"".join(parts)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if len(data) != before.st_size or (after.st_size, after.st_mtime_ns) != (
        before.st_size,
        before.st_mtime_ns,
    ):
        raise ChangedError(errno.EAGAIN, "changed while it was read")
    return data, before


def _open_to_read(path: str | os.PathLike[str], dir_fd: int | None = None) -> int:
    try:
        return os.open(path, _FLAGS, dir_fd=dir_fd)
    except OSError as error:
        if error.errno in _LINK_ERRORS:
            raise NotRegularError(error.errno, "not a regular file") from error
        raise


def read_file(root: Path | Reach, path: str, max_bytes: int) -> tuple[bytes, os.stat_result]:
    """Read a sample by its (escaped) path, following a link only where its reach allows.

    Each folder on the way is opened by itself, so that a link planted there is refused even when
    it appears while this runs.

    Raises:
        OSError: As :func:`read_regular`; NotRegularError also for a link on the way that may not
            be followed.
        ValueError: The path is not one that catsclean writes, or leads out of the root.
    """
    reach = Reach.of(root)
    with stand_ins.holding(reach.root, path, max_bytes) as absence:
        check_brought(absence)
        try:
            return _read_below(reach, path, max_bytes)
        except NotRegularError as error:
            found = _target(reach, path, error)
    base, inside = found
    return _read_below(Reach(base), inside, max_bytes)


def check_brought(absence: stand_ins.Absence | None) -> None:
    """Raise what reading a file would raise that could not be brought.

    Raises:
        OSError: It could not be brought.
    """
    if absence is None:
        return
    if absence.outcome == Outcome.CHANGED:
        raise ChangedError(errno.EAGAIN, absence.detail)
    if absence.outcome == Outcome.OVER_LIMIT:
        raise TooLargeError(errno.EFBIG, absence.detail)
    raise OSError(errno.EIO, absence.detail)


def _target(reach: Reach, path: str, error: NotRegularError) -> tuple[Path, str]:
    """Return what a link leads to, as :meth:`Reach.locate` does.

    Raises:
        NotRegularError: It must not be followed.
    """
    found = reach.locate(path)
    if found is not None:
        return found
    if not reach.follow:
        raise error
    raise NotRegularError(
        error.errno,
        "it is a broken link, or a link out of the folders that --follow-links-to"
        " (follow_links_to=) names",
    ) from error


def _read_below(reach: Reach, path: str, max_bytes: int) -> tuple[bytes, os.stat_result]:
    """Read a file below a folder; only a container may be reached through a link."""
    root, parts = reach.root, _safe_parts(path)
    if os.open not in os.supports_dir_fd:
        return _read_without_dir_fd(root, path, parts, max_bytes)
    try:
        descriptor = open_folder(root, path.rpartition("/")[0])
    except (NotRegularError, NotADirectoryError):
        found = _open_container_of(reach, path)
        if found is None:
            raise
        container, prefix = found
        return container.read(path[len(prefix) :], max_bytes), container.status
    try:
        return read_regular(parts[-1], max_bytes, dir_fd=descriptor)
    finally:
        os.close(descriptor)


def _open_container_of(reach: Reach, path: str) -> tuple[OpenContainer, str] | None:
    """Open the container that a path leads into.

    Args:
        reach: The data set, a folder or a container itself, and where links may lead.
        path: The sample (escaped path).

    Returns:
        The container, and the beginning of the path that leads to it, with a slash at its end;
        None if no part of the path is a container.

    Raises:
        OSError: It cannot be opened, or is not the container that its name says.
    """
    if reach.root.is_file():
        return open_container(open_target(reach, ""), reach.root.name), ""
    parts = path.split("/")
    for number, part in enumerate(parts[:-1]):
        if not is_container_name(part):
            continue
        above = "/".join(parts[:number])
        try:
            descriptor = open_target(reach, "/".join(parts[: number + 1]))
        except NotRegularError:  # a folder that is named like a container, or a link
            continue
        return open_container(descriptor, part), f"{above}/{part}/".lstrip("/")
    return None


def container_of(root: Path, path: str) -> Path | None:
    """Return the container that a sample (escaped path) lies in; None if it is a file itself."""
    if root.is_file():
        return root
    place = root
    for part in names.decode(path).split("/")[:-1]:
        place /= part
        if is_container_name(part) and place.is_file():
            return place
    return None


def open_target(reach: Reach, path: str) -> int:
    """Open a file of the data set (escaped path), or what it links to where the reach allows.

    An empty path is the data set itself, if that is a container.

    Returns:
        Its descriptor, which the caller closes.

    Raises:
        OSError: As :func:`read_file`.
        ValueError: As :func:`read_file`.
    """
    if not path:
        return os.open(reach.root, _FLAGS & ~_NOFOLLOW)
    try:
        return open_file(reach.root, path)
    except NotRegularError as error:
        found = _target(reach, path, error)
    return open_file(*found)


def open_file(root: Path, path: str) -> int:
    """Open a regular file of the data set (escaped path) without following any link.

    Returns:
        Its descriptor, which the caller closes.

    Raises:
        OSError: As :func:`read_file`.
        ValueError: As :func:`read_file`.
    """
    parts = _safe_parts(path)
    if os.open in os.supports_dir_fd:
        folder = open_folder(root, path.rpartition("/")[0])
        try:
            descriptor = _open_to_read(parts[-1], folder)
        finally:
            os.close(folder)
    else:
        descriptor = _open_to_read(_without_links(root, parts))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, f"a {kind_of(mode)}")
    return descriptor


def open_folder(root: Path, folder: str) -> int:
    """Open a folder of the data set (escaped path, empty: the root) part by part.

    Returns:
        Its descriptor, which the caller closes.

    Raises:
        OSError: As :func:`read_file`.
        ValueError: As :func:`read_file`.
    """
    descriptor = os.open(root, _FOLDER_FLAGS & ~_NOFOLLOW)
    for part in _safe_parts(folder) if folder else ():
        try:
            inner = os.open(part, _FOLDER_FLAGS, dir_fd=descriptor)
        except OSError as error:
            if error.errno in {*_LINK_ERRORS, errno.ENOTDIR}:
                message = f"{names.encode(part)} is not a folder"
                raise NotRegularError(error.errno, message) from error
            raise
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


class FolderReader:
    """Reads samples one after the other, and opens a folder only where it differs from the last.

    Each is opened part by part, so that a link on the way is followed only where the reach allows.
    """

    def __init__(self, root: Path | Reach) -> None:
        self._reach = Reach.of(root)
        self._root = self._reach.root
        self._linked: dict[Path, FolderReader] = {}
        self._folder = ""
        self._descriptor = -1
        self._container: OpenContainer | None = None
        self._prefix = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: str, max_bytes: int, place: tuple[int, int] | None = None) -> bytes:
        """Read a sample by its (escaped) path.

        Args:
            path: The sample.
            max_bytes: A larger file is not read.
            place: Its place and size in its container, if the caller knows them.

        Raises:
            OSError: As :func:`read_file`.
            ValueError: As :func:`read_file`.
        """
        with stand_ins.holding(self._root, path, max_bytes) as absence:
            check_brought(absence)
            try:
                return self.read_plain(path, max_bytes, place)
            except NotRegularError as error:
                found = _target(self._reach, path, error)
        base, inside = found
        if base not in self._linked:
            self._linked[base] = FolderReader(base)
        return self._linked[base].read_plain(inside, max_bytes)

    def read_plain(self, path: str, max_bytes: int, place: tuple[int, int] | None = None) -> bytes:
        """Read a sample without following any link.

        Raises:
            OSError: As :func:`read_file`.
            ValueError: As :func:`read_file`.
        """
        if self._container is not None and path.startswith(self._prefix):
            return self._container.read(path[len(self._prefix) :], max_bytes, place)
        if os.open not in os.supports_dir_fd:
            return _read_below(self._reach, path, max_bytes)[0]
        name = _safe_parts(path)[-1]
        folder = path.rpartition("/")[0]
        if folder != self._folder or self._descriptor < 0:
            self.close()
            try:
                self._descriptor = open_folder(self._root, folder)
            except (NotRegularError, NotADirectoryError):
                found = _open_container_of(self._reach, path)
                if found is None:
                    raise
                self._container, self._prefix = found
                return self._container.read(path[len(self._prefix) :], max_bytes, place)
            self._folder = folder
        return read_regular(name, max_bytes, dir_fd=self._descriptor)[0]

    def close(self) -> None:
        """Close the folders that are open; the next read opens its own."""
        for reader in self._linked.values():
            reader.close()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._container = None


def _safe_parts(path: str) -> list[str]:
    parts = names.decode(path).split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise ValueError(f"not a path inside the data set. Received: {path!a}")
    return parts


def kind_of(mode: int) -> str:
    """Name the kind of a file-system object from its ``st_mode``."""
    for test, name in (
        (stat.S_ISREG, "file"),
        (stat.S_ISDIR, "folder"),
        (stat.S_ISLNK, "link"),
        (stat.S_ISFIFO, "named pipe"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISCHR, "character device"),
        (stat.S_ISBLK, "block device"),
    ):
        if test(mode):
            return name
    return "special file"


def _read_without_dir_fd(
    root: Path, path: str, parts: list[str], max_bytes: int
) -> tuple[bytes, os.stat_result]:
    inside = not root.joinpath(*parts[:-1]).is_dir()
    if inside and (found := _open_container_of(Reach(root), path)):
        container, prefix = found
        return container.read(path[len(prefix) :], max_bytes), container.status
    return read_regular(_without_links(root, parts), max_bytes)


def _without_links(root: Path, parts: list[str]) -> Path:
    """Return the place of a file, for systems that open files by their whole path only.

    Raises:
        NotRegularError: A part of the path is a link.
    """
    place = root
    for part in parts:
        place /= part
        if place.is_symlink() or (hasattr(place, "is_junction") and place.is_junction()):
            raise NotRegularError(errno.ELOOP, f"{names.encode(part)} is a link")
    return place
