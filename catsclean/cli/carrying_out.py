"""What ``clean`` and ``fix`` have in common: which files they are given, and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import catsclean
from catsclean import cleaning
from catsclean.cli import EXIT_FINDINGS, EXIT_OK
from catsclean.cli.output import say, show_hints, show_table
from catsclean.core.split_options import options_from
from catsclean.core.text import count
from catsclean.reports import plan_lines

if TYPE_CHECKING:
    from catsclean.core.state import StateFolder


def part_arguments(path: Path | None, file: Path | None) -> tuple[Path | None, Path | None]:
    """Return the data set and the decisions file; a single argument may be either.

    Args:
        path: The first argument; None if there is none.
        file: The second one.
    """
    if path is not None and file is None and path.suffix == ".json" and not path.is_dir():
        return None, path
    return path, file


def show_refused_decisions(refused: Sequence[tuple[str, str]]) -> None:
    """Show the decisions that are not carried out, each with the reason."""
    if refused:
        show_table(f"Decisions refused ({len(refused):,})", ("Decision", "Why"), list(refused))


def show_files_left(result: cleaning.CleaningResult, to_do: str) -> None:
    """Show the files that were to leave or to change, and did not.

    Args:
        result: The result.
        to_do: What was to be done with them, such as ``move``.
    """
    if result.refused:
        title = f"Could not {to_do} ({len(result.refused):,})"
        show_table(title, ("File", "Why"), list(result.refused))
    if result.unaccounted:
        say(f"{count(result.unaccounted, 'planned file is', 'planned files are')} missing.")


def show_if_denied(result: cleaning.CleaningResult, state: StateFolder, *, quiet: bool) -> bool:
    """Say what to do if no file of a data set may be moved; return whether that is so.

    Args:
        result: A result with nothing done.
        state: The state folder of the data set.
        quiet: Show no command.
    """
    if not plan_lines.is_denied(result.refused):
        return False
    say("Nothing was changed, because the data set cannot be written. Make its folders writable.")
    size, _ = options_from(state.read_summary())
    copy = f"catsclean split {state.arguments} {size} -o OTHER"
    show_hints((copy, "or copy the good files to another folder"), hidden=quiet)
    return True


def exit_code_of(
    plan: catsclean.CleaningPlan | catsclean.RepairPlan,
    result: cleaning.CleaningResult | None,
    *,
    some_stay: bool,
) -> int:
    """Return 1 if a decision or a file was refused, else 0.

    Args:
        plan: The plan.
        result: Its result; None: it was only shown.
        some_stay: An interrupted run was completed, and left files where they were.
    """
    refused = some_stay or bool(plan.refused)
    refused |= result is not None and bool(result.refused or result.unaccounted)
    return EXIT_FINDINGS if refused else EXIT_OK
