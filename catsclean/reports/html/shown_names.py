"""Names as the page shows them: short ones, with their blanks made visible."""

from __future__ import annotations


def cut_middle(text: str, most: int = 22) -> str:
    """Shorten a name to so many characters in the middle: often names differ only at the end."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def visible(text: str) -> str:
    """Make the blanks at both ends of a name visible."""
    core = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    return "␣" * before + core + "␣" * (len(text) - len(core) - before)
