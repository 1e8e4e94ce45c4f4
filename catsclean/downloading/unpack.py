"""Unpack a zip archive from a stranger: only plain files, only below one folder, all or nothing."""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.core.text import human_bytes
from catsclean.core.zip_directory import lacks_members
from catsclean.downloading.transfer import SPARE_BYTES, BytesProgress
from catsclean.errors import DownloadError

_CHUNK_BYTES: Final = 2**20
_MOST_MEMBERS: Final = 20_000_000
# Pictures are compressed already.  A zip bomb of one layer unpacks to a thousand times its size.
_MOST_GROWTH: Final = 100
_SMALL_BYTES: Final = 2**30
_ENCRYPTED: Final = 0x1
_UNIX_MODE: Final = 16  # the upper half of `external_attr`
_PLAIN: Final = frozenset({0, stat.S_IFREG, stat.S_IFDIR})
_DRIVE: Final = re.compile(r"[A-Za-z]:")
# what downloads call an archive that is not unpacked yet
_HIDDEN: Final = re.compile(r"\.(.*)\.\d+\.zip")
# without control characters: no terminal, log or tool has to cope with them
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def unpack(
    archive: Path, folder: Path, strip: str = "", progress: BytesProgress | None = None
) -> int:
    """Unpack an archive into a folder of one's own.

    All names are checked before anything is written.  If this fails, the caller removes the folder.

    Args:
        archive: A zip archive.
        folder: An existing folder; files that are there stay as they are.
        strip: Folder of the archive that is left out of the names.
        progress: Called as files are written.

    Returns:
        The number of files.

    Raises:
        DownloadError: It is damaged or encrypted, has links, devices or names that lead out of
            the folder, has two files of one name, grows too much, or does not fit on the disk.
    """
    with _opened(archive) as opened:
        wanted = _check(opened, archive, strip)
        total = sum(info.file_size for info, _ in wanted)
        free = shutil.disk_usage(folder).free
        if free < total + SPARE_BYTES:
            raise DownloadError(
                f"{_public(archive)!r} unpacks to {human_bytes(total)}, and {human_bytes(free)} are"
                f" free in {str(folder.parent)!r}. Make room, or name another folder."
            )
        done = files = 0
        for info, parts in wanted:
            target = folder.joinpath(*parts)
            if info.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(opened, info, target)
            files += 1
            done += info.file_size
            if progress is not None:
                progress(done, total)
    return files


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; whatever goes wrong with it becomes one clear error.

    Raises:
        DownloadError: See there.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except (DownloadError, MemoryError):
        raise
    except FileExistsError as error:
        raise _refusal(archive, f"two of its members have the name {_shown(error)}") from error
    except OSError as error:
        why = error.strerror or error
        raise DownloadError(
            f"cannot unpack {_public(archive)!r}: {why} ({_shown(error)}). Make room, or name"
            " another folder."
        ) from error
    except Exception as error:  # besides its own errors, zipfile raises what hostile bytes lead to
        raise _refusal(archive, f"it is damaged: {names.text(str(error))[:200]}") from error


def _public(archive: Path) -> str:
    """Return the name of an archive without what hides it while it is not whole."""
    return _HIDDEN.sub(r"\1.zip", archive.name)


def _shown(error: OSError) -> str:
    name = error.filename or ""
    return repr(names.text(os.fsdecode(name).rpartition(os.sep)[2]))


def _refusal(archive: Path, why: str) -> DownloadError:
    return DownloadError(
        f"{_public(archive)!r} is not unpacked: {why}. Nothing of it was kept as a data set."
    )


def _check(
    opened: zipfile.ZipFile, archive: Path, strip: str
) -> list[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """Return the members with the parts of their names below the folder.

    Raises:
        DownloadError: One of them must not be unpacked.
    """
    infos = opened.infolist()
    with archive.open("rb") as stream:
        if lacks_members(stream, len(infos)):
            raise _refusal(archive, "its directory does not list all of its members")
    if len(infos) > _MOST_MEMBERS:
        raise _refusal(archive, f"it has {len(infos):,} members, more than {_MOST_MEMBERS:,}")
    total = sum(info.file_size for info in infos)
    size = max(1, archive.stat().st_size)
    if total > _SMALL_BYTES and total > _MOST_GROWTH * size:
        raise _refusal(archive, f"it would grow to {total // size:,} times its size, like a bomb")
    wanted = []
    seen: set[tuple[str, ...]] = set()
    for info in infos:
        shown = repr(names.text(info.filename)[:200])
        if why := _fault_of(info):
            raise _refusal(archive, f"its member {shown} {why}")
        parts = tuple(part for part in info.filename.replace("\\", "/").split("/") if part)
        if strip and parts[:1] == (strip,):
            parts = parts[1:]
        if not parts:
            continue
        if parts in seen and not info.is_dir():
            raise _refusal(archive, f"two of its members have the name {shown}")
        seen.add(parts)
        wanted.append((info, parts))
    return wanted


def _fault_of(info: zipfile.ZipInfo) -> str:
    """Say why a member must not be unpacked; empty if it may be."""
    # some programs on Windows write its own separator
    name = info.filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or _DRIVE.match(name) or ".." in parts:
        return "leads out of its folder"
    if _CONTROL.search(name) or "." in parts or not any(parts):
        return "has a name that no picture needs"
    if stat.S_IFMT(info.external_attr >> _UNIX_MODE) not in _PLAIN:
        return "is a link or a device"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    return ""


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    """Write one member; reading it to the end checks its checksum."""
    left = info.file_size
    with opened.open(info) as source, target.open("xb") as stream:
        while data := source.read(_CHUNK_BYTES):
            left -= len(data)
            if left < 0:
                break
            stream.write(data)
    if left:
        raise zipfile.BadZipFile(f"{info.filename!r} unpacks to another size than it says")
    with suppress(ValueError, OverflowError, OSError):  # a time that no clock shows
        then = time.mktime((*info.date_time, 0, 0, -1))
        os.utime(target, (then, then))
