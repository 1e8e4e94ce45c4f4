"""Describe an exception for people: its message, its place, and the whole traceback."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from catsclean.core import names

#: Separates the tracebacks of several validators in one text.
SEPARATOR: Final = "\x1e"
# A plug-in may fail on every file, and each traceback is stored with the evidence.
_MOST_FRAMES: Final = 12
_MOST_CHARACTERS: Final = 4_000


def place_of(error: BaseException, function: Callable[..., object] | None = None) -> str:
    """Return file name and line of an exception, such as ``blurry.py:41``; empty if unknown.

    Args:
        error: The exception.
        function: If the traceback passes through its file, the place there counts; else the
            place that raised.
    """
    frames = traceback.extract_tb(error.__traceback__)
    code = getattr(function, "__code__", None)
    own = [frame for frame in frames if code is not None and frame.filename == code.co_filename]
    if not frames:
        return ""
    frame = (own or frames)[-1]
    # a cell of a notebook has a file name without a folder, or one made of numbers
    return names.text(f"{Path(frame.filename).name}:{frame.lineno}")


def one_line(error: BaseException, function: Callable[..., object] | None = None) -> str:
    """Describe an exception and its place in one line."""
    place = place_of(error, function)
    where = f" ({place})" if place else ""
    return names.text(" ".join(f"{type(error).__name__}: {error}".split()) + where)


def whole(error: BaseException, *, most_frames: int = _MOST_FRAMES) -> str:
    """Return the traceback, only the innermost frames if it is long; its lines are printable."""
    lines = "".join(traceback.format_exception(error, limit=-most_frames)).splitlines()
    text = "\n".join(names.text(line) for line in lines)
    return text if len(text) <= _MOST_CHARACTERS else f"[...]\n{text[-_MOST_CHARACTERS:]}"
