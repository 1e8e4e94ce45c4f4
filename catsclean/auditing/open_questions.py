"""Open questions of an audit: files that it did not examine, and doubt about the classes.

Reports show them.  Splitting and training refuse to continue until the user has decided.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import SplitUsageError, TrainingUsageError

_SHOWN: Final = 3
#: How many files an audit names that it did not examine.
NAMED: Final = 20


def refuse_open_questions(
    data: object,
    state: StateFolder | None,
    error: type[SplitUsageError | TrainingUsageError],
    *,
    allow_incomplete: bool,
    folders_are_groups: bool = False,
) -> None:
    """Refuse to split or train from an audit that is incomplete, or unsure about the classes.

    Only an audit, or a folder with one, is refused: a manifest made by hand has no audit, and a
    split was made after the user had decided.

    Args:
        data: The caller's argument: a manifest, an audit, a split or a folder.
        state: Its state folder, as far as it is known.
        error: The exception to raise.
        allow_incomplete: Continue without the files that the audit did not examine.
        folders_are_groups: The user confirmed that the folders below the classes are groups.

    Raises:
        SplitUsageError: If that is `error`; the message says how to continue.
        TrainingUsageError: If that is `error`.
    """
    summary = getattr(data, "summary", None)
    if not isinstance(summary, Mapping):
        if state is None or not isinstance(data, (str, os.PathLike, StateFolder)):
            return
        summary = state.read_summary()
    arguments = "FOLDER" if state is None else state.arguments
    if not allow_incomplete and (missing := not_examined(summary)):
        raise error(
            f"the audit is incomplete: {missing}. Fix this and audit again, or continue without"
            " these files: --allow-incomplete (allow_incomplete=True)."
        )
    in_splits = summary.get("dataset", {}).get("layout") == "splits"
    if folders_are_groups and not (in_splits and summary.get("layout_doubt")):
        return
    if question := layout_question(summary, arguments):
        raise error(question)


def incompleteness(summary: Mapping[str, Any]) -> str:
    """Return why an audit is incomplete, in numbers; empty if it is complete."""
    if not summary.get("incomplete"):
        return ""
    parts = []
    dataset = summary.get("dataset", {})
    links = summary.get("links_not_read", 0)
    if files := summary.get("not_judged", 0) - links:
        parts.append(f"{count(files, 'file')} could not be judged")
    if folders := dataset.get("unreadable_folders"):
        parts.append(f"{count(len(folders), 'folder')} could not be listed")
    if links:
        said = count(links, "file is a link and was", "files are links and were")
        parts.append(f"{said} not read")
    if linked := dataset.get("linked_folders"):
        said = count(len(linked), "folder is a link and was", "folders are links and were")
        parts.append(f"{said} not entered")
    text = " and ".join(parts) or "a validator failed"
    return f"{text}; {_advice(summary)}" if links or linked else text


def not_examined(summary: Mapping[str, Any]) -> str:
    """Describe the files that an audit did not examine, with examples; empty if there are none."""
    text = incompleteness(summary)
    if not text:
        return ""
    dataset = summary.get("dataset", {})
    named = [
        *dataset.get("unreadable_folders", ()),
        *dataset.get("linked_folders", ()),
        *summary.get("not_examined", ()),
    ]
    if not named:
        return text
    shown = ", ".join(str(path) for path, _ in named[:_SHOWN])
    return f"{text} ({shown}{', …' if len(named) > _SHOWN else ''})"


def layout_question(summary: Mapping[str, Any], arguments: str) -> str:
    """Ask which folders are the classes; empty if that is clear.

    Args:
        summary: Of the audit.
        arguments: The arguments that name the data set in a command.
    """
    answers = f"catsclean audit {arguments} --layout classes"
    if doubt := summary.get("layout_doubt"):
        outer, inner = (name_some(doubt[level]) for level in ("outer", "inner"))
        return (
            f"Are {outer} the classes, or splits with the classes {inner}? Decide before you"
            f" split: {answers}, or --layout splits."
        )
    sets: Sequence[str] = summary.get("several_sets") or []
    if sets and summary.get("dataset", {}).get("layout") == "splits":
        return f"{nested_classes(sets, f'catsclean audit {arguments} ')}, and audit again."
    if len(sets) == 1:
        return (
            f"Is {sets[0]} a class, or a data set of its own? Decide before you split:"
            f" {answers}, or audit the data set alone."
        )
    if sets:
        return (
            f"Are {name_some(sets)} the classes, or data sets of their own? Decide before you"
            f" split: {answers} (or --layout splits, if they are splits), or audit one data set at"
            " a time."
        )
    return ""


def nested_classes(sets: Sequence[str], command: str = "") -> str:
    """Ask whether class folders in splits are the classes, or the folders in them; without a dot.

    Args:
        sets: The class folders, each in its split.
        command: The start of a command that can have more options.
    """
    labels = sorted({path.partition("/")[2] for path in sets})
    shown = name_some(labels)
    asked, inner = f"Are {shown} the classes, or the folders in them", "them"
    if len(labels) == 1:
        asked, inner = f"Is {shown} a class, or are the folders in it the classes", "it"
    return (
        f"{asked}? To keep {shown}: {command}--layout splits. Otherwise move the folders in"
        f" {inner} up, into the split folders"
    )


def name_some(paths: Sequence[str]) -> str:
    """Name a few paths, separated by commas."""
    return ", ".join(paths[:_SHOWN]) + (", …" if len(paths) > _SHOWN else "")


def _advice(summary: Mapping[str, Any]) -> str:
    """Return the option that would read the links."""
    if summary.get("dataset", {}).get("links_lead_out"):
        return "--follow-links-to FOLDER reads links into that folder"
    return "--follow-links reads them"
