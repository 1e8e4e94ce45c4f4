"""Numbers with their nouns, for all texts that people read."""

from __future__ import annotations


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun: ``1 finding``, ``2,000 findings``.

    Args:
        number: The number.
        singular: The noun.
        plural: The noun for all numbers but 1; None: the singular and an s.
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


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
