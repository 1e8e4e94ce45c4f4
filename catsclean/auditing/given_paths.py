"""Find the data set that a user names: a folder, a container, or several containers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from catsclean.core import names
from catsclean.core.container_names import CONTAINER_ENDINGS, is_container_name
from catsclean.errors import DatasetError

#: A folder or container, or several containers.
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def dataset_of(given: Paths) -> tuple[str | os.PathLike[str], tuple[str, ...]]:
    """Return the data set, and the containers in it that alone are read.

    Args:
        given: A folder or a container; or several containers, whose common folder is the data set.

    Returns:
        The folder or the container; and the escaped paths of the containers below the folder, none
        if all of the folder is meant.

    Raises:
        DatasetError: One of several paths is not a container, or they have no common folder.
    """
    if isinstance(given, (str, os.PathLike)):
        return given, ()
    try:
        listed = [os.fspath(one) for one in given]
    except TypeError:
        # whoever locates the data set says what a path is
        return given, ()  # type: ignore[return-value]
    if len(listed) == 1:
        return listed[0], ()
    for path in listed:
        if not is_container_name(path) or not Path(path).is_file():
            raise DatasetError(
                "several paths must be containers: files that end in"
                f" {', '.join(CONTAINER_ENDINGS)}. Received: {names.text(path)!r}."
                " Audit one folder at a time."
            )
    try:
        folder = Path(os.path.commonpath([Path(path).parent.resolve() for path in listed]))
    except ValueError:
        raise DatasetError(
            f"containers of one data set lie below one folder. Received: {names.received(listed)}."
        ) from None
    inside = {
        names.encode((Path(path).parent.resolve() / Path(path).name).relative_to(folder).as_posix())
        for path in listed
    }
    return _as_named(folder, listed), tuple(sorted(inside))


def _as_named(folder: Path, listed: list[str]) -> str:
    """Return the common folder as the user would name it: relative if the paths are."""
    if any(Path(path).is_absolute() for path in listed):
        return str(folder)
    return os.path.relpath(folder)
