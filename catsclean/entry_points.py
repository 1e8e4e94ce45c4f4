"""Tells quickly that no other distribution adds anything, as on most machines none does.

importlib.metadata takes as long to load, and to read what every distribution says of itself, as
all validators do to judge.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

_INFO = (".dist-info", ".egg-info")


def may_exist(group: str) -> bool:
    """Tell whether an installed distribution may have entry points of a group.

    False is certain.  Wherever importlib.metadata would look at anything but folders with their
    ``entry_points.txt``, True leaves it to find out.
    """
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    return finders != [PathFinder] or any(_may_be_below(place, group) for place in sys.path)


def _may_be_below(place: str, group: str) -> bool:
    if place.lower().endswith(".egg"):
        return True
    try:
        with os.scandir(place or ".") as children:
            infos = [child.path for child in children if child.name.lower().endswith(_INFO)]
    except FileNotFoundError:
        return False
    except OSError:  # an archive, as a rule
        return True
    return any(_says(Path(info, "entry_points.txt"), group) for info in infos)


def _says(path: Path, group: str) -> bool:
    try:
        with path.open("rb") as stream:
            return group.encode() in stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
