"""Set aside what the audit found: a dry run, unless --apply is given.  Nothing is deleted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Final

import typer

from catsclean.auditing.open_questions import not_examined
from catsclean.cleaning import CleaningPlan, CleaningResult, plan_cleaning, recover
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options
from catsclean.cli.output import find_state, say, show_table, showing_count
from catsclean.core import names
from catsclean.core.text import count
from catsclean.errors import CleaningError

_FOLDERS_SHOWN: Final = 5


def command(
    path: options.OptionalRoot = None,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DECISIONS.json]",
            help="Decisions to carry out, as the report writes them: clean --apply decisions.json.",
            show_default=False,
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Move the files; without it, only say what would move.")
    ] = False,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", help="The same as DECISIONS.json.", show_default=False),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            autocompletion=options.complete_names,
            help="Act on these validators only (comma-separated).",
            show_default=False,
        ),
    ] = None,
    unsafe: Annotated[
        bool,
        typer.Option(
            "--unsafe",
            help="Act on findings that ask for review, too; label conflicts wait for a decision.",
        ),
    ] = False,
    prefer: options.Prefer = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            help="Leave alone what this file lists, as audit --write-baseline wrote it.",
            show_default=False,
        ),
    ] = None,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    if path is not None and file is None and path.suffix == ".json" and not path.is_dir():
        path, file = None, path
    state = find_state(path, state_dir, follow_links_to, quiet=quiet)
    pending = False
    recovery = None
    try:
        recovery = recover(state)
    except CleaningError as error:
        if apply:
            raise
        pending = True
        say(str(error))
        say(f"  catsclean undo {state.arguments}    takes back what was begun")
    else:
        if recovery is not None:
            say(str(recovery))
    settings = options.settings_of(root=state.root)
    plan = plan_cleaning(
        state,
        decisions or file,
        options.names_of(select),
        unsafe=unsafe,
        prefer=[*(prefer or ()), *settings.prefer],
        baseline=baseline or settings.baseline,
        sidecars=settings.sidecars,
    )
    if not quiet:
        _show_plan(plan, applied=apply)
    result = None
    if apply:
        with showing_count("moving", hidden=no_progress or quiet) as progress:
            result = plan.apply(progress)
        _show_result(result, plan, quiet=quiet)
    refused = pending or bool(plan.refused)
    refused |= recovery is not None and bool(recovery.refused)
    refused |= result is not None and bool(result.refused or result.unaccounted)
    return EXIT_FINDINGS if refused else EXIT_OK


def _show_plan(plan: CleaningPlan, *, applied: bool) -> None:

    would = "Move" if applied else "Would move"
    for validator, moves in plan.moves.items():
        rows = [
            (
                move.path,
                f"stays: {move.keeper}"
                if move.keeper
                else f"with {move.owner}"
                if move.owner
                else ", ".join(move.validators[1:]),
            )
            for move in moves
        ]
        show_table(f"{would}: {validator} ({len(moves):,})", ("File", "Also / copy"), rows)
    if plan.returns:
        back = "Bring back" if applied else "Would bring back"
        rows = [(file, f"set aside by run {run}") for file, run in plan.returns.items()]
        show_table(f"{back}: decided to keep ({len(rows):,})", ("File", "From"), rows)
    counts = Counter(
        (kept.validators[0] if kept.validators else "decision", kept.why) for kept in plan.kept_back
    )
    kept = [(name, f"{count:,}", why) for (name, why), count in sorted(counts.items())]
    if kept:
        show_table(f"Kept back ({len(plan.kept_back):,})", ("Finding", "Files", "Why"), kept)
    if plan.refused:
        title = f"Decisions refused ({len(plan.refused):,})"
        show_table(title, ("Entry", "Why"), list(plan.refused))
    if any(move.keeper for moves in plan.moves.values() for move in moves):
        say(f"Copies: {plan.keep_rule}.")
    if plan.takes_most:
        say(
            f"That is {plan.count:,} of {plan.samples:,} files, most of the data set. Are these the"
            " pictures, and not what a broken download or a checkout left in their place?"
        )
    if missing := not_examined(plan.state.read_summary()):
        say(f"The audit is incomplete: {missing}. What it did not examine stays where it is.")
    if not applied:
        _say_emptied(plan.emptied, plan, "would be left empty and go, too")
        todo = plan.count or plan.returns or plan.decided
        if plan.returns:
            say(f"{count(len(plan.returns), 'file')} would come back from the quarantine.")
        if plan.decided:
            say(f"{count(len(plan.decided), 'decision')} to keep would be recorded.")
        say(
            f"{count(plan.count, 'file')} would move to {names.text(str(plan.state.quarantine))}."
            " Nothing was changed." + (" Add --apply to do it; undo takes it back." if todo else "")
        )
        if not todo:
            _say_what_is_next(plan)


def _say_what_is_next(plan: CleaningPlan) -> None:
    """Name the commands that are of use where nothing would move."""
    arguments = plan.state.arguments
    if plan.awaits_decisions:
        say(f"  catsclean report {arguments} --open    decide what needs your eyes")
    else:
        say(f"  catsclean split {arguments} --val 0.1    train and val folders, no leaks")


def _say_emptied(folders: tuple[str, ...], plan: CleaningPlan, what: str) -> None:
    """Name the folders that a clean empties; a class that loses its folder is said apart."""
    if not folders:
        return
    shown = ", ".join(folders[:_FOLDERS_SHOWN])
    more = f" and {len(folders) - _FOLDERS_SHOWN:,} more" if len(folders) > _FOLDERS_SHOWN else ""
    say(f"{count(len(folders), 'folder')} {what}: {shown}{more}.")
    if classes := [folder for folder in folders if folder in plan.emptied_classes]:
        listed = ", ".join(classes[:_FOLDERS_SHOWN])
        more = ", …" if len(classes) > _FOLDERS_SHOWN else ""
        say(f"No pictures are left in {count(len(classes), 'class folder')}: {listed}{more}.")


def _show_result(result: CleaningResult, plan: CleaningPlan, *, quiet: bool) -> None:

    if result.refused:
        title = f"Left alone ({len(result.refused):,})"
        show_table(title, ("File", "Why"), list(result.refused))
    if result.unaccounted:
        say(f"{count(result.unaccounted, 'planned file')} are not accounted for.")
    if result.returned:
        back = count(len(result.returned), "file is", "files are")
        say(f"{back} back from the quarantine.", hidden=quiet)
    if result.run is None:
        say("Nothing to move.", hidden=quiet or bool(result.returned))
        return
    done = []
    if result.moved or not result.kept:
        done.append(f"{count(len(result.moved), 'file')} set aside")
    if result.kept:
        done.append(f"{count(len(result.kept), 'decision')} to keep recorded")
    say(f"{' and '.join(done)}, run {result.run}.", hidden=quiet)
    if not quiet:
        _say_emptied(result.emptied, plan, "left empty went, too; undo makes them again")
    state = plan.state
    does = "brings them back" if result.moved else "takes that back"
    say(f"  catsclean undo {state.arguments}    {does}", hidden=quiet)
    say(f"  catsclean audit {state.arguments}    looks at what is left", hidden=quiet)
