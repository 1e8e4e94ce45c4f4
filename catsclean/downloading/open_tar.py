"""Read a compressed tar archive to unpack it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final

from catsclean.containers.container import LEADS_OUT
from catsclean.containers.tar_shard import TarShard
from catsclean.core import names
from catsclean.core.text import human_bytes
from catsclean.downloading.archive import (
    CHUNK_BYTES,
    ArchiveMember,
    OpenArchive,
    refusal,
    refuse_bomb,
    refuse_without_room,
)

_OPENERS: Final[dict[str, Callable[..., Any]]] = {
    ".tar.gz": gzip.open, ".tgz": gzip.open, ".tar.bz2": bz2.open, ".tbz2": bz2.open,
    ".tar.xz": lzma.open, ".txz": lzma.open,
}  # fmt: skip
#: What the names of compressed tar archives end with.
TAR_ENDINGS: Final = tuple(_OPENERS)
_LOOK_EVERY_BYTES: Final = 2**26


@contextmanager
def open_tar(archive: Path) -> Iterator[OpenArchive]:
    """Decompress a tar archive to a file without a name, and open that.

    A compressed one could only be read from its beginning, once to check the names and once more.
    """
    opener = next(_OPENERS[ending] for ending in TAR_ENDINGS if archive.name.endswith(ending))
    with tempfile.TemporaryFile(dir=archive.parent) as plain:
        with opener(archive) as stream:
            _decompress(archive, stream, plain)
        with closing(TarShard(os.dup(plain.fileno()))) as shard:
            yield _OpenTar(archive, shard)


def _decompress(archive: Path, stream: IO[bytes], plain: IO[bytes]) -> None:
    done, looked = 0, -_LOOK_EVERY_BYTES
    while data := stream.read(CHUNK_BYTES):
        done += len(data)
        refuse_bomb(archive, done)
        if done - looked >= _LOOK_EVERY_BYTES:
            more = f"more than {human_bytes(done)}"
            refuse_without_room(archive, archive.parent, _LOOK_EVERY_BYTES, more)
            looked = done
        plain.write(data)
    plain.flush()


class _OpenTar(OpenArchive):
    def __init__(self, archive: Path, shard: TarShard) -> None:
        self._archive, self._shard = archive, shard

    def members(self) -> list[ArchiveMember]:
        found = self._shard.members()
        if found.damage:
            raise refusal(self._archive, f"it is damaged: {found.damage}")
        faults = {row: _fault_of(detail) for row, (_, detail) in found.presets.items()}
        faults |= dict.fromkeys(found.links, "is a link or a device")
        files = [
            ArchiveMember(
                names.decode(name), size, fault=faults.get(row, ""), source=found.places[row]
            )
            for row, (name, size) in enumerate(zip(found.names, found.sizes_bytes, strict=True))
        ]
        folders = [ArchiveMember(names.decode(name), 0, is_folder=True) for name in found.folders]
        return folders + files

    def chunks(self, member: ArchiveMember) -> Iterator[bytes]:
        place, left = int(member.source), member.size_bytes
        while left > 0:
            size = min(left, CHUNK_BYTES)
            yield self._shard.read(place, size, CHUNK_BYTES)
            place += size
            left -= size


def _fault_of(detail: str) -> str:
    return "leads out of its folder" if detail == LEADS_OUT else f"is {detail}"
