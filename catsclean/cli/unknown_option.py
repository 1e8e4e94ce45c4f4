"""Explain an option that a command does not have: the closest one, or what to use in its place."""

from __future__ import annotations

from typing import Any, Final

from catsclean.core.text import did_you_mean

# what people look for, by command and option, and where it is
_ELSEWHERE: Final = {
    ("clean", "--keep"): "To keep a file, decide so in catsclean review, or in a decisions file"
    " (--decisions); catsclean undo --file FILE restores one and keeps it",
    ("clean", "--dry-run"): "Without --apply, nothing is changed",
    ("fix", "--dry-run"): "Without --apply, nothing is changed",
    ("clean", "--undo"): "To restore files: catsclean undo",
    ("clean", "--revert"): "To restore files: catsclean undo",
    ("audit", "--fix"): "To repair files: catsclean fix",
    ("audit", "--clean"): "To set files aside: catsclean clean",
    ("audit", "--apply"): "An audit changes nothing. To set files aside: catsclean clean --apply",
}


def explain_unknown_option(error: Any, command: str) -> str:
    """Return the message about an unknown option; empty for any other error.

    Args:
        error: An error of the parser.
        command: The command, such as ``catsclean clean``.
    """
    option = getattr(error, "option_name", None)
    if type(error).__name__ != "NoSuchOption" or not isinstance(option, str):
        return ""
    said = f"No such option: {option}"
    if other := _ELSEWHERE.get((command.rpartition(" ")[2], option)):
        return f"{said}. {other}"
    hint = did_you_mean(option, error.possibilities or ())
    return f"{said}.{hint}" if hint else said
