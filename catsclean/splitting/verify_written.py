"""Check that an existing split still is as it was written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.core.name_calls import read_link
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.scan import junk
from catsclean.splitting.places import Item

_NAMED: Final = 3


def describe_flaws(
    target: Path, items: Sequence[Item], root: Path, descriptions: Mapping[str, int]
) -> str:
    """Describe how a split differs from its record; empty if it does not.

    A file with its recorded size and time, or that is the very file of the data set, counts as
    unchanged; the bytes of all others are read.

    Args:
        target: Folder of the split.
        items: The pictures that were written.
        root: The data set.
        descriptions: Sizes of the files that describe the split, by path below `target`.

    Returns:
        A text such as ``2 files are missing, such as 'train/Cat/1.jpg'; 1 file was added, ...``.

    Raises:
        OSError: A folder cannot be listed.
    """
    missing: list[str] = []
    changed: list[str] = []
    with Folder(target) as folder:
        for name, size in descriptions.items():
            status = status_in(folder, name)
            if status is None:
                missing.append(name)
            elif not stat.S_ISREG(status.st_mode) or status.st_size != size:
                changed.append(name)
        for item in items:
            status = status_in(folder, item.place)
            if status is None:
                missing.append(item.place)
            elif not _is_right(item, status, folder, root):
                changed.append(item.place)
    splits = {item.place.partition("/")[0] for item in items}
    known = {item.place for item in items} | set(descriptions)
    added = [
        path for split in sorted(splits) for path in _files(target, split) if path not in known
    ]
    return say_flaws(missing, changed, added)


def status_in(folder: Folder, path: str) -> os.stat_result | None:
    """Stat a file of a split; None if it is missing."""
    try:
        return folder.lstat(path)
    except NotAsRecordedError:
        return None  # the folder itself is missing


def _is_right(item: Item, status: os.stat_result, folder: Folder, root: Path) -> bool:
    if stat.S_ISLNK(status.st_mode):
        parent, name = folder.locate(item.place)
        here = (folder.path / item.place).parent
        if Path(os.path.normpath(here / read_link(name, parent))) != root / item.source:
            return False
        try:
            return (root / item.source).stat().st_size == item.size_bytes
        except OSError:
            return False
    if not stat.S_ISREG(status.st_mode):
        return False
    if (status.st_size, status.st_mtime_ns) == (item.size_bytes, item.mtime_ns):
        return True
    try:
        folder.check(item.place, item.sha256, size=item.size_bytes)
    except NotAsRecordedError:
        return False
    return True


def _files(target: Path, split: str) -> Iterator[str]:
    """List the files below a split's folder, relative to the target, without system junk."""

    def fail(error: OSError) -> None:
        raise error

    for above, _, files in os.walk(target / split, onerror=fail):
        below = os.path.relpath(above, target)
        yield from (f"{below}/{name}" for name in sorted(files) if not junk.is_junk_file(name))


def say_flaws(missing: list[str], changed: list[str], added: list[str]) -> str:
    """Name the files that differ; empty if there are none."""
    found = (("missing", missing), ("changed", changed), ("added", added))
    return "; ".join(_say(what, paths) for what, paths in found if paths)


def _say(what: str, paths: list[str]) -> str:
    shown = ", ".join(repr(names.text(path)) for path in paths[:_NAMED])
    number = len(paths)
    more = f" and {number - _NAMED:,} more" if number > _NAMED else ""
    return f"{number:,} {what}: {shown}{more}"
