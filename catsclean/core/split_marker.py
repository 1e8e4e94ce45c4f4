"""The file that marks a folder as a split that catsclean wrote."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from catsclean.core.leftovers import SPLIT_KIND, SPLIT_MARKER
from catsclean.core.parse_json import parse_json
from catsclean.core.safe_folder import Folder, NotAsRecordedError

SCHEMA_VERSION: Final = 1
#: How the reason begins why an audit does not enter such a folder.
NOT_ENTERED: Final = "a split that catsclean wrote from "
_MAX_BYTES: Final = 1 << 20


def is_split(reason: str) -> bool:
    """Return whether a folder was not entered because it is a split that catsclean wrote."""
    return reason.startswith(NOT_ENTERED)


def read_marker(folder: Path) -> dict[str, Any] | None:
    """Read ``split.json``; None if the folder has none that a split wrote."""
    try:
        with Folder(folder) as opened:
            descriptor = opened.open(SPLIT_MARKER)
            with os.fdopen(descriptor, "rb") as stream:
                found = parse_json(stream.read(_MAX_BYTES))
    except (OSError, NotAsRecordedError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("kind") == SPLIT_KIND else None
