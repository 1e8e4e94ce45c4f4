"""State folders of other audits, under whatever name: what is in them says what they are.

A state folder beside its data set is named after it (``PetImages.catsclean``).  With
``--state-dir`` it has any name, and its quarantine holds pictures that an audit of the folder above
must not read: a clean would move them out, and the one that put them there could not be undone.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from catsclean.core.container_names import is_container_name
from catsclean.core.leftovers import JOURNAL, RUN
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state_names import AUDIT, CACHE, LOCK, LOCK_HOLDER, NAMES, QUARANTINE
from catsclean.images.formats.sniff import EXTENSIONS, ending_of

# every state folder has one of them
_MARKERS: Final = frozenset({AUDIT, QUARANTINE, LOCK})
_LOCKS: Final = frozenset({LOCK, LOCK_HOLDER})
_HEAD_BYTES: Final = 256
_AUDIT_HEAD: Final = re.compile(rb'\{\s*"schema_version":\s*\d+,\s*"catsclean":\s*"')
_JOURNAL_HEAD: Final = re.compile(
    rb'\{\s*"schema_version":\s*\d+,\s*"run":\s*"' + RUN.pattern.encode() + rb'"'
)
# the evidence that an audit stores before it ends
_EVIDENCE: Final = re.compile(r"evidence\.arrow|part-.*\.arrow")


def is_state(folder: Path, inside: list[str]) -> bool:
    """Return whether a folder is the state folder of an audit, even of one that was cut short.

    Args:
        folder: The folder.
        inside: The (native) names in it.  Without a name that every state folder has, nothing is
            opened.
    """
    if _MARKERS.isdisjoint(inside):
        return False
    found = NAMES.intersection(inside)
    try:
        with Folder(folder) as opened:
            return (
                (AUDIT in found and len(found) > 1 and _begins(opened, AUDIT, _AUDIT_HEAD))
                or (QUARANTINE in found and _is_quarantine(opened))
                or (CACHE in found and not _LOCKS.isdisjoint(found) and _is_cache(opened))
            )
    except (OSError, NotAsRecordedError):
        return False


def holds_more(folder: Path, inside: list[str]) -> bool:
    """Return whether a state folder also holds what may be data: folders, pictures or archives."""
    return any(
        ending_of(name) in EXTENSIONS or is_container_name(name) or (folder / name).is_dir()
        for name in inside
        if name not in NAMES
    )


def _is_quarantine(state: Folder) -> bool:
    return any(
        _begins(state, f"{QUARANTINE}/{run}/{JOURNAL}", _JOURNAL_HEAD)
        for run in _names(state, QUARANTINE)
        if RUN.fullmatch(run)
    )


def _is_cache(state: Folder) -> bool:
    return any(map(_EVIDENCE.fullmatch, _names(state, CACHE)))


def _names(state: Folder, path: str) -> list[str]:
    try:
        return list(state.names(path))
    except (OSError, NotAsRecordedError):
        return []


def _begins(state: Folder, path: str, head: re.Pattern[bytes]) -> bool:
    try:
        with os.fdopen(state.open(path), "rb") as stream:
            return head.match(stream.read(_HEAD_BYTES).lstrip()) is not None
    except (OSError, NotAsRecordedError):
        return False
