"""A tar file without compression, such as a shard of WebDataset."""

from __future__ import annotations

import errno
import os
import tarfile
from typing import Final

from catsclean.containers.container import Container, DamagedContainerError, Members, link_target
from catsclean.containers.file_bytes import FileBytes
from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.reading_errors import TooLargeError

# Long names and other extended headers have some hundred bytes.  A larger one is an attack or
# damage, and would be read as a whole.
_LARGEST_HEADER: Final = 2**20
# gzip, bzip2, xz, zstd
_COMPRESSED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_LONGEST_MARK: Final = max(map(len, _COMPRESSED))
_KINDS: Final = {
    tarfile.CHRTYPE: "a character device, never opened",
    tarfile.BLKTYPE: "a block device, never opened",
    tarfile.FIFOTYPE: "a named pipe, never opened",
}


class TarShard(Container):
    """An open tar file; see :class:`~catsclean.containers.container.Container`.

    A place is the position of the first byte of a member.
    """

    def __init__(self, descriptor: int) -> None:
        """Take over an open descriptor."""
        self._file = FileBytes(descriptor, _LARGEST_HEADER)

    def members(self) -> Members:
        """List all members, by reading the headers only."""
        found = Members()
        try:
            with tarfile.open(
                fileobj=self._file, mode="r:", encoding="utf-8", errors="surrogateescape"
            ) as archive:
                while (info := archive.next()) is not None:
                    getattr(archive, "members", []).clear()  # they would take a kilobyte each
                    _add(found, info)
                found.damage = self._damage_at(archive.offset)
        # besides its own errors, tarfile raises whatever a hostile header leads it to
        except Exception as error:
            if not found.names:
                raise DamagedContainerError(self._why(error)) from error
            found.damage = names.text(f"after {len(found.names):,} files: {error}")
        return found

    def _why(self, error: Exception) -> str:
        """Say why nothing of the file can be listed."""
        if self._file.read_at(0, _LONGEST_MARK).startswith(_COMPRESSED):
            return "compressed, so it cannot be read in place: unpack it first"
        return self._file.why_not("tar file", error)

    def _damage_at(self, end: int) -> str:
        """Return why the list may be incomplete; tarfile takes a damaged header for the end."""
        block = self._file.read_at(end, tarfile.BLOCKSIZE)
        if not block:
            return "it has no end mark, so files may be missing"
        if block.strip(b"\0"):
            return f"the header at byte {end:,} is damaged, so what follows is not read"
        rest = end + tarfile.BLOCKSIZE
        while chunk := self._file.read_at(rest, _LARGEST_HEADER):
            if chunk.strip(b"\0"):
                return f"there is more after its end mark at byte {end:,}, which is not read"
            rest += len(chunk)
        return ""

    def read(self, place: int, size_bytes: int, max_bytes: int) -> bytes:
        """Read a member by its place."""
        if size_bytes > max_bytes:
            raise TooLargeError(errno.EFBIG, f"{size_bytes:,} bytes")
        data = self._file.read_at(place, size_bytes)
        if len(data) != size_bytes:
            raise OSError(errno.EIO, "the archive ends within this file")
        return data

    def status(self) -> os.stat_result:
        """Return the status of the file."""
        return self._file.status()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _add(found: Members, info: tarfile.TarInfo) -> None:
    if info.isdir():
        found.add_folder(info.name)
        return
    row = found.add(info.name, info.size, info.offset_data)
    if row in found.presets:
        return
    if info.issparse():
        found.presets[row] = Outcome.SPECIAL, "stored with gaps in the archive, not opened"
    elif info.islnk() or info.issym():
        # a hard link names its target from the top of the archive
        found.links[row] = link_target(info.linkname, info.name if info.issym() else "")
    elif not info.isreg():
        kind = _KINDS.get(info.type, "neither a file nor a folder, never opened")
        found.presets[row] = Outcome.SPECIAL, kind
