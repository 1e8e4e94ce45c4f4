"""Read a zip archive to unpack it."""

from __future__ import annotations

import stat
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from catsclean.core.zip_directory import is_folder, lacks_members
from catsclean.downloading.archive import CHUNK_BYTES, ArchiveMember, OpenArchive, refusal

_ENCRYPTED: Final = 0x1
_UNIX_MODE: Final = 16  # the upper half of `external_attr`
_PLAIN: Final = frozenset({0, stat.S_IFREG, stat.S_IFDIR})


@contextmanager
def open_zip(archive: Path) -> Iterator[OpenArchive]:
    """Open a zip archive."""
    with zipfile.ZipFile(archive) as opened:
        yield _OpenZip(archive, opened)


class _OpenZip(OpenArchive):
    def __init__(self, archive: Path, opened: zipfile.ZipFile) -> None:
        self._archive, self._opened = archive, opened

    def members(self) -> list[ArchiveMember]:
        infos = self._opened.infolist()
        with self._archive.open("rb") as stream:
            if lacks_members(stream, len(infos)):
                raise refusal(self._archive, "its directory does not list all of its members")
        return [
            ArchiveMember(
                info.filename,
                info.file_size,
                is_folder(info),
                _fault_of(info),
                _changed(info),
                info,
            )
            for info in infos
        ]

    def chunks(self, member: ArchiveMember) -> Iterator[bytes]:
        with self._opened.open(member.source) as source:
            while data := source.read(CHUNK_BYTES):  # the last one checks the checksum
                yield data


def _fault_of(info: zipfile.ZipInfo) -> str:
    if stat.S_IFMT(info.external_attr >> _UNIX_MODE) not in _PLAIN:
        return "is a link or a device"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    return ""


def _changed(info: zipfile.ZipInfo) -> float | None:
    with suppress(ValueError, OverflowError):  # a time that no clock shows
        return time.mktime((*info.date_time, 0, 0, -1))
    return None
