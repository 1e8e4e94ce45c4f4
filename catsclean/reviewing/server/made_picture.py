"""What is asked of the picture service, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

#: Longest sides of small pictures, in pixels.
SMALL_PX: Final = (160, 320, 640)
#: What small pictures are.
SMALL_TYPE: Final = "image/webp"
#: Longest side of a picture at full size, in pixels.
FULL_PX: Final = 4096


class Show(StrEnum):
    """What to show of two pictures that are compared."""

    LAID_OVER = "laid-over"  # the second picture, where the first has the same things
    DIFFERENCE = "difference"  # the first in pale grey, and in red where the second differs
    WORDS = "words"  # JSON: how the second differs from the first


class Wanted(NamedTuple):
    """A picture that a page shows.

    Attributes:
        path: The sample (escaped path).
        sha256: Digest of its bytes; other bytes are not shown.
        side_px: Longest side, one of `SMALL_PX` or `FULL_PX`; a smaller picture stays as it is.
        show: What to show of it and another one; None: the picture alone.
        other_path: The other sample (escaped path).
        other_sha256: Digest of its bytes.
        placed: How the other one lies on it, if that was found before: the numbers of a
            :class:`catsclean.duplicates.overlay.Placement`.
    """

    path: str
    sha256: str
    side_px: int
    show: Show | None = None
    other_path: str = ""
    other_sha256: str = ""
    placed: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a page.

    Attributes:
        body: The file.
        media_type: Of the file.
    """

    body: bytes
    media_type: str


class Reason(StrEnum):
    """Why there is no picture."""

    UNREADABLE = "cannot be shown"  # the file is missing, damaged, too large, or another one by now
    HARMFUL = "harmful"  # a process that read it crashed, or did not end
    BUSY = "busy"  # asking again may help


@dataclass(frozen=True, slots=True)
class NoPicture:
    """Why a picture cannot be shown.

    Attributes:
        why: For a person; safe to show.
        reason: The kind of the reason.
    """

    why: str
    reason: Reason = Reason.UNREADABLE
