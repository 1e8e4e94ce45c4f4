"""A zip archive."""

from __future__ import annotations

import errno
import os
import stat
import zipfile
from typing import Final

from catsclean.containers.container import Container, DamagedContainerError, Members, link_target
from catsclean.containers.file_bytes import FileBytes
from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.reading_errors import ChangedError, TooLargeError
from catsclean.core.zip_directory import is_folder, lacks_members

_LONGEST_TARGET: Final = 4096
_ENCRYPTED: Final = 0x1
_UNIX_MODE: Final = 16  # the upper half of `external_attr`


class ZipArchive(Container):
    """An open zip archive; see :class:`~catsclean.containers.container.Container`.

    A place is the position of a member in the directory at the end of the archive.
    """

    def __init__(self, descriptor: int) -> None:
        """Take over an open descriptor.

        Raises:
            DamagedContainerError: It is not a zip archive, or its directory is damaged.
        """
        self._file = FileBytes(descriptor)
        try:
            self._archive = zipfile.ZipFile(self._file)  # type: ignore[arg-type,unused-ignore]
        # besides its own errors, zipfile raises whatever a hostile directory leads it to
        except Exception as error:
            why = self._file.why_not("zip archive", error)
            self._file.close()
            raise DamagedContainerError(why) from error
        self._infos = self._archive.infolist()

    def members(self) -> Members:
        """List all members, as the directory at the end of the archive has them."""
        found = Members()
        if lacks_members(self._file, len(self._infos)):
            found.damage = "its directory does not list all of its members"
        for place, info in enumerate(self._infos):
            if is_folder(info):
                found.add_folder(info.filename)
                continue
            row = found.add(info.filename, info.file_size, place)
            if row in found.presets:
                continue
            if stat.S_ISLNK(info.external_attr >> _UNIX_MODE):
                found.links[row] = self._target_of(info)
            elif info.flag_bits & _ENCRYPTED:
                found.presets[row] = Outcome.UNREADABLE, "encrypted"
        return found

    def _target_of(self, info: zipfile.ZipInfo) -> str:
        """Return the path inside the archive that a link leads to; empty if it leads out.

        The content of a link is its target.
        """
        try:
            with self._archive.open(info) as stream:
                text = stream.read(_LONGEST_TARGET + 1).decode("utf-8", "surrogateescape")
        except Exception:  # noqa: BLE001 - what a damaged stream leads zlib, bz2 and lzma to
            return ""
        return link_target(text, info.filename) if len(text) <= _LONGEST_TARGET else ""

    def read(self, place: int, size_bytes: int, max_bytes: int) -> bytes:
        """Read a member by its place; one that unpacks to more than it says is not read."""
        info = self._infos[place] if place < len(self._infos) else None
        if info is None or info.file_size != size_bytes:
            raise ChangedError(errno.EAGAIN, "its archive changed since it was listed")
        if size_bytes > max_bytes:
            raise TooLargeError(errno.EFBIG, f"{info.file_size:,} bytes")
        try:
            with self._archive.open(info) as stream:
                data = stream.read(info.file_size + 1)
                data += stream.read(1)  # the end of the stream checks its checksum
        except OSError:
            raise
        except Exception as error:  # what a damaged stream leads zlib, bz2 and lzma to
            raise OSError(errno.EIO, names.text(f"it cannot be unpacked: {error}")) from error
        if len(data) != info.file_size:
            raise OSError(errno.EIO, "it unpacks to another size than the archive says")
        return data

    def status(self) -> os.stat_result:
        """Return the status of the file."""
        return self._file.status()

    def close(self) -> None:
        """Close the file."""
        self._archive.close()
        self._file.close()
