"""The thumbnails of a view: few, and of little weight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from catsclean.core.links import Reach
from catsclean.reports.html.thumbnails import Thumbnail, thumbnail

MAX_THUMBNAILS: Final = 24
_SIDE_PX: Final = 120
# of all thumbnails together: with tables and captions a view stays below 200 kB
_ROOM_BYTES: Final = 140_000

Item = TypeVar("Item")


class Album:
    """Makes thumbnails until their number or their bytes are used up."""

    def __init__(self, most: int = MAX_THUMBNAILS, room: int = _ROOM_BYTES) -> None:
        self._left, self._room = most, room

    @property
    def full(self) -> bool:
        """Whether no thumbnail has room any more."""
        return self._left <= 0

    def make(self, root: Path | Reach, path: str, side_px: int = _SIDE_PX) -> Thumbnail | None:
        """Make a thumbnail; None if there is no picture or no room."""
        made = None if self.full else thumbnail(root, path, side_px)
        if made is None or len(made.uri) > self._room:
            return None
        self._left -= 1
        self._room -= len(made.uri)
        return made


def in_turn(groups: Iterable[Sequence[Item]]) -> list[Item]:
    """Return the first item of every group, then the second ones, and so on."""
    turns = [
        (place, number, item)
        for number, group in enumerate(groups)
        for place, item in enumerate(group[:MAX_THUMBNAILS])
    ]
    return [item for _, _, item in sorted(turns, key=lambda turn: turn[:2])]
