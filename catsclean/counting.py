"""Numbers with their nouns, for every text that a person reads."""

from __future__ import annotations


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun: ``1 finding``, ``2,000 findings``.

    Args:
        number: How many.
        singular: The noun.
        plural: The noun for all numbers but 1; with an s where it is left out.
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
