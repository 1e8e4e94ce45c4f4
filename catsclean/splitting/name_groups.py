"""Group samples by their file names or folders: frames of a clip, pictures of a person."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from catsclean.core import names
from catsclean.core.split_names import found_splits, usual_name
from catsclean.core.text import count
from catsclean.errors import UsageError
from catsclean.splitting.places import below_label

if TYPE_CHECKING:
    import pandas as pd

BY_NAME: Final = "name:"
BY_FOLDER: Final = "folder"


def group_by_name(table: pd.DataFrame, pattern: str, warnings: list[str]) -> pd.Series[Any]:
    r"""Group samples by the match of a regular expression in their file names.

    Args:
        table: Rows of a manifest.
        pattern: Searched in the file name with its extension.  Its groups are the value, or the
            whole match if it has no groups: ``^(.*)_\d+`` finds ``clip01`` in ``clip01_0007.jpg``.
        warnings: Receives a line if some names do not match; such samples get no group.

    Returns:
        The value of each sample, over the rows of `table`; NA if its name does not match.

    Raises:
        UsageError: `pattern` is not a regular expression, or matches no file name.
    """
    try:
        expression = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(
            f"not a regular expression: {names.text(str(error))}."
            f" Received: {names.text(BY_NAME + pattern)!r}."
        ) from None

    def value_of(path: str, _: str | None) -> str | None:
        found = expression.search(names.unescape(path).rpartition("/")[2])
        if found is None:
            return None
        parts = found.groups() or (found[0],)
        # an empty match says nothing about the picture
        return "\0".join(part or "" for part in parts) if any(parts) else None

    return _column(
        table,
        value_of,
        warnings,
        some=f"do not match {names.text(pattern)!r}",
        none=f"{names.text(BY_NAME + pattern)!r} matches no file name",
    )


def group_by_folder(table: pd.DataFrame, warnings: list[str]) -> pd.Series[Any]:
    """Group samples by the first folder below their class folder: ``Cat/tom/1.jpg`` by ``tom``.

    Folders of one name below different classes are different groups.  Below the class folders of
    several splits (``train/Cat/tom``, ``test/Cat/tom``) they are one group.  If no folder of a
    sample is its class, because names or a table give the labels, its group is the first folder
    below its split folder.

    Args:
        table: Rows of a manifest.
        warnings: Receives a line if some samples lie in no such folder; they get no group.

    Returns:
        The value of each sample, over the rows of `table`; NA if it lies in no such folder.

    Raises:
        UsageError: No sample lies in such a folder.
    """
    splits = set(found_splits(table).dropna())

    def value_of(path: str, label: str | None) -> str | None:
        parts = names.unescape(path).split("/")
        if label is not None and names.unescape(label) in parts[:-1]:
            below = below_label(parts, label)
            return f"{label}\0{below[0]}" if len(below) > 1 else None
        below = parts[1:] if usual_name(parts[0]) in splits else parts
        return f"\0{below[0]}" if len(below) > 1 else None

    return _column(
        table,
        value_of,
        warnings,
        some="are in no folder below their class folder",
        none="there are no folders below the class folders to group by",
    )


def _column(
    table: pd.DataFrame,
    value_of: Callable[[str, str | None], str | None],
    warnings: list[str],
    *,
    some: str,
    none: str,
) -> pd.Series[Any]:
    import pandas as pd

    labels = table["label"].astype(object).where(table["label"].notna(), None)
    values = [value_of(path, label) for path, label in zip(table["path"], labels, strict=True)]
    alone = [path for path, value in zip(table["path"], values, strict=True) if value is None]
    if len(alone) == len(table):
        raise UsageError(f"{none}. A file here is {min(alone)!r}.")
    if alone:
        number = count(len(alone), "file name" if "match" in some else "picture")
        warnings.append(f"{number} {some}, such as {min(alone)!r}: each is on its own")
    return pd.Series(values, index=table.index, dtype="string")
