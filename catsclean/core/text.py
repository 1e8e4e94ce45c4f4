"""Numbers with their nouns, and commands with their meaning, for texts that people read."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

# a meaning with less room goes below its command
_LEAST_ROOM: Final = 30
_FEW: Final = 3


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun: ``1 finding``, ``2,000 findings``.

    Args:
        number: The number.
        singular: The noun.
        plural: The noun for all numbers but 1; None: the singular and an s.
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def name_few(texts: Sequence[str]) -> str:
    """Name three of some texts, and count the others: ``a, b, c and 2 more``."""
    more = len(texts) - _FEW
    last = f"{more:,} more" if more > 0 else texts[-1]
    first = texts[: _FEW if more > 0 else -1]
    return f"{', '.join(first)} and {last}" if first else last


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Ask whether the closest of the known names was meant: `` Did you mean 'audit'?``.

    Args:
        name: What was given.
        known: The names that there are.

    Returns:
        The question, after a blank; empty if no name is close.
    """
    near = closest(name, known)
    return f" Did you mean {near!r}?" if near else ""


def closest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like another one; empty if none is close."""
    import difflib  # rarely needed

    return next(iter(difflib.get_close_matches(name, list(known), n=1)), "")


def as_percent(value: float, digits: int = 0) -> str:
    """Write a share as a percentage: ``66%``, but never 0% of something, nor 100% of a part.

    Args:
        value: The share, 0 to 1.
        digits: Decimal places.
    """
    text = f"{value:.{digits}%}"
    if 0 < value < 1:
        if text == f"{0:.{digits}%}":
            return f"less than {10**-digits:.{digits}f}%"
        if text == f"{1:.{digits}%}":
            return f"more than {100 - 10**-digits:.{digits}f}%"
    return text


def human_bytes(size: int) -> str:
    """Write a number of bytes with a unit of 1000s: ``23.4 kB``."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return (
                f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
            )
        value /= 1000
    return f"{value:.1f} TB"


def hint_lines(hints: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Lay out commands to copy, each with what it does beside it, or below it if there is no room.

    Args:
        hints: Each command with its meaning.
        width: Columns of the terminal.  A command is never broken, whatever its length.
    """
    column = max((_columns(command) for command, _ in hints), default=0) + 5
    lines = []
    for command, meaning in hints:
        if len(meaning) <= width - column or width - column >= _LEAST_ROOM:
            words = textwrap.wrap(meaning, max(width - column, 1), break_on_hyphens=False)
            gap = " " * (column - _columns(command) - 2)
            lines.append(f"  {command}{gap}{words[0]}")
            lines += [f"{' ' * column}{line}" for line in words[1:]]
        else:
            words = textwrap.wrap(meaning, max(width - 6, 20), break_on_hyphens=False)
            lines += [f"  {command}", *(f"      {line}" for line in words)]
    return lines


def _columns(text: str) -> int:
    """Return the columns of a terminal that a text takes."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)
