"""Decide which links may be followed, and find where their targets lie.

A link is followed only if the user asked for it, and only into the data set itself or into folders
that the user named.  Its target is then opened from that folder, component by component and without
following another link: if somebody puts a link in its place in the meantime, opening it fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from catsclean.core import names
from catsclean.errors import DatasetError

#: One folder, several, or none.
Folders = str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None


@dataclass(frozen=True, slots=True)
class Reach:
    """The places that an audit of a data set may read.

    Attributes:
        root: The data set, absolute, links resolved.
        follow: Links are followed: within the root, and into `folders`.
        folders: Folders outside the root that links may lead into, absolute, links resolved.
    """

    root: Path
    follow: bool = False
    folders: tuple[Path, ...] = ()

    @classmethod
    def of(cls, root: str | os.PathLike[str] | Reach) -> Reach:
        """Return the reach of a folder whose links are not followed; a reach stays as it is."""
        return root if isinstance(root, Reach) else cls(Path(root))

    def locate(self, path: str) -> tuple[Path, str] | None:
        """Find the target of a sample that has a link in its path.

        Args:
            path: The sample (escaped path).

        Returns:
            A folder that may be read, and the path of the file in it (escaped); None if the sample
            leads nowhere or out of these folders.
        """
        if not self.follow:
            return None
        try:
            target = (self.root / names.decode(path)).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return None
        return self.place(target)

    def place(self, target: Path) -> tuple[Path, str] | None:
        """Find the readable folder that holds a file or folder.

        Args:
            target: Absolute, links resolved.

        Returns:
            As for :meth:`locate`.
        """
        for base in (self.root, *(self.folders if self.follow else ())):
            if target.is_relative_to(base):
                return base, names.encode(target.relative_to(base).as_posix())
        return None


def allowed_folders(
    given: Folders,
) -> tuple[Path, ...]:
    """Check the folders that links may lead into.

    Raises:
        DatasetError: One of them is not a folder.
    """
    listed = [given] if isinstance(given, (str, os.PathLike)) else list(given or ())
    found: dict[Path, None] = {}
    for each in listed:
        if not isinstance(each, (str, os.PathLike)) or not Path(each).is_dir():
            raise DatasetError(
                "links can only be followed into a folder."
                f" Received: {names.received(each)} (--follow-links-to, follow_links_to=)."
            )
        found[Path(each).resolve()] = None
    return tuple(found)
