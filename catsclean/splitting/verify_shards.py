"""Check that existing tar shards still are as they were written."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from catsclean.containers.file_bytes import read_at
from catsclean.core.container_names import is_container_name
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.splitting.shard_plan import ShardFile, ShardPlan, header_of
from catsclean.splitting.verify_written import say_flaws, status_in

_CHUNK: Final = 1 << 20


def describe_shard_flaws(
    target: Path, plan: ShardPlan, recorded: Mapping[str, Any], descriptions: Mapping[str, int]
) -> str:
    """Describe how shards differ from their plan; empty if they do not.

    A shard with its recorded size and time counts as unchanged; all others are read.

    Args:
        target: Folder of the split.
        plan: The shards as they were planned.
        recorded: Shard → its size and time when it was written.
        descriptions: Sizes of the files that describe the split, by path below `target`.

    Returns:
        A text such as ``1 changed: 'train-000000.tar'``.

    Raises:
        OSError: The folder cannot be listed or a shard cannot be read.
    """
    missing: list[str] = []
    changed: list[str] = []
    with Folder(target) as folder:
        for name, size in {**descriptions, **plan.sizes_bytes}.items():
            status = status_in(folder, name)
            if status is None:
                missing.append(name)
            elif not stat.S_ISREG(status.st_mode) or status.st_size != size:
                changed.append(name)
            elif name in plan.sizes_bytes:
                known = tuple(recorded.get(name, ()))
                if known != (size, status.st_mtime_ns) and not _is_whole(folder, name, plan):
                    changed.append(name)
        known_names = plan.sizes_bytes.keys() | descriptions.keys()
        added = [
            name for name in folder.names() if is_container_name(name) and name not in known_names
        ]
    return say_flaws(missing, changed, added)


def _is_whole(folder: Folder, shard: str, plan: ShardPlan) -> bool:
    """Read a shard; return whether it holds the planned files."""
    try:
        descriptor = folder.open(shard)
    except NotAsRecordedError:
        return False
    try:
        end = 0
        for file in plan.files:
            if file.shard == shard:
                if not _holds(descriptor, file):
                    return False
                end = file.offset + len(header_of(file.name, file.size_bytes)) + file.size_bytes
        # nothing but the padding and the mark of the end
        return not any(
            read_at(descriptor, _CHUNK, position).strip(b"\0")
            for position in range(end, plan.sizes_bytes[shard], _CHUNK)
        )
    finally:
        os.close(descriptor)


def _holds(descriptor: int, file: ShardFile) -> bool:
    header = header_of(file.name, file.size_bytes)
    if read_at(descriptor, len(header), file.offset) != header:
        return False
    start = file.offset + len(header)
    if file.label is not None:
        return read_at(descriptor, file.size_bytes, start) == file.label
    digest = hashlib.sha256()
    for position in range(start, start + file.size_bytes, _CHUNK):
        digest.update(
            read_at(descriptor, min(_CHUNK, start + file.size_bytes - position), position)
        )
    return digest.hexdigest() == file.item.sha256
