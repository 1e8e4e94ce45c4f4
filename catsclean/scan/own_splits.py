"""Splits that catsclean wrote, which lie among the pictures that they were made of.

Each picture of such a folder is a copy of one that the audit reads anyway, under another label if
labels are folders.  So it is not entered, but always named, with the number of its files.

Anybody can write such a marker.  So a folder is entered like any other if the pictures that it says
it was made of are not part of this audit, or if it holds more pictures than it says.
"""

from __future__ import annotations

import os
from pathlib import Path

from catsclean.core import names
from catsclean.core.split_marker import NOT_ENTERED, SCHEMA_VERSION, read_marker
from catsclean.core.text import count
from catsclean.images.formats.sniff import EXTENSIONS, ending_of


def reason_to_skip(folder: Path, root: Path) -> str:
    """Say why a folder is not entered; empty if it is.

    Args:
        folder: A folder with a file ``split.json``.
        root: The data set that it lies in.
    """
    marker = read_marker(folder)
    if marker is None or marker.get("schema_version") != SCHEMA_VERSION:
        return ""
    made_of, number = marker.get("root"), marker.get("pictures")
    if not isinstance(made_of, str) or type(number) is not int:
        return ""
    root = root.resolve()
    source = _source(made_of, folder.resolve(), root)
    if source is None:
        return ""
    files, pictures = _count(folder)
    if pictures > number:  # somebody put more into it
        return ""
    shown = names.encode(root.name if source == root else source.relative_to(root).as_posix())
    return f"{NOT_ENTERED}{shown} ({count(files, 'file')}; audit it alone)"


def _source(made_of: str, folder: Path, root: Path) -> Path | None:
    """Return the folder that a split was made of, if it is part of the data set.

    It is where it was, or beside the split, if both were moved.
    """
    try:
        recorded = Path(names.decode(made_of))
        for place in (recorded, folder.parent / recorded.name):
            found = place.resolve()
            if (
                recorded.name
                and found.is_dir()
                and found.is_relative_to(root)
                and not found.is_relative_to(folder)
                and (found == root or not folder.is_relative_to(found))
            ):
                return found
    except (OSError, ValueError, RuntimeError):
        return None
    return None


def _count(folder: Path) -> tuple[int, int]:
    """Count all files of a folder, and those that are pictures by name."""
    files = pictures = 0
    for _, _, found in os.walk(folder):
        files += len(found)
        pictures += sum(ending_of(name) in EXTENSIONS for name in found)
    return files, pictures
