"""Tell whether a picture keeps its label under another name in the same folder.

Class folders give it the same label.  A table names files or their ids, and a file name may be the
label itself.
"""

from __future__ import annotations

from typing import Final

from catsclean.core.label_source import LabelKind, LabelSource
from catsclean.core.state import StateFolder
from catsclean.scan import name_labels

#: Why a picture stays whose new name the table of labels would not know.
NAMED_IN_TABLE: Final = "stays: the table of labels has it under this name"


def source_of(state: StateFolder) -> LabelSource:
    """Return what gave the labels of the last audit; class folders if that is not known."""
    dataset = state.read_summary().get("dataset")
    try:
        return LabelSource.from_plain(
            dataset.get("label_source") if isinstance(dataset, dict) else None
        )
    except ValueError:
        return LabelSource()


def why_not_rename(source: LabelSource, path: str, target: str) -> str:
    """Say why a picture would lose its label under another name; empty if it keeps it.

    Args:
        source: What gives the labels.
        path: The picture, escaped.
        target: Its new path, in the same folder.
    """
    if source.kind is LabelKind.FOLDERS:
        return ""
    if source.kind is LabelKind.NAMES:
        if source.pattern:
            group = name_labels.check_pattern(source.pattern)
            before, after = name_labels.label_by_pattern([path, target], source.pattern, group)
        else:
            before, after = name_labels.label_by_word([path, target])
        return "" if before == after else f"stays: the name {target} gives it another label"
    by_id = all(table.by_id for table in source.tables) and source.tables
    if by_id and _stem(path) == _stem(target) and name_labels.is_picture_name(target):
        return ""
    return NAMED_IN_TABLE


def _stem(path: str) -> str:
    return path.rpartition(".")[0]
