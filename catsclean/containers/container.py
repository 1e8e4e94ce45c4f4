"""What a container offers: a list of its members, and the bytes of one of them.

A container is one file that holds many: a tar shard, a zip archive, a Parquet table.  Its members
are named like files in a folder, so ``shard-000017.tar/Cat/1.jpg`` is a path like any other.  A
container is only ever read.
"""

from __future__ import annotations

import errno
import os
import posixpath
from abc import ABC, abstractmethod
from array import array
from dataclasses import dataclass, field
from typing import Final

from catsclean.core import names
from catsclean.core.evidence import Outcome

NO_SUCH_FILE: Final = "the archive has no such file"
LEADS_OUT: Final = "its name leads out of the archive, so it is never opened"
# these stand for the parts of a name that would lead out of the container
_ABOVE: Final = "(..)"
_TOP: Final = "(root)"


class DamagedContainerError(OSError):
    """A file is not a container, or it cannot be read; the text says why."""


class NoPicturesInsideError(DamagedContainerError):
    """A table without a column of pictures."""


def _integers() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Members:
    """The files in a container, as columns of equal length, in their order.

    Several may have the same name: then the last one counts, as when an archive is unpacked.

    Attributes:
        names: Escaped paths inside the container.
        sizes_bytes: Sizes.
        places: Positions that :meth:`Container.read` takes.
        presets: Members that will not be opened: row → (outcome, detail).
        labels: Labels that the container itself records, escaped: row → label.
        links: Members that are links: row → escaped path of the target inside the container; empty
            if the target lies elsewhere.
        folders: Escaped paths of the folders that the container lists.
        damage: Why there may be members that are not listed; empty if all are.
    """

    names: list[str] = field(default_factory=list)
    sizes_bytes: array[int] = field(default_factory=_integers)
    places: array[int] = field(default_factory=_integers)
    presets: dict[int, tuple[Outcome, str]] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    damage: str = ""

    def add(self, text: str, size_bytes: int, place: int) -> int:
        """Add a member, and return its row.

        Args:
            text: Its name as the container has it; parts are separated by ``/``.
            size_bytes: Its size.
            place: Its place.
        """
        row = len(self.names)
        name, inside = member_name(text)
        self.names.append(name)
        self.sizes_bytes.append(size_bytes)
        self.places.append(place)
        if not inside:
            self.presets[row] = (Outcome.SPECIAL, LEADS_OUT)
        return row

    def add_folder(self, text: str) -> None:
        """Add a folder, which may be empty."""
        name, inside = member_name(text)
        if inside:
            self.folders.append(name)


class Container(ABC):
    """One open container."""

    _openable: dict[str, tuple[int, int]] | None = None

    @abstractmethod
    def members(self) -> Members:
        """List all members.

        Raises:
            DamagedContainerError: Nothing of it can be listed.
        """

    @abstractmethod
    def read(self, place: int, size_bytes: int, max_bytes: int) -> bytes:
        """Read a member by place and size, as :meth:`members` listed them.

        Args:
            place: Its place.
            size_bytes: Its size.
            max_bytes: A larger member is not read.

        Raises:
            TooLargeError: More than `max_bytes`.
            OSError: It cannot be read.
        """

    def read_named(self, name: str, max_bytes: int) -> bytes:
        """Read a member by its name.

        Args:
            name: Escaped path inside the container; of equal names the last one counts.
            max_bytes: A larger member is not read.

        Raises:
            DamagedContainerError: Its members cannot be listed.
            FileNotFoundError: There is no such member that may be opened.
            TooLargeError: More than `max_bytes`.
            OSError: It cannot be read.
        """
        if self._openable is None:
            found = self.members()
            last = {each: row for row, each in enumerate(found.names)}
            self._openable = {
                each: (found.places[row], found.sizes_bytes[row])
                for each, row in last.items()
                if row not in found.presets
            }
        if name not in self._openable:
            raise FileNotFoundError(errno.ENOENT, NO_SUCH_FILE)
        return self.read(*self._openable[name], max_bytes)

    @abstractmethod
    def status(self) -> os.stat_result:
        """Return the status of the file."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""


def link_target(text: str, link: str = "") -> str:
    """Return the escaped path inside the container that a link leads to; empty if it leads out.

    Args:
        text: What the link says.
        link: Name of the link, whose folder the text is relative to; empty: the container itself.
    """
    whole = posixpath.join(posixpath.dirname(link), text)
    target, inside = member_name(posixpath.normpath(whole))
    return target if inside else ""


def member_name(text: str) -> tuple[str, bool]:
    """Return the escaped path of a member, and whether its name stays inside the container.

    Args:
        text: The name as the container has it.
    """
    parts = [part for part in text.split("/") if part not in {"", "."}]
    inside = not text.startswith("/") and ".." not in parts and bool(parts) and "\0" not in text
    if not inside:
        parts = [_ABOVE if part == ".." else part for part in parts]
        if text.startswith("/") or not parts:
            parts.insert(0, _TOP)
    return names.escape("/".join(parts)), inside
