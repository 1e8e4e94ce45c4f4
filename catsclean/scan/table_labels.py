"""Find, open and match the tables that give the labels of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from catsclean.core import names
from catsclean.core.label_rows import LabelRows
from catsclean.core.label_source import LabelTable
from catsclean.core.links import Reach
from catsclean.core.reading_errors import TooLargeError
from catsclean.errors import ConfigError
from catsclean.images import read_file
from catsclean.scan.discover import Listing
from catsclean.scan.label_matching import Matched, match_rows
from catsclean.scan.label_tables import (
    MAX_BYTES,
    TableRows,
    find_label_column,
    read_table,
    too_large,
)
from catsclean.scan.name_labels import is_picture_name

_FILE_NAME: Final = "file_name"


@dataclass(frozen=True, slots=True)
class Combined:
    """What one or several tables say of the files.

    Attributes:
        labels: Label of each file, escaped, in the order of the listing; empty if it has none.
        rows: The rows that do not fit.
        tables: The tables.
    """

    labels: list[str]
    rows: LabelRows
    tables: tuple[LabelTable, ...]

    @property
    def inside(self) -> frozenset[str]:
        """Paths of the tables in the data set."""
        return frozenset(one.file for one in self.tables if one.inside)


def match_metadata(
    reach: Reach, listing: Listing, files: Sequence[str]
) -> tuple[Combined | None, str]:
    """Match the metadata tables that have labels; those without are no source of labels.

    Args:
        reach: The data set.
        listing: Its files.
        files: The tables, escaped.

    Returns:
        What they say; None if they label no file.  And why one of them cannot be used; or nothing.

    Raises:
        ConfigError: Two tables contradict each other.
    """
    found, why = [], ""
    for file in files:
        try:
            data = _read_inside(reach, file)
            label = find_label_column(data, file)
            if not label:
                continue
            rows, _ = read_table(data, file, f"{_FILE_NAME},{label}")
        except ConfigError as error:
            why = why or f"{file} is not used: {error}".rstrip(".")
            continue
        folder = file.rpartition("/")[0]
        matched = match_rows(rows, listing.paths, LabelTable(file), folder=folder)
        if any(matched.labels):
            found.append(matched)
        else:
            why = why or f"{file} is not used: no row of it gives a file a label"
    return (_combine(found, listing) if found else None), why


def match_file(
    reach: Reach, listing: Listing, file: Path, columns: str, *, some: bool = False
) -> Combined:
    """Match a table that the user named.

    Args:
        reach: The data set.
        listing: Its files.
        file: The table, absolute, links resolved.
        columns: ``PATH,LABEL`` or ``PATH,LABEL,FOLDER``; empty: recognise them.
        some: These are some files only, so none of them may have a label.

    Raises:
        ConfigError: It cannot be read, or labels no file.
    """
    shown = file.as_posix()
    if file.is_relative_to(reach.root):
        shown = file.relative_to(reach.root).as_posix()
    elif file.is_relative_to(reach.root.parent):
        shown = f"../{file.relative_to(reach.root.parent).as_posix()}"
    shown = names.encode(shown)
    data = _read_inside(reach, shown) if LabelTable(shown).inside else _read_outside(file)
    rows, folder = read_table(data, shown, columns)
    del data
    wanted = names.encode(folder.strip("/")) if folder else None
    table = LabelTable(shown, folder_asked=bool(folder))
    root = reach.root.as_posix()
    matched = match_rows(rows, listing.paths, table, root=root, folder=wanted)
    return _combine([matched], listing, some=some)


def match_given(reach: Reach, listing: Listing, rows: TableRows, *, some: bool = False) -> Combined:
    """Match rows that a caller passed, whose paths are native, or escaped as in a manifest.

    Args:
        reach: The data set.
        listing: Its files.
        rows: The rows.
        some: These are some files only, so none of them may have a label.

    Raises:
        ConfigError: They label no file.
    """
    table = LabelTable()
    if pc.any(pc.match_substring(rows.paths, "\\")).as_py():
        escaped = match_rows(rows, listing.paths, replace(table, escaped=True), folder="")
        if any(escaped.labels):
            return _combine([escaped], listing, some=some)
    native = match_rows(rows, listing.paths, table, root=reach.root.as_posix())
    return _combine([native], listing, some=some)


def _combine(found: Sequence[Matched], listing: Listing, *, some: bool = False) -> Combined:
    labels = list(found[0].labels)
    for other in found[1:]:
        for row, label in enumerate(other.labels):
            if label and labels[row] and labels[row] != label:
                raise ConfigError(
                    f"{listing.paths[row]!r} has two labels in {found[0].table.file!r} and"
                    f" {other.table.file!r}: {labels[row]!r} and {label!r}. Remove one of the rows."
                )
            labels[row] = labels[row] or label
    if listing.paths and not some and not any(labels):
        one = found[0].table
        raise ConfigError(
            f"no row of {one.name!r} gives a file a label. Received: columns"
            f" {names.text(one.path_column)!r} and {names.text(one.label_column)!r}. A file here is"
            f" {next(filter(is_picture_name, listing.paths), listing.paths[0])!r}."
        )
    rows = found[0].rows
    if len(found) > 1:
        rows = LabelRows(
            f"{rows.name} and {len(found) - 1} more",
            sum(one.rows.rows for one in found),
            sum(one.rows.repeated for one in found),
            pa.concat_tables([one.rows.problems for one in found]).combine_chunks(),
        )
    return Combined(labels, rows, tuple(one.table for one in found))


def _read_inside(reach: Reach, path: str) -> bytes:
    try:
        return read_file.read_file(reach, path, MAX_BYTES)[0]
    except TooLargeError as error:
        raise too_large(path, _size_of(error)) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the labels in {path!r}: {_reason(error)}.") from None


def _read_outside(file: Path) -> bytes:
    shown = names.text(file.name)
    try:
        return read_file.read_regular(file, MAX_BYTES)[0]
    except TooLargeError as error:
        raise too_large(shown, _size_of(error)) from None
    except OSError as error:
        raise ConfigError(f"cannot read the labels in {shown!r}: {_reason(error)}.") from None


def _size_of(error: TooLargeError) -> str:
    """Return what is too large, without the limit of the code that read it."""
    return str(error.strerror).partition(", limit")[0]


def _reason(error: Exception) -> str:
    return names.text(str(getattr(error, "strerror", None) or error))
