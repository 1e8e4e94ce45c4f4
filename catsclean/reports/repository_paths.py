"""Paths as a code host wants them: relative to the repository that the data set lies in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from catsclean.auditing.result import Audit
from catsclean.core import names

# a submodule's own .git is a file that names a folder in the .git of the repository around it
_OF_SUBMODULE = b"/modules/"
_HEAD_BYTES = 4096


class RepositoryPaths:
    """Adds the data set's place in its repository to the paths of its findings.

    The repository is the nearest folder upwards that has a ``.git``.  Without one it is the working
    folder; if the data set is not below that, paths begin with the data set's name.
    """

    def __init__(self, audit: Audit) -> None:
        self._prefix = _prefix_of(audit.root)

    def shown(self, path: str | None) -> str:
        """Return a path from the top of the repository, escaped; ``.`` for the top itself.

        Args:
            path: As in a finding; None: the data set.
        """
        return f"{self._prefix}{path or ''}".rstrip("/") or "."

    def address(self, path: str | None) -> str:
        """Return a path from the top of the repository as a relative URI reference."""
        parts = [self._prefix, path or ""]
        return "".join(quote(names.raw_bytes(part), safe="/") for part in parts) or "."


def _prefix_of(root: Path) -> str:
    """Return the escaped path of a data set in its repository, with a slash; empty for its top."""
    try:
        place = root.resolve()
        here = Path.cwd().resolve()
    except OSError:
        return f"{names.encode(root.name)}/"
    top = next((folder for folder in (place, *place.parents) if _is_top(folder)), here)
    relative = place.relative_to(top).as_posix() if place.is_relative_to(top) else place.name
    return "" if relative == "." else f"{names.encode(relative)}/"


def _is_top(folder: Path) -> bool:
    try:
        mark = folder / ".git"
        if mark.is_dir():
            return True
        with mark.open("rb") as stream:  # of a worktree, or of a submodule
            return _OF_SUBMODULE not in stream.read(_HEAD_BYTES).replace(b"\\", b"/")
    except OSError:
        return False
