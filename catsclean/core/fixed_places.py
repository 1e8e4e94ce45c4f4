"""Data sets in which catsclean moves or changes nothing: those in containers and in buckets.

No picture in a container is ever moved or changed.  An object of a bucket is moved to the
quarantine, if the state lies in the bucket, too; it is never changed.  What a person leaves out
where nothing moves is recorded, and splits leave it out.
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


def never_moved(root: Path, containers: Collection[str], state: Path | None) -> str:
    """Return what the samples lie in, if catsclean never moves them; empty: it does.

    Args:
        root: The data set.
        containers: As for :func:`never_changed`.
        state: The state folder.
    """
    quarantined = is_stand_in(root) and state is not None and is_stand_in(state)
    return "" if quarantined and not containers else never_changed(root, containers)
