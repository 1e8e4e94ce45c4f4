"""Where the labels of a data set come from: folders, file names, tables, or the caller.

It is part of ``audit.json``, so the next audit reads labels in the same way, and a corrected copy
of a table can be written later: file, columns and the rule by which rows find their files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Final

from catsclean.core import names

#: The words of ``--labels``; anything else is ``name:REGEX`` or a table.
AUTO: Final = "auto"
METADATA: Final = "metadata"
BY_NAME: Final = "name:"
_PLAIN: Final[dict[str, type]] = {"str": str, "bool": bool, "int": int}
#: Extensions of tables; the first row of a CSV or TSV is its header.
TABLE_ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


class LabelKind(StrEnum):
    """What gives the labels.

    FOLDERS: The class folder of each file.  NAMES: A part of its name.  TABLE: Rows of one or
    several tables on disk.  GIVEN: A mapping or a table that a caller passed in Python.
    CONTAINER: The tar or Parquet files that hold the pictures, in a file beside each picture or in
    a column.
    """

    FOLDERS = "folders"
    NAMES = "names"
    TABLE = "table"
    GIVEN = "given"
    CONTAINER = "container"


def is_table_name(path: str) -> bool:
    """Return whether a file is a table by its extension."""
    return path.lower().endswith(TABLE_ENDINGS)


def is_source(text: str) -> bool:
    """Return whether a text says where labels come from without naming a file."""
    words = {AUTO, METADATA, LabelKind.FOLDERS, LabelKind.NAMES}
    return text in words or text.startswith(BY_NAME)


class Match(StrEnum):
    """How the rows of a table find their files.

    PATH: Folder and row together are the path of the file below the root.  NAME: The path of the
    file ends with the row, in any folder.
    """

    PATH = "path"
    NAME = "name"


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or path[1:3] == ":/"  # Windows writes C:/


@dataclass(frozen=True, slots=True)
class LabelTable:
    """A table of labels.

    Attributes:
        file: Its path, escaped: relative to the root if it lies in the data set or beside it
            (``../train.csv``), else absolute.  Empty for a mapping or table that a caller passed.
        path_column: Name of the column of paths or ids.
        label_column: Name of the column of labels.
        rows: Number of its rows.
        sha256: Of the file.
        folder: Folder below the root that the rows are relative to, escaped; empty for the root.
        folder_asked: The user named that folder.
        match: How its rows find their files.
        by_id: The rows name files without their extension.
        escaped: The rows are escaped paths, as those of a manifest.
    """

    file: str = ""
    path_column: str = ""
    label_column: str = ""
    rows: int = 0
    sha256: str = ""
    folder: str = ""
    folder_asked: bool = False
    match: Match = Match.PATH
    by_id: bool = False
    escaped: bool = False

    @property
    def inside(self) -> bool:
        """It lies in the data set."""
        return bool(self.file) and not self.file.startswith("../") and not _is_absolute(self.file)

    @property
    def name(self) -> str:
        """Its name for messages: ``train.csv`` or ``labels=``; in the data set, its path."""
        return self.file if self.inside else self.file.rpartition("/")[2] or "labels="


@dataclass(frozen=True, slots=True)
class LabelSource:
    """Where the labels of a data set come from.

    Attributes:
        kind: What gives them.
        forced: The caller chose it, so it was not recognised.
        pattern: Regular expression on file names; empty: the word before the number is the label.
        tables: The tables, for the kinds TABLE and GIVEN.
        metadata: The tables are those that Hugging Face's ``imagefolder`` reads.
        note: One line about another way to read labels that the data set offers; may be empty.
        beside: A table beside a data set without labels that probably has them, escaped
            (``../labels.csv``); may be empty.
    """

    kind: LabelKind = LabelKind.FOLDERS
    forced: bool = False
    pattern: str = ""
    tables: tuple[LabelTable, ...] = ()
    metadata: bool = False
    note: str = ""
    beside: str = ""

    @property
    def by_folders(self) -> bool:
        """The class folders give the labels."""
        return self.kind is LabelKind.FOLDERS

    def describe(self) -> str:
        """Say where labels come from: ``file names (name:^(a|b))``; escaped."""
        if self.kind is LabelKind.NAMES:
            return (
                f"file names, {names.text(BY_NAME + self.pattern)}"
                if self.pattern
                else "file names"
            )
        if self.kind is LabelKind.GIVEN:
            return "given by the caller (labels=)"
        if self.kind is LabelKind.FOLDERS:
            return "class folders"
        if self.kind is LabelKind.CONTAINER:
            return "recorded beside the pictures"
        first, *more = self.tables
        others = f" and {len(more)} more" if more else ""
        return f"{first.name}{others}, column {names.text(first.label_column)}"

    def to_plain(self) -> dict[str, Any]:
        """Return plain values, for ``audit.json``."""
        plain = asdict(self)
        plain["kind"] = self.kind.value
        plain["tables"] = [{**one, "match": one["match"].value} for one in plain["tables"]]
        return plain

    @classmethod
    def from_plain(cls, plain: object) -> LabelSource:
        """Read what :meth:`to_plain` wrote; None: class folders, as in older audits.

        Raises:
            ValueError: It is something else.
        """
        if plain is None:
            return cls()
        try:
            if not isinstance(plain, Mapping):
                raise TypeError
            tables = tuple(
                LabelTable(**{**one, "match": Match(one["match"])}) for one in plain["tables"]
            )
            source = cls(**{**plain, "kind": LabelKind(plain["kind"]), "tables": tables})
        except (TypeError, KeyError) as error:
            raise ValueError("not a source of labels") from error
        values: tuple[LabelSource | LabelTable, ...] = (source, *tables)
        for value in values:
            for one in fields(value):
                kind = _PLAIN.get(str(one.type))
                if kind is not None and type(getattr(value, one.name)) is not kind:
                    raise ValueError(f"not a source of labels: {one.name}")
        return source
