"""Move bad files to quarantine, where undo can restore them.

Without --apply it only shows what would move. Nothing is ever deleted.

Examples:
  catsclean clean PetImages
  catsclean clean PetImages --apply
  catsclean clean --apply decisions.json
  catsclean clean PetImages --relabel-suggested --select content

Docs: https://github.com/catsclean/catsclean/blob/main/docs/cleaning.md
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

import catsclean
from catsclean import cleaning
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options
from catsclean.cli.carrying_out import (
    exit_code_of,
    part_arguments,
    show_files_left,
    show_if_denied,
    show_refused_decisions,
)
from catsclean.cli.interrupted import complete_interrupted, telling_what_changed
from catsclean.cli.output import find_state, say, show_hints, show_table, showing_count
from catsclean.core import names, stand_ins
from catsclean.core.split_options import options_from
from catsclean.core.text import count
from catsclean.reports import plan_lines
from catsclean.reports.hints_to_decide import hints_to_decide

if TYPE_CHECKING:
    from catsclean.core.state import StateFolder

_MOVES: Final = "What to move"


def command(
    path: options.OptionalRoot = None,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="DECISIONS",
            help="decisions.json from the report, with your choices.",
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Move the files.", rich_help_panel=_MOVES)
    ] = False,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="Same as DECISIONS.",
            rich_help_panel=_MOVES,
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="NAME",
            autocompletion=options.complete_names,
            help="Move only files found by these validators or families, separated by commas.",
            rich_help_panel=_MOVES,
        ),
    ] = None,
    unsafe: Annotated[
        bool,
        typer.Option(
            "--unsafe",
            help="Also move files that are marked for review, except label conflicts.",
            rich_help_panel=_MOVES,
        ),
    ] = False,
    relabel_suggested: Annotated[
        bool,
        typer.Option(
            "--relabel-suggested",
            help="Also give pictures the label that a validator suggests.",
            rich_help_panel=_MOVES,
        ),
    ] = False,
    prefer: options.Prefer = None,
    baseline: options.Baseline = None,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    path, file = part_arguments(path, file)
    state = find_state(path, state_dir, follow_links_to, quiet=quiet, buckets=True)
    if state.never_moved() and (decisions or file or cleaning.was_reviewed(state)):
        return _decide_in_place(state, decisions or file, apply=apply, quiet=quiet)
    with telling_what_changed(state):
        some_stay = complete_interrupted(state, needed=apply)
        settings = options.settings_of(root=state.root)
        plan = catsclean.plan_cleaning(
            state,
            decisions or file,
            options.names_of(select),
            unsafe=unsafe,
            relabel_suggested=relabel_suggested,
            prefer=[*(prefer or ()), *settings.prefer],
            baseline=baseline or settings.baseline,
            sidecars=settings.sidecars,
        )
        if not quiet:
            _show_plan(plan, decisions or file, baseline, applied=apply)
        result = None
        if apply:
            with showing_count("moving", hidden=no_progress or quiet) as progress:
                result = plan.apply(progress)
            _show_result(result, plan, quiet=quiet)
        return exit_code_of(plan, result, some_stay=some_stay)


def _decide_in_place(state: StateFolder, file: Path | None, *, apply: bool, quiet: bool) -> int:
    """Record decisions about pictures that stay where they are, as those in containers do."""
    found = cleaning.record_decisions(state, file, dry_run=not apply)
    if not quiet:
        show_refused_decisions(found.refused)
    parts = [
        count(len(found.kept), "picture") + " to keep",
        count(len(found.left_out), "picture") + " to leave out",
        count(len(found.relabelled), "new label"),
    ]
    for line in plan_lines.new_class_lines(found.new_classes):
        say(line, hidden=quiet)
    if not apply:
        say(f"Would record: {', '.join(parts)}. Nothing was changed. Add --apply to do this.")
    else:
        say(f"Recorded: {', '.join(parts)}.", hidden=quiet)
        size, _ = options_from(state.read_summary())
        split = f"catsclean split {state.arguments} {size} -o FOLDER"
        show_hints((split, "write the usable pictures to new folders"), hidden=quiet)
    return EXIT_FINDINGS if found.refused else EXIT_OK


def _show_plan(
    plan: catsclean.CleaningPlan, file: Path | None, baseline: Path | None, *, applied: bool
) -> None:
    would = "Move" if applied else "Would move"
    for validator, moves in plan.moves.items():
        rows = [(move.path, plan_lines.move_details(move)) for move in moves]
        show_table(f"{would}: {validator} ({count(len(moves), 'file')})", ("File", "Details"), rows)
    if plan.relabels:
        relabel = "Relabel" if applied else "Would relabel"
        title = f"{relabel} ({count(len(plan.relabels), 'file')})"
        if _by_decision_alone(plan):
            rows = [(one.path, plan_lines.relabel_details(one)) for one in plan.relabels]
            show_table(title, ("File", "Details"), rows)
        else:
            places = [
                (one.path, one.target, plan_lines.relabel_details(one)) for one in plan.relabels
            ]
            show_table(title, ("File", "New place", "Details"), places)
    if plan.returns:
        restore = "Restore" if applied else "Would restore"
        rows = [(file, f"moved by run {run}") for file, run in plan.returns.items()]
        show_table(
            f"{restore}: decided to keep ({count(len(rows), 'file')})", ("File", "Details"), rows
        )
    named = "" if file is None else names.shell_word(str(file))
    also = "" if baseline is None else f" --baseline {names.shell_word(str(baseline))}"
    _show_kept_back(plan, named, also, applied=applied)
    if plan.reviewed:
        say(f"Includes {count(plan.reviewed, 'decision')} of the review (catsclean review).")
    show_refused_decisions(plan.refused)
    if any(move.keeper for moves in plan.moves.values() for move in moves):
        show_hints(("catsclean explain exact-duplicate", "which copy of a picture stays"))
    for line in plan_lines.plan_warnings(plan):
        say(line)
    if plan.came_back or plan.old_paths or plan.came_back_beside:
        show_hints((f"catsclean audit {plan.state.arguments}", "audit again"))
    if not applied:
        for line in plan_lines.emptied_lines(
            plan.emptied, plan.emptied_classes, "would be empty and removed"
        ):
            say(line)
        _say_what_would_happen(plan)


def _by_decision_alone(plan: catsclean.CleaningPlan) -> bool:
    """Tell whether labels are corrected in the state folder only: no class folder gives them."""
    return any(one.path == one.target for one in plan.relabels)


def _show_kept_back(plan: catsclean.CleaningPlan, file: str, also: str, *, applied: bool) -> None:
    """Show how many files stay, by validator, and what else could be done about them.

    Args:
        plan: The plan.
        file: The decisions file, as a word of a command; empty if there is none.
        also: Options that a repair needs as well; may be empty.
        applied: The files that leave are moved now, so that a repair does not reach them.
    """
    if not plan.kept_back:
        return
    rows = [(name, f"{number:,}", why) for name, number, why in plan_lines.count_kept_back(plan)]
    title = f"Not moved ({count(len(plan.kept_back), 'file')}, each listed once)"
    show_table(title, ("Validator", "Files", "Why"), rows)
    arguments, hints = plan.state.arguments, plan_lines.hints_to_fix(plan, file)
    # a repair without the file would lose what it decided, and the next audit would ask again
    leaving = {move.path for moves in plan.moves.values() for move in moves} if applied else set()
    if (left := len(plan.repairable - leaving)) and not (hints and file):
        repair = f"try to repair {count(left, 'file')}"
        hints.append((f"catsclean fix {arguments}{also}", repair))
    if any(kept.movable for kept in plan.kept_back):
        move = "move all files that the validator NAME found"
        hints.append((f"catsclean clean {arguments} --unsafe --select NAME", move))
    show_hints(*hints)


def _say_what_would_happen(plan: catsclean.CleaningPlan) -> None:
    todo = plan.count or plan.returns or plan.decided
    counts = plan.counts
    if counts.relabelled:
        say(f"{count(counts.relabelled, 'picture')} would get another label.")
    if plan.returns:
        say(f"{count(len(plan.returns), 'file')} would be restored from quarantine.")
    if counts.kept:
        say(f"{count(counts.kept, 'decision')} to keep would be recorded.")
    place = names.text(stand_ins.shown(plan.state.quarantine))
    say(f"{counts.leaving} would move to {place}. Nothing was changed.")
    arguments = plan.state.arguments
    if todo:
        say(f"Add --apply to do this; catsclean undo {arguments} reverts it.")
    if waiting := len(plan_lines.wait_for_a_person(plan)):
        in_bucket = stand_ins.is_stand_in(plan.state.root)
        show_hints(*hints_to_decide(arguments, waiting, in_bucket=in_bucket))
    elif not todo and not plan.awaits_decisions:
        size, meaning = options_from(plan.state.read_summary())
        show_hints((f"catsclean split {arguments} {size}", meaning))


def _show_result(
    result: cleaning.CleaningResult, plan: catsclean.CleaningPlan, *, quiet: bool
) -> None:
    show_files_left(result, "move")
    if result.returned:
        say(f"{count(len(result.returned), 'file')} restored from quarantine.", hidden=quiet)
    if result.run is None:
        say("Nothing to move.", hidden=quiet or bool(result.returned))
        return
    if not (done := result.counts.in_words()):
        say("0 files moved to quarantine.", hidden=quiet)
        if show_if_denied(result, plan.state, quiet=quiet):
            return
    else:
        say(f"{', '.join(done)} (run {result.run}).", hidden=quiet)
    if not quiet:
        for line in plan_lines.emptied_lines(
            result.emptied, plan.emptied_classes, "left empty and removed"
        ):
            say(line)
    arguments = plan.state.arguments
    hints = [(f"catsclean audit {arguments}", "check the remaining files")]
    if done:
        restore = "restore them" if result.moved else "revert this"
        hints.insert(0, (f"catsclean undo {arguments}", restore))
    if result.relabelled and _by_decision_alone(plan):
        export = f"catsclean labels export corrected.csv {arguments}"
        hints.insert(0, (export, "write the new labels"))
    show_hints(*hints, hidden=quiet)
