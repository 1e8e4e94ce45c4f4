"""Repair files: wrong extensions, orientation, odd formats, trailing data.

Without --apply it only shows what would change. The originals go to quarantine, where undo can
restore them.

Examples:
  catsclean fix PetImages
  catsclean fix PetImages --select wrong-extension --apply
  catsclean fix PetImages --for keras --lossless --apply
  catsclean fix PetImages --strip gps --apply
  catsclean fix PetImages --decided decisions.json --apply

Docs: https://github.com/catsclean/catsclean/blob/main/docs/repair.md
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

import catsclean
from catsclean import cleaning
from catsclean.cli import options
from catsclean.cli.carrying_out import (
    exit_code_of,
    part_arguments,
    show_files_left,
    show_if_denied,
    show_refused_decisions,
)
from catsclean.cli.interrupted import complete_interrupted, telling_what_changed
from catsclean.cli.output import find_state, say, show_hints, show_table, showing_count
from catsclean.core import model, names
from catsclean.core.text import count
from catsclean.reports import plan_lines
from catsclean.validators import registry

_REPAIRS: Final = "What to repair"


def command(
    path: options.OptionalRoot = None,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="DECISIONS",
            help="decisions.json from a review or the report: repair only what it leaves to fix.",
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Repair the files.", rich_help_panel=_REPAIRS)
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="NAME",
            autocompletion=options.complete_names,
            help="Repair only findings of these validators or families, separated by commas.",
            rich_help_panel=_REPAIRS,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="NAME",
            autocompletion=options.complete_names,
            help="Validators or families to leave out, separated by commas.",
            rich_help_panel=_REPAIRS,
        ),
    ] = None,
    loader: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="PROGRAM",
            help="Make pictures readable for tensorflow, keras or torch.",
            rich_help_panel=_REPAIRS,
        ),
    ] = "tensorflow",
    strip: Annotated[
        str | None,
        typer.Option(
            "--strip",
            metavar="WHAT",
            help="Also remove all metadata (metadata) or only the position (gps), if the format"
            " allows it; the others are listed.",
            rich_help_panel=_REPAIRS,
        ),
    ] = None,
    lossless: Annotated[
        bool,
        typer.Option(
            "--lossless",
            help="Make only repairs that leave every pixel as it is.",
            rich_help_panel=_REPAIRS,
        ),
    ] = False,
    salvage: Annotated[
        int,
        typer.Option(
            "--salvage",
            metavar="N",
            help="Crop cut pictures to the rows that exist, if at least N percent do.",
            rich_help_panel=_REPAIRS,
        ),
    ] = 0,
    decided: Annotated[
        bool,
        typer.Option(
            "--decided",
            help="Repair only the pictures for which a review decided that (key F), and those that"
            " DECISIONS leaves to fix.",
            rich_help_panel=_REPAIRS,
        ),
    ] = False,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="Same as DECISIONS.",
            rich_help_panel=_REPAIRS,
        ),
    ] = None,
    baseline: options.Baseline = None,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    path, file = part_arguments(path, file)
    state = find_state(path, state_dir, follow_links_to, quiet=quiet, buckets=True)
    with telling_what_changed(state):
        some_stay = complete_interrupted(state, needed=apply)
        settings = options.settings_of(root=state.root)
        with showing_count("trying repairs", hidden=no_progress or quiet) as progress:
            plan = catsclean.plan_repairs(
                state,
                options.names_of(select),
                ignore=options.names_of(ignore),
                strip=cast("Any", strip),  # plan_repairs() refuses other words
                loader=cast("Any", loader),
                lossless=lossless,
                salvage=salvage,
                decisions=decisions or file,
                decided=decided,
                baseline=baseline or settings.baseline,
                sidecars=settings.sidecars,
                progress=progress,
            )
        if not quiet:
            _show_plan(plan, applied=apply)
        result = None
        if apply:
            with showing_count("repairing", hidden=no_progress or quiet) as progress:
                result = plan.apply(progress)
            _show_result(result, plan, quiet=quiet)
        return exit_code_of(plan, result, some_stay=some_stay)


def _show_plan(plan: catsclean.RepairPlan, *, applied: bool) -> None:
    would = "Repair" if applied else "Would repair"
    for name, own in plan_lines.repairs_by_validator(plan).items():
        rows = [(one.path, "" if one.target == one.path else one.target, one.how) for one in own]
        show_table(f"{would}: {name} ({len(own):,})", ("File", "New name", "How"), rows)
    if used := plan_lines.repairs_used(plan):
        rows = [(name, f"{number:,}", what) for name, number, what in used]
        show_table("Repairs", ("Repair", "Files", "What it does"), rows)
    if plan.kept_back:
        listed = [(kept.path, kept.why) for kept in plan.kept_back]
        show_table(f"Not repaired ({len(listed):,})", ("File", "Why"), listed)
    show_refused_decisions(plan.refused)
    arguments = plan.state.arguments
    if said := plan_lines.since_audit(plan.came_back, plan.old_paths, plan.came_back_beside):
        say(said)
        show_hints((f"catsclean audit {arguments}", "audit again"))
    if applied:
        return
    say(f"{plan_lines.would_repair(plan)}. Nothing was changed.")
    if plan.count:
        say(f"Add --apply to do this; catsclean undo {arguments} reverts it.")
    from catsclean.cleaning.names_as_labels import NAMED_IN_TABLE  # the package loads much

    if any(kept.why == NAMED_IN_TABLE for kept in plan.kept_back):
        say(
            "A file that a table of labels names keeps its name. Fix before you make the table:"
            " audit with --labels folders, fix, and export the labels again. Or correct the names"
            " of the files and in the table by hand."
        )
    if any(map(_leaves_by_clean, plan.kept_back)):
        show_hints((f"catsclean clean {arguments}", "set aside what cannot be repaired"))


def _leaves_by_clean(kept: cleaning.KeptBack) -> bool:
    """Tell whether a clean sets aside a cut picture, which it does without a decision."""
    safe = any(registry.validator_of(name).fix is model.Fix.SAFE for name in kept.validators)
    return safe and "rows of the picture are missing" in kept.why


def _show_result(
    result: cleaning.CleaningResult, plan: catsclean.RepairPlan, *, quiet: bool
) -> None:
    show_files_left(result, "repair")
    if result.run is None:
        say("Nothing to repair.", hidden=quiet)
        return
    known = {one.path: one for one in plan.repairs if one.owner is None}
    done = [known[path] for path, _ in result.changed if path in known]
    if not (repaired := result.counts.in_words()):
        say("0 files repaired.", hidden=quiet)
        show_if_denied(result, plan.state, quiet=quiet)
        return
    say(f"{', '.join(repaired)} (run {result.run}).", hidden=quiet)
    if replaced := sum(bool(one.made_sha256) for one in done):
        place = names.text(str(plan.state.quarantine))
        say(f"{count(replaced, 'original is', 'originals are')} in {place}.", hidden=quiet)
    arguments = plan.state.arguments
    if result.changed:
        show_hints(
            (f"catsclean undo {arguments}", "restore the originals"),
            (f"catsclean audit {arguments}", "check the repaired files"),
            hidden=quiet,
        )
