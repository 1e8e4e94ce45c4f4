"""Unpack an archive from a stranger: only plain files, only below one folder, all or nothing."""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.core.text import human_bytes
from catsclean.downloading.archive import (
    ArchiveMember,
    OpenArchive,
    explaining,
    refusal,
    refuse_bomb,
    refuse_without_room,
)
from catsclean.downloading.open_tar import TAR_ENDINGS, open_tar
from catsclean.downloading.open_zip import open_zip
from catsclean.downloading.transfer import BytesProgress

_MOST_MEMBERS: Final = 20_000_000
_DRIVE: Final = re.compile(r"[A-Za-z]:")
# without control characters: no terminal, log or tool has to cope with them
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
#: What the names of archives end with that are unpacked.
UNPACKED_ENDINGS: Final = (".zip", *TAR_ENDINGS)


def unpack(
    archive: Path, folder: Path, strip: str = "", progress: BytesProgress | None = None
) -> int:
    """Unpack an archive into a folder of one's own.

    All names are checked before anything is written.  If this fails, the caller removes the folder.

    Args:
        archive: A zip archive, or a compressed tar archive; its name says which.
        folder: An existing folder; files that are there stay as they are.
        strip: Folder of the archive that is left out of the names.
        progress: Called as files are written.

    Returns:
        The number of files.

    Raises:
        DownloadError: It is damaged or encrypted, has links, devices or names that lead out of
            the folder, has two files of one name, grows too much, or does not fit on the disk.
    """
    with explaining(archive), _opened(archive) as opened:
        wanted = _check(opened, archive, strip)
        total = sum(member.size_bytes for member, _ in wanted)
        refuse_without_room(archive, folder, total, human_bytes(total))
        done = files = 0
        for member, parts in wanted:
            target = folder.joinpath(*parts)
            if member.is_folder:
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(opened, member, target)
            files += 1
            done += member.size_bytes
            if progress is not None:
                progress(done, total)
    return files


def _opened(archive: Path) -> AbstractContextManager[OpenArchive]:
    return open_tar(archive) if archive.name.endswith(TAR_ENDINGS) else open_zip(archive)


def _check(
    opened: OpenArchive, archive: Path, strip: str
) -> list[tuple[ArchiveMember, tuple[str, ...]]]:
    """Return the members with the parts of their names below the folder.

    Raises:
        DownloadError: One of them must not be unpacked.
    """
    members = opened.members()
    if len(members) > _MOST_MEMBERS:
        raise refusal(archive, f"it has {len(members):,} members, more than {_MOST_MEMBERS:,}")
    refuse_bomb(archive, sum(member.size_bytes for member in members))
    wanted = []
    seen: set[tuple[str, ...]] = set()
    for member in members:
        shown = repr(names.text(member.name)[:200])
        if why := _fault_of_name(member.name) or member.fault:
            raise refusal(archive, f"its member {shown} {why}")
        parts = tuple(part for part in member.name.replace("\\", "/").split("/") if part)
        if strip and parts[:1] == (strip,):
            parts = parts[1:]
        if not parts:
            continue
        if parts in seen and not member.is_folder:
            raise refusal(archive, f"two of its members have the name {shown}")
        seen.add(parts)
        wanted.append((member, parts))
    return wanted


def _fault_of_name(text: str) -> str:
    """Say why a member of this name must not be unpacked; empty if it may be."""
    # some programs on Windows write its own separator
    name = text.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or _DRIVE.match(name) or ".." in parts:
        return "leads out of its folder"
    if _CONTROL.search(name) or "." in parts or not any(parts):
        return "has a name that no picture needs"
    return ""


def _write(opened: OpenArchive, member: ArchiveMember, target: Path) -> None:
    """Write one file; reading it to the end checks it."""
    left = member.size_bytes
    with target.open("xb") as stream:
        for data in opened.chunks(member):
            left -= len(data)
            if left < 0:
                break
            stream.write(data)
    if left:
        raise ValueError(f"{member.name!r} unpacks to another size than it says")
    if member.changed is not None:
        with suppress(OverflowError, OSError):  # a time that no clock shows
            os.utime(target, (member.changed, member.changed))
