"""Data sets that catsclean reads and never changes: those in containers and in buckets.

Nothing is moved there.  What a person leaves out is recorded, and splits leave it out.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from catsclean.core.stand_ins import is_stand_in


def never_changed(root: Path, containers: Collection[str]) -> str:
    """Return what the samples lie in, if catsclean never changes it; empty: plain files.

    Args:
        root: The data set.
        containers: The containers that hold the samples; none for plain files.

    Returns:
        ``archives`` or ``a bucket``, for messages, or an empty text.
    """
    if is_stand_in(root):
        return "a bucket"
    return "archives" if containers else ""
