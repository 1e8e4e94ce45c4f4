"""Bring the files of a clean back to where they were."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from catsclean.cleaning import plan_cleaning, recover, undo
from catsclean.cleaning.journal import is_run
from catsclean.cleaning.log import set_aside
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options
from catsclean.cli.output import find_state, say, show_table, showing_count
from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import UsageError

_NAMED: Final = 3


def command(
    path: options.OptionalRoot = None,
    run: Annotated[
        str | None,
        typer.Argument(
            help="The clean to undo, as the log names it; the last one where it is left out.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file",
            help="Bring back this file alone, as the log names it, and keep it from now on; may be"
            " repeated.",
            show_default=False,
        ),
    ] = None,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    if path is not None and run is None and is_run(str(path)) and not Path(path).exists():
        path, run = None, str(path)
    state = find_state(path, state_dir, follow_links_to, quiet=quiet)
    if file:
        return _return_files(state, file, run, quiet=quiet)
    with showing_count("restoring", hidden=no_progress or quiet) as progress:
        result = undo(state, run, progress=progress)
    if result.refused:
        title = f"Left as they are ({len(result.refused):,})"
        show_table(title, ("File", "Why"), list(result.refused))
    if result.missing:
        title = f"Missing: not brought back ({len(result.missing):,})"
        show_table(title, ("File", "Why"), list(result.missing))
    if result.unaccounted:
        say(f"{count(result.unaccounted, 'file')} of this run are not accounted for.")
    left = bool(result.refused or result.missing or result.unaccounted)
    done = []
    if result.restored or left or not result.revoked:
        done.append(f"{count(len(result.restored), 'file is', 'files are')} back in place")
    if result.folders:
        done.append(f"{count(len(result.folders), 'folder')} made again")
    if result.revoked:
        done.append(f"{count(len(result.revoked), 'decision')} to keep taken back")
    say(f"{' and '.join(done)}, of run {result.run}.", hidden=quiet)
    for other, files in result.others[:_NAMED]:
        named = ", ".join(files[:_NAMED])
        more = f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
        say(f"Run {other} has {count(len(files), 'file')} to bring back: {named}{more}.")
        say(f"  catsclean undo {state.arguments} {other}")
    say(f"  catsclean audit {state.arguments}    updates the manifest", hidden=quiet)
    return EXIT_FINDINGS if left else EXIT_OK


def _return_files(state: StateFolder, files: list[str], run: str | None, *, quiet: bool) -> int:
    """Bring single files back by the decision to keep them, which a later clean heeds."""
    if run is not None:
        raise UsageError(
            f"--file finds the run that holds a file by itself. Received: run {run} as well."
            " Name one of them."
        )
    recovery = recover(state)
    if recovery is not None:
        say(str(recovery))
    aside = set_aside(state)
    held = {path for path, _ in aside.runs}
    if absent := [path for path in files if path not in held]:
        raise UsageError(
            f"not in the quarantine. Received: {absent[0]!r}."
            f" Run: catsclean log {state.arguments} --files"
        )
    barred = [(path, "something stands in its place") for path in files if path not in aside.gone]
    plan = plan_cleaning(state, select=[], keep=[path for path in files if path in aside.gone])
    result = plan.apply()
    left = [*barred, *plan.refused, *result.refused]
    if left:
        show_table(f"Still in the quarantine ({len(left):,})", ("File", "Why"), left)
    back = count(len(result.returned), "file is", "files are")
    noted = f", and kept from now on (run {result.run})" if result.run else ""
    say(f"{back} back in place{noted}.", hidden=quiet)
    say(f"  catsclean audit {state.arguments}    updates the manifest", hidden=quiet)
    return EXIT_FINDINGS if left else EXIT_OK
