"""Decide where the labels of a data set come from, and read the label of every file.

Class folders, file names and Hugging Face's ``metadata`` tables are recognised.  If a set has two
of them, the order is: class folders, if the others agree with them or only look like labels; a
metadata table; file names.  If two contradict each other, the user decides.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catsclean.core import names
from catsclean.core.label_rows import LabelRows
from catsclean.core.label_source import (
    AUTO,
    BY_NAME,
    METADATA,
    TABLE_ENDINGS,
    LabelKind,
    LabelSource,
    is_table_name,
)
from catsclean.core.links import Reach
from catsclean.core.text import did_you_mean
from catsclean.errors import ConfigError
from catsclean.scan import name_labels
from catsclean.scan.discover import Listing
from catsclean.scan.junk import is_junk_folder
from catsclean.scan.label_conflicts import contradiction, note_of_names, question_of_names
from catsclean.scan.layout import Layout, recognise, recognise_splits

if TYPE_CHECKING:
    from catsclean.scan.label_tables import TableRows
    from catsclean.scan.table_labels import Combined

#: What Hugging Face's ``imagefolder`` reads; its column ``file_name`` is relative to its folder.
METADATA_NAMES: Final = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_WORDS: Final = ("auto", "folders", "names", "metadata")
_KNOWN: Final = "auto, folders, names, name:REGEX, metadata or FILE:PATH,LABEL"


@dataclass(frozen=True, slots=True)
class LabelWish:
    """The checked answer of a user to the question where labels come from.

    Attributes:
        kind: What gives them; None: recognise it.
        pattern: Regular expression, for NAMES; empty: the words.
        group: Number of its group that is the label.
        file: The table, for TABLE: absolute, links resolved; None: the metadata tables.
        columns: ``PATH,LABEL`` or ``PATH,LABEL,FOLDER``, as the user wrote it; may be empty.
        given: The rows that a caller passed, for GIVEN.
        fallback: What the last audit recognised, for a set that shows no labels any more.
    """

    kind: LabelKind | None = None
    pattern: str = ""
    group: int = 1
    file: Path | None = None
    columns: str = ""
    given: TableRows | None = None
    fallback: LabelKind | None = None


@dataclass(frozen=True, slots=True)
class Labelling:
    """The labels of the files of a listing.

    Attributes:
        layout: How the folders determine splits, and labels if these come from folders.
        source: Where the labels come from.
        labels: Label of each file, escaped, in the order of the listing; None: by folders.
        rows: What the rows of tables say about the files; None: no table was read.
        tables: Paths of the tables in the data set, escaped: they are not samples.
        given: The rows that a caller passed, to be saved with the audit.
    """

    layout: Layout
    source: LabelSource = field(default_factory=LabelSource)
    labels: list[str] | None = None
    rows: LabelRows | None = None
    tables: frozenset[str] = frozenset()
    given: TableRows | None = None

    def places(self, listing: Listing) -> tuple[list[str], list[str]]:
        """Return label and split of each file of the listing."""
        by_folder = {folder: self.layout.place(folder) for folder in set(listing.folders_of)}
        splits = [by_folder[folder][1] for folder in listing.folders_of]
        if self.labels is not None:
            return self.labels, splits
        return [by_folder[folder][0] for folder in listing.folders_of], splits


def check_labels(labels: Any) -> LabelWish:
    """Check what a user says about labels, before any work begins.

    Args:
        labels: ``auto``, ``folders``, ``names``, ``name:REGEX``, ``metadata``, ``FILE:PATH,LABEL``,
            the path of a table; or a mapping from path to label, a pandas Series or DataFrame, or
            an Arrow table.

    Raises:
        ConfigError: It is none of these, or the file is missing.
    """
    if isinstance(labels, Mapping) or (
        not isinstance(labels, type)
        and any(hasattr(labels, name) for name in ("column_names", "columns", "items"))
    ):
        from catsclean.scan.label_tables import read_given

        return LabelWish(LabelKind.GIVEN, given=read_given(labels))
    if isinstance(labels, os.PathLike):
        labels = os.fspath(labels)
    if not isinstance(labels, str) or not labels or "\0" in labels:
        raise ConfigError(
            f"labels must be {_KNOWN}, or a mapping from path to label."
            f" Received: {names.received(labels)}."
        )
    if labels == AUTO:
        return LabelWish()
    if labels in {LabelKind.FOLDERS, LabelKind.NAMES}:
        return LabelWish(LabelKind(labels))
    if labels == METADATA:
        return LabelWish(LabelKind.TABLE)
    if labels.startswith(BY_NAME):
        pattern = labels.removeprefix(BY_NAME)
        return LabelWish(LabelKind.NAMES, pattern, name_labels.check_pattern(pattern))
    return _table_wish(labels)


def find_labels(
    reach: Reach, listing: Listing, layout: str, wish: LabelWish, *, some: bool = False
) -> Labelling:
    """Find out where labels come from, and read the label of every file.

    Args:
        reach: The data set.
        listing: Its files.
        layout: ``auto``, ``classes``, ``splits`` or ``flat``.
        wish: What the user says.
        some: These are some files only, so none of them may have a label.

    Raises:
        ConfigError: A table cannot be read, nothing is labelled, or two ways contradict each other.
    """
    if wish.kind is LabelKind.FOLDERS:
        return Labelling(recognise(listing, layout), LabelSource(forced=True))
    if wish.kind is LabelKind.NAMES:
        return _by_names(listing, layout, wish)
    if wish.kind is LabelKind.GIVEN and wish.given is not None:
        from catsclean.scan.table_labels import match_given

        found = match_given(reach, listing, wish.given, some=some)
        source = LabelSource(LabelKind.GIVEN, forced=True, tables=found.tables)
        return replace(_by_table(found, source, listing, layout), given=wish.given)
    if wish.kind is LabelKind.TABLE:
        return _by_chosen_table(reach, listing, layout, wish, some=some)
    if listing.labels is not None:
        return _by_container(listing, layout, listing.labels)
    return _recognise(reach, listing, layout, wish.fallback)


def labels_of_files(reach: Reach, listing: Listing, wish: LabelWish) -> Labelling:
    """Read the labels of some files only, for a check.

    Unless the user says more, they are those that containers record, else the folders.
    """
    flat = Layout("flat", forced=True)
    if wish.kind in {None, LabelKind.FOLDERS}:
        folders = [folder.rpartition("/")[2] for folder in listing.folders_of]
        recorded = listing.labels or [""] * len(folders)
        labels = [own or folder for own, folder in zip(recorded, folders, strict=True)]
        return Labelling(flat, LabelSource(), labels)
    if wish.kind is LabelKind.NAMES:
        labels = _labels_by_names(listing.paths, wish)
        return Labelling(flat, LabelSource(LabelKind.NAMES, True, wish.pattern), labels)  # noqa: FBT003
    return find_labels(reach, listing, "flat", wish, some=True)


def _table_wish(text: str) -> LabelWish:
    """Read ``FILE:PATH,LABEL``; the name of the file may have colons."""
    file, columns = text, ""
    while not os.path.isfile(file) and ":" in file:  # noqa: PTH113 - a name may be too long
        file, _, more = file.rpartition(":")
        columns = f"{more}:{columns}" if columns else more
    if not os.path.isfile(file):  # noqa: PTH113
        hint = did_you_mean(text, _WORDS)
        raise ConfigError(
            f"no such file. Received: {names.text(text)!r}.{hint}"
            f" labels (--labels) must be {_KNOWN}."
        )
    if not is_table_name(file):
        raise ConfigError(
            f"a table of labels ends in {', '.join(TABLE_ENDINGS)}. Received: {names.text(file)!r}."
        )
    return LabelWish(LabelKind.TABLE, file=Path(file).resolve(), columns=columns)


def _by_names(listing: Listing, layout: str, wish: LabelWish) -> Labelling:
    labels = _labels_by_names(listing.paths, wish)
    if listing.paths and not any(labels):
        shown = names.text(f"{BY_NAME}{wish.pattern}") if wish.pattern else LabelKind.NAMES.value
        want = "" if wish.pattern else ", such as cat.0.jpg: no word, separator and number"
        first = listing.paths[0].rpartition("/")[2]
        raise ConfigError(
            f"no file name says a label{want}. Received: {shown!r}. A file here is {first!r}."
        )
    source = LabelSource(LabelKind.NAMES, forced=True, pattern=wish.pattern)
    return Labelling(recognise_splits(listing, layout), source, labels)


def _labels_by_names(paths: Sequence[str], wish: LabelWish) -> list[str]:
    if wish.pattern:
        return name_labels.label_by_pattern(paths, wish.pattern, wish.group)
    return name_labels.label_by_word(paths)


def _by_chosen_table(
    reach: Reach, listing: Listing, layout: str, wish: LabelWish, *, some: bool
) -> Labelling:
    from catsclean.scan.table_labels import match_file, match_metadata

    if wish.file is not None:
        found = match_file(reach, listing, wish.file, wish.columns, some=some)
        source = LabelSource(LabelKind.TABLE, forced=True, tables=found.tables)
        return _by_table(found, source, listing, layout)
    metadata, why = match_metadata(reach, listing, find_metadata(listing))
    if metadata is None:
        raise ConfigError(
            f"no {' or '.join(METADATA_NAMES)} with the columns file_name and label"
            f"{f' ({why})' if why else ''}. Received: {METADATA!r}."
        )
    source = LabelSource(LabelKind.TABLE, forced=True, tables=metadata.tables, metadata=True)
    return _by_table(metadata, source, listing, layout)


def _by_container(listing: Listing, layout: str, labels: list[str]) -> Labelling:
    """Use the labels that containers record, or the class folders in them if these say the same."""
    by_folders = Labelling(recognise(listing, layout))
    if by_folders.layout.has_classes(listing):
        folder_labels = by_folders.places(listing)[0]
        if not contradiction(labels, folder_labels, listing.paths, ""):
            note = "the labels that are recorded with the pictures say the same"
            return replace(by_folders, source=LabelSource(note=note))
    source = LabelSource(LabelKind.CONTAINER)
    return Labelling(recognise_splits(listing, layout), source, labels)


def _recognise(
    reach: Reach, listing: Listing, layout: str, fallback: LabelKind | None
) -> Labelling:
    """Recognise where labels come from."""
    shape = recognise(listing, layout)
    by_folders = Labelling(shape)
    if layout in {"classes", "splits"}:  # the user says that folders name the classes
        return by_folders
    classes = shape.has_classes(listing)
    found, why = None, ""
    if metadata := find_metadata(listing):
        from catsclean.scan.table_labels import match_metadata

        found, why = match_metadata(reach, listing, metadata)
    if found is None:
        labelling = _folders_or_names(listing, layout, by_folders, fallback, why, classes=classes)
        if classes or layout != AUTO or not labelling.source.by_folders or not listing.paths:
            return labelling
        from catsclean.scan.table_beside import find_table_beside

        beside = find_table_beside(reach, listing)
        return replace(labelling, source=replace(labelling.source, beside=beside))
    source = LabelSource(LabelKind.TABLE, tables=found.tables, metadata=True, note=why)
    if not classes:
        return _by_table(found, source, listing, layout)
    folder_labels = by_folders.places(listing)[0]
    if question := contradiction(found.labels, folder_labels, listing.paths, metadata[0]):
        raise ConfigError(question)
    note = f"{metadata[0]} and the class folders give the same labels"
    return replace(by_folders, source=LabelSource(note=note), tables=found.inside)


def _folders_or_names(
    listing: Listing,
    layout: str,
    by_folders: Labelling,
    fallback: LabelKind | None,
    note: str,
    *,
    classes: bool,
) -> Labelling:
    """Recognise whether class folders or file names give the labels."""
    splits = recognise_splits(listing, layout)
    words = name_labels.find_words(listing, in_splits=splits.kind == "splits")
    if not words:
        if fallback is LabelKind.NAMES and not classes:
            words_of_last = name_labels.label_by_word(listing.paths)
            return Labelling(splits, LabelSource(LabelKind.NAMES, note=note), words_of_last)
        return replace(by_folders, source=LabelSource(note=note))
    labels = name_labels.label_by_word(listing.paths, words)
    if not classes:
        return Labelling(splits, LabelSource(LabelKind.NAMES, note=note), labels)
    folder_labels = by_folders.places(listing)[0]
    if question := question_of_names(labels, folder_labels):
        raise ConfigError(question)
    note = note or note_of_names(labels, folder_labels)
    return replace(by_folders, source=LabelSource(note=note))


def find_metadata(listing: Listing) -> list[str]:
    """Find the tables that Hugging Face's ``imagefolder`` reads; escaped paths."""
    return [
        path
        for row, path in enumerate(listing.paths)
        if path.endswith(METADATA_NAMES)
        and path.rpartition("/")[2] in METADATA_NAMES
        and row not in listing.presets
        and not any(map(is_junk_folder, path.split("/")[:-1]))
    ]


def _by_table(found: Combined, source: LabelSource, listing: Listing, layout: str) -> Labelling:
    shape = recognise_splits(listing, layout)
    return Labelling(shape, source, found.labels, found.rows, found.inside)
