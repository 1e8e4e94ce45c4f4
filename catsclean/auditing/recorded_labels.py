"""Where the last audit took its labels from, and the labels that a caller passed, from the state.

The next audit reads labels in the same way unless the user says something else.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from catsclean.core import names
from catsclean.core.files import replacing
from catsclean.core.label_rows import LabelRows
from catsclean.core.label_source import BY_NAME, LabelKind, LabelSource
from catsclean.core.manifest import write_table
from catsclean.core.name_calls import remove_name
from catsclean.core.state import StateFolder
from catsclean.errors import ConfigError, StateError
from catsclean.scan.labels import LabelWish, check_labels

if TYPE_CHECKING:
    from catsclean.scan.label_tables import TableRows

_GIVEN: Final = "path,label"


def wish_for_labels(labels: Any, state: StateFolder) -> LabelWish:
    """Return what the user says about labels, now or in the last audit.

    A table is read again without being named again only if it lies in the data set or beside it:
    somebody else may have written ``audit.json``, and must not choose files of the user's.

    Args:
        labels: As for :func:`catsclean.audit`; None: as in the last audit.
        state: The state folder.

    Raises:
        ConfigError: `labels` is invalid, or the table of the last audit cannot be used.
    """
    if labels is not None:
        return check_labels(labels)
    source = _last_source(state)
    if not source.forced:
        return LabelWish(fallback=source.kind)
    if source.kind is LabelKind.NAMES:
        return check_labels(f"{BY_NAME}{source.pattern}" if source.pattern else source.kind.value)
    if source.kind is LabelKind.FOLDERS or source.metadata:
        return LabelWish(source.kind)
    if source.kind is LabelKind.GIVEN:
        return _given_again(state)
    return _same_table(source, state)


def save_label_rows(rows: LabelRows | None, given: TableRows | None, state: StateFolder) -> None:
    """Write the rows that do not fit, and the labels that a caller passed; or remove old ones.

    Raises:
        OSError: The state folder cannot be written.
    """
    if rows is not None:
        with replacing(state.label_rows) as temporary:
            write_table(rows.problems, temporary, csv=True)
    elif state.label_rows.exists():
        remove_name(str(state.label_rows))
    if given is not None:
        table = pa.table({"path": given.paths, "label": given.labels})
        with replacing(state.labels) as temporary:
            write_table(table, temporary, csv=False)


def _last_source(state: StateFolder) -> LabelSource:
    """Return the source of the last audit; class folders if there was none, or it is damaged.

    A state folder that cannot be used is reported when it is made, if it is needed.
    """
    try:
        dataset = state.read_summary().get("dataset")
        return LabelSource.from_plain(dataset.get("label_source") if dataset else None)
    except (StateError, ValueError, AttributeError):
        return LabelSource()


def _given_again(state: StateFolder) -> LabelWish:
    from catsclean.scan.label_tables import read_table

    try:
        rows, _ = read_table(state.labels.read_bytes(), state.labels.name, _GIVEN)
    except OSError as error:
        raise ConfigError(
            "the last audit was given its labels in Python, and its copy of them cannot be read:"
            f" {error.strerror}. Pass labels= again, or say labels='auto' (--labels auto)."
        ) from None
    return LabelWish(LabelKind.GIVEN, given=rows)


def _same_table(source: LabelSource, state: StateFolder) -> LabelWish:
    table = source.tables[0] if source.tables else None
    shown = table.file if table else ""
    try:
        native = Path(names.decode(shown))
    except ValueError:
        native = Path()
    file = (state.root / native).resolve()
    beside = state.root.parent
    if table is None or not file.is_file() or not file.is_relative_to(beside):
        why = (
            "is gone" if file.is_relative_to(beside) else "lies elsewhere, so it is not read again"
        )
        raise ConfigError(
            f"the last audit took its labels from {shown!r}, which {why}. Name it again"
            " (--labels FILE, labels=), or say --labels auto."
        )
    columns = f"{table.path_column},{table.label_column}"
    if table.folder_asked:
        columns += f",{names.decode(table.folder)}"
    return LabelWish(LabelKind.TABLE, file=file, columns=columns)
