"""Names of files and folders that systems and tools leave behind and that are never data."""

from __future__ import annotations

import re
from typing import Final

from catsclean.core import names
from catsclean.core.leftovers import PART_SUFFIX
from catsclean.core.split_marker import is_split

# Windows Explorer, macOS Finder and its copies on other file systems, KDE, Picasa
_FILES: Final = frozenset(
    {"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", ".ds_store", ".localized",
     ".directory", ".picasa.ini", "picasa.ini", "icon\r", ".apdisk", ".volumeicon.icns"}
)  # fmt: skip
_APPLE_DOUBLE: Final = re.compile(r"^\._.")
# macOS archives, Jupyter, Synology, freedesktop and Windows trash, fsck, macOS volumes
_FOLDERS: Final = frozenset(
    {"__macosx", ".ipynb_checkpoints", "@eadir", ".thumbnails", "$recycle.bin", ".trash",
     ".trashes", "lost+found", "system volume information", ".appledouble", ".spotlight-v100",
     ".fseventsd", "__pycache__"}
)  # fmt: skip
# Never entered: the storage of another tool, with a great many files
_CLOSED_FOLDERS: Final = frozenset({".git", ".hg", ".svn", ".dvc", ".bzr"})
# macOS puts a companion of each file there when it packs an archive
_PACKED_BY_MACOS: Final = "__macosx"
_STATE_SUFFIX: Final = ".catsclean"
#: Why a state folder is not entered, or a folder in one.
STATE_FOLDER: Final = "catsclean's own state folder"


def is_junk_file(name: str) -> bool:
    """Return whether a file's (native) name is one that a system leaves behind."""
    return name.lower() in _FILES or _APPLE_DOUBLE.match(name) is not None


def is_junk_folder(name: str) -> bool:
    """Return whether a folder's (native) name is one that a system or tool leaves behind."""
    lower = name.lower()
    return lower in _FOLDERS or lower.startswith(".trash-")


def closed_reason(name: str, *, packed: bool = False) -> str:
    """Say why a folder is not entered at all; empty if it is.

    Args:
        name: Its (native) name.
        packed: It is in a container, where nothing can be moved.
    """
    if packed and name.lower() == _PACKED_BY_MACOS:
        return "what macOS packs beside the files"
    if name.lower() in _CLOSED_FOLDERS:
        return "a version control system's own store"
    if name.startswith(".") and name.endswith(PART_SUFFIX):
        return "a split of catsclean's that was cut short"
    return STATE_FOLDER if name.endswith(_STATE_SUFFIX) else ""


def is_closed(name: str, reason: str) -> bool:
    """Return whether a folder (escaped name) was skipped because of what it is."""
    by_name = closed_reason(names.decode(name), packed=True)
    return is_split(reason) or reason in {STATE_FOLDER, by_name}
