"""What unpacking needs of an archive, and the words for what is wrong with one."""

from __future__ import annotations

import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from catsclean.core import names
from catsclean.core.text import human_bytes
from catsclean.downloading.transfer import SPARE_BYTES
from catsclean.errors import DownloadError

CHUNK_BYTES: Final = 2**20
# Pictures are compressed already.  A bomb of one layer unpacks to a thousand times its size.
_MOST_GROWTH: Final = 100
SMALL_BYTES: Final = 2**30
# what downloads call an archive that is not unpacked yet
_HIDDEN: Final = re.compile(r"\.(.*)\.\d+(\.[a-z]+(\.[a-z0-9]+)?)")


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file or folder in an archive.

    Attributes:
        name: Its name as the archive has it.
        size_bytes: Its size unpacked.
        is_folder: It is a folder.
        fault: Why it must not be unpacked, besides what its name says; empty if it may be.
        changed: When it was last changed, in seconds since 1970; None if that is not known.
        source: What the archive needs to find it again.
    """

    name: str
    size_bytes: int
    is_folder: bool = False
    fault: str = ""
    changed: float | None = None
    source: Any = None


class OpenArchive(ABC):
    """An archive that is open for reading."""

    @abstractmethod
    def members(self) -> list[ArchiveMember]:
        """List all members.

        Raises:
            DownloadError: There may be more than it lists.
        """

    @abstractmethod
    def chunks(self, member: ArchiveMember) -> Iterator[bytes]:
        """Read a file, piece by piece; its end is reached only if its bytes are whole."""


def refusal(archive: Path, why: str) -> DownloadError:
    """Return the error about an archive that is not unpacked."""
    return DownloadError(
        f"{public_name(archive)!r} is not unpacked: {why}. Nothing of it was kept as a data set."
    )


def public_name(archive: Path) -> str:
    """Return the name of an archive without what hides it while it is not whole."""
    return _HIDDEN.sub(r"\1\2", archive.name)


def refuse_bomb(archive: Path, total: int) -> None:
    """Refuse an archive that unpacks to `total` bytes or more, if that is out of proportion.

    Raises:
        DownloadError: It is.
    """
    size = max(1, archive.stat().st_size)
    if total > SMALL_BYTES and total > _MOST_GROWTH * size:
        raise refusal(archive, f"it would grow to {total // size:,} times its size, like a bomb")


def refuse_without_room(archive: Path, folder: Path, needed: int, unpacked: str) -> None:
    """Refuse an archive for which there is no room.

    Args:
        archive: The archive.
        folder: Where it is unpacked.
        needed: Bytes that are still to be written.
        unpacked: What all of it takes, for people.

    Raises:
        DownloadError: There is none.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise DownloadError(
            f"{public_name(archive)!r} unpacks to {unpacked}, and {human_bytes(free)} are free in"
            f" {str(folder.parent)!r}. Make room, or name another folder."
        )


@contextmanager
def explaining(archive: Path) -> Iterator[None]:
    """Turn whatever goes wrong with an archive into one clear error.

    Raises:
        DownloadError: Something did.
    """
    try:
        yield
    except (DownloadError, MemoryError):
        raise
    except FileExistsError as error:
        raise refusal(archive, f"two of its members have the name {_shown(error)}") from error
    except OSError as error:
        if error.errno is None:  # of a library that reads archives, not of the system
            raise _damaged(archive, error) from error
        why = error.strerror or error
        raise DownloadError(
            f"cannot unpack {public_name(archive)!r}: {why} ({_shown(error)}). Make room, or name"
            " another folder."
        ) from error
    except Exception as error:  # libraries raise what hostile bytes lead them to
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> DownloadError:
    return refusal(archive, f"it is damaged: {names.text(str(error))[:200]}")


def _shown(error: OSError) -> str:
    name = error.filename or ""
    return repr(names.text(os.fsdecode(name).rpartition(os.sep)[2]))
