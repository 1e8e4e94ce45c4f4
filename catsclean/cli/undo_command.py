"""Restore the files that a clean or a repair moved or changed.

Examples:
  catsclean undo PetImages
  catsclean undo PetImages 20261122-165859
  catsclean undo PetImages --file Cat/1.jpg
  catsclean undo PetImages --verify

Docs: https://github.com/catsclean/catsclean/blob/main/docs/cleaning.md#the-quarantine
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

import catsclean
from catsclean import cleaning
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options
from catsclean.cli.interrupted import telling_what_changed
from catsclean.cli.output import find_state, say, show_hints, show_table, showing_count
from catsclean.core import names, stand_ins
from catsclean.core import state as states
from catsclean.core.text import count, human_bytes
from catsclean.errors import UsageError
from catsclean.reports import plan_lines

_NAMED: Final = 3


def command(
    path: options.OptionalRoot = None,
    run: options.Run = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Restore only this file, and keep it from now on. May be repeated.",
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Restore nothing: read every file of the quarantine, and say whether it is still"
            " what left.",
        ),
    ] = False,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    if path is not None and run is None and cleaning.is_run(str(path)) and not Path(path).exists():
        path, run = None, str(path)
    state = find_state(path, state_dir, follow_links_to, quiet=quiet, buckets=True)
    if verify:
        if file or run is not None:
            raise UsageError(
                "--verify reads all runs and restores nothing. Leave out --file and the run."
            )
        return _verify(state, no_progress=no_progress or quiet)
    if file:
        with telling_what_changed(state):
            return _return_files(state, file, run, quiet=quiet)
    with (
        telling_what_changed(state),
        showing_count("restoring", hidden=no_progress or quiet) as progress,
    ):
        result = catsclean.undo(state, run, progress=progress)
    if result.refused:
        title = f"Could not restore ({len(result.refused):,})"
        show_table(title, ("File", "Why"), list(result.refused))
    if result.missing:
        title = f"Missing ({len(result.missing):,})"
        show_table(title, ("File", "Why"), list(result.missing))
    if result.changed:
        title = f"Changed since the repair, so set aside ({len(result.changed):,})"
        show_table(title, ("File", "In the quarantine"), list(result.changed))
        place = names.text(stand_ins.shown(state.quarantine / result.run / "changed"))
        moved = count(len(result.changed), "changed file is", "changed files are")
        say(f"{moved} in {place}.")
    if result.unaccounted:
        say(f"{count(result.unaccounted, 'file')} of this run could not be found.")
    left = bool(result.refused or result.missing or result.unaccounted)
    say(f"{', '.join(plan_lines.undone(result))} (run {result.run}).", hidden=quiet)
    for other, files in result.others[:_NAMED]:
        named = ", ".join(files[:_NAMED])
        more = f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
        say(f"Run {other} still has {count(len(files), 'file')} to restore: {named}{more}.")
        say(f"  catsclean undo {state.arguments} {other}")
    show_hints((f"catsclean audit {state.arguments}", "update the manifest"), hidden=quiet)
    return EXIT_FINDINGS if left else EXIT_OK


def _verify(state: states.StateFolder, *, no_progress: bool) -> int:
    with showing_count("reading", hidden=no_progress) as progress:
        found = cleaning.verify_quarantine(state, progress=progress)
    if found.lost:
        show_table(f"Not what left ({len(found.lost):,})", ("File", "Run", "Why"), list(found.lost))
        whole = found.checked - len(found.lost)
        say(f"{whole:,} of {count(found.checked, 'file')} in the quarantine can be restored.")
        return EXIT_FINDINGS
    if not found.checked:
        say("The quarantine is empty.")
        return EXIT_OK
    size = human_bytes(found.size_bytes)
    how = "is as it" if found.checked == 1 else "are as they"
    say(f"{count(found.checked, 'file')} in the quarantine ({size}) {how} left.")
    return EXIT_OK


def _return_files(
    state: states.StateFolder, files: list[str], run: str | None, *, quiet: bool
) -> int:
    """Restore single files by a decision to keep them, which a later clean respects."""
    if run is not None:
        raise UsageError(
            f"--file needs no run: it finds the one that moved the file. Received: run {run} and"
            " --file. Name one of them."
        )
    recovery = cleaning.recover(state)
    if recovery is not None:
        say(str(recovery))
    aside = cleaning.set_aside(state)
    held = {path for path, _ in aside.runs}
    if absent := [path for path in files if path not in held]:
        raise UsageError(
            f"not in quarantine. Received: {absent[0]!r}."
            f" Run: catsclean log {state.arguments} --files"
        )
    barred = [(path, "another file has its name") for path in files if path not in aside.gone]
    plan = catsclean.plan_cleaning(
        state, select=[], keep=[path for path in files if path in aside.gone]
    )
    result = plan.apply()
    left = [*barred, *plan.refused, *result.refused]
    if left:
        show_table(f"Could not restore ({len(left):,})", ("File", "Why"), left)
    noted = f", kept from now on (run {result.run})" if result.run else ""
    say(f"{count(len(result.returned), 'file')} restored{noted}.", hidden=quiet)
    show_hints((f"catsclean audit {state.arguments}", "update the manifest"), hidden=quiet)
    return EXIT_FINDINGS if left else EXIT_OK
