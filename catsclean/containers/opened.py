"""Open containers by their kind, and keep the last ones open for single reads."""

from __future__ import annotations

import errno
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from catsclean.containers.container import Container
from catsclean.core.container_names import PARQUET, TAR, ZIP
from catsclean.core.reading_errors import ChangedError

# single reads jump between few containers, and the index of each takes memory
_MOST_OPEN: Final = 4


def _tar(descriptor: int) -> Container:
    from catsclean.containers.tar_shard import TarShard

    return TarShard(descriptor)


def _zip(descriptor: int) -> Container:
    from catsclean.containers.zip_archive import ZipArchive

    return ZipArchive(descriptor)


def _parquet(descriptor: int) -> Container:
    from catsclean.containers.parquet_table import ParquetTable

    return ParquetTable(descriptor)


# extension of a container → what opens it; a library is loaded only for a kind that occurs
_KINDS: Final[dict[str, Callable[[int], Container]]] = {TAR: _tar, ZIP: _zip, PARQUET: _parquet}


class OpenContainer:
    """A container that is open for reading; threads may share it.

    Attributes:
        status: Its status when it was opened.
    """

    def __init__(self, container: Container) -> None:
        """Take over an open container."""
        self._container = container
        self.status = container.status()
        self._lock = threading.Lock()

    def read(self, name: str, max_bytes: int, place: tuple[int, int] | None = None) -> bytes:
        """Read a member.

        Args:
            name: Escaped path inside the container.
            max_bytes: A larger member is not read.
            place: Its place and size, if the caller knows them from a list of the members.

        Raises:
            ChangedError: The container changed while it was read.
            DamagedContainerError: Its members cannot be listed.
            FileNotFoundError: There is no such member that may be opened.
            TooLargeError: More than `max_bytes`.
            OSError: It cannot be read.
        """
        with self._lock:
            if place is None:
                data = self._container.read_named(name, max_bytes)
            else:
                data = self._container.read(*place, max_bytes)
            if identity_of(self._container.status()) != identity_of(self.status):
                raise ChangedError(errno.EAGAIN, "its archive changed while it was read")
        return data


def identity_of(status: os.stat_result) -> tuple[int, int, int, int]:
    """Return what tells a file from another one, and from itself after a change."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


_last: OrderedDict[tuple[int, int, int, int], OpenContainer] = OrderedDict()
_one_at_a_time = threading.Lock()


def open_container(descriptor: int, name: str) -> OpenContainer:
    """Open a container, or return it if it is open already.

    Args:
        descriptor: The open file; this function closes it, or the container does.
        name: Its name, whose extension says what kind of container it is.

    Raises:
        DamagedContainerError: It is not such a container.
    """
    with _one_at_a_time:
        key = identity_of(os.fstat(descriptor))
        found = _last.get(key)
        if found is None:
            found = OpenContainer(new_container(descriptor, name))
            _last[key] = found
            while len(_last) > _MOST_OPEN:
                # not closed here: a thread may be reading it, and its file closes with it
                _last.popitem(last=False)
        else:
            os.close(descriptor)
            _last.move_to_end(key)
    return found


def new_container(descriptor: int, name: str) -> Container:
    """Open a container for oneself; the caller closes it.

    Args:
        descriptor: The open file, which the container closes.
        name: Its name.

    Raises:
        DamagedContainerError: It is not such a container.
    """
    kind = _KINDS[name[name.rindex(".") :].lower()]
    return kind(descriptor)
