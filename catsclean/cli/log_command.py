"""List all cleans and repairs: what they moved, changed and restored.

It first completes a run that was interrupted.

Examples:
  catsclean log PetImages
  catsclean log PetImages --files

Docs: https://github.com/catsclean/catsclean/blob/main/docs/cleaning.md#the-quarantine
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

import catsclean
from catsclean import cleaning
from catsclean.cli import options
from catsclean.cli.output import find_state, say, show_hints, show_table
from catsclean.core import names, stand_ins
from catsclean.core.text import count
from catsclean.errors import CleaningError, StateError, UsageError
from catsclean.reports import plan_lines

if TYPE_CHECKING:
    from catsclean.core.state import StateFolder

_JSON_VERSION: Final = 1
# a column of text is broken into lines no shorter than this
_LEAST_TEXT: Final = 28
# blanks around each column
_AROUND: Final = 3


def command(
    path: options.OptionalRoot = None,
    run: options.Run = None,
    files: Annotated[
        bool, typer.Option("--files", help="List the files of each run, and why they moved.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
) -> None:
    if path is not None and run is None and cleaning.is_run(str(path)) and not Path(path).exists():
        path, run = None, str(path)
    state = find_state(path, state_dir, follow_links_to, quiet=json_, buckets=True)
    said = ""
    try:
        recovery = cleaning.recover(state)
    except (CleaningError, StateError) as error:
        # the log can be read while another command works
        said = str(error)
    else:
        said = str(recovery or "")
    runs = _chosen(catsclean.cleaning_log(state), run)
    if json_:
        say(_as_json(runs))
        return
    say(said, hidden=not said)
    lost = cleaning.without_record(state)
    for place in lost:
        shown = names.text(stand_ins.shown(place))
        say(f"No journal for the files in {shown}: move them back by hand.")
    if not runs:
        if not lost:
            say(_why_empty(state))
        return
    _show_runs(runs)
    if not files and run is None:
        return
    for one in runs:
        _show_files(one)
    if any(file.outcome == "moved" and not file.target for one in runs for file in one.files):
        show_hints((f"catsclean undo {state.arguments} --file FILE", "restore and keep one file"))


def _why_empty(state: StateFolder) -> str:
    decided = count(number := cleaning.count_decisions(state), "decision is", "decisions are")
    if not (place := state.never_moved()):
        return f"Never cleaned. {decided} recorded." if number else "Never cleaned."
    return (
        f"Nothing was ever moved: the pictures lie in {place}, where catsclean moves"
        f" nothing. {decided} recorded."
    )


def _chosen(runs: Sequence[cleaning.RunSummary], run: str | None) -> Sequence[cleaning.RunSummary]:
    found = [one for one in runs if run in {None, one.run}]
    if run is not None and not found:
        known = ", ".join(one.run for one in runs) or "none"
        raise UsageError(f"no such run. Received: {names.text(run)!r}. Known: {known}.")
    return found


def _show_runs(runs: Sequence[cleaning.RunSummary]) -> None:
    columns = list(plan_lines.RUN_COLUMNS)
    rows = [plan_lines.run_row(one) for one in runs]
    if sys.stdout.isatty():
        # leave out columns of zeros, to make room for the others
        told = [at for at in range(len(columns)) if {row[at] for row in rows} != {"0"}]
        columns, rows = [columns[at] for at in told], [[row[at] for at in told] for row in rows]
        if not _fits(columns, rows, shutil.get_terminal_size().columns):
            rows = [[row[0], _in_words(one), row[-1]] for one, row in zip(runs, rows, strict=True)]
            columns = ["Run", "What was done", "Validators"]
            if not _fits(columns, rows, shutil.get_terminal_size().columns):
                rows = [[run, "\n".join(filter(None, rest))] for run, *rest in rows]
                columns = columns[:2]
    show_table("Runs", columns, rows)
    refused = [(one.run, path, why) for one in runs for path, why in one.refused]
    if refused:
        show_table("Not moved", ("Run", "File", "Why"), refused)


def _fits(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether a table has room: no word is broken, and the last column is not a thin strip."""
    texts = [[name, *(row[at] for row in rows)] for at, name in enumerate(columns)]
    needed = [max(map(len, own)) for own in texts]
    # the last two may be broken between words
    for at in range(max(1, len(columns) - 2), len(columns)):
        words = max(len(word) for text in texts[at] for word in text.split() or [""])
        needed[at] = max(words, min(needed[at], _LEAST_TEXT))
    return sum(needed) + _AROUND * len(columns) <= width


def _in_words(one: cleaning.RunSummary) -> str:
    since = {what: number for what, number in one.outcomes.items() if what != "moved"}
    counts = [*one.counts.by_word(), *since.items()]
    told = ", ".join(f"{number:,} {what}" for what, number in counts if number)
    kind = "" if one.kind.value == "clean" else f"{one.kind.value}, "
    return f"{kind}{one.state.value}: {told}"


def _show_files(one: cleaning.RunSummary) -> None:
    show_table(f"Run {one.run}", ("File", "Outcome", "Why"), plan_lines.logged_files(one))


def _as_json(runs: Sequence[cleaning.RunSummary]) -> str:
    listed: list[dict[str, Any]] = [
        {
            "run": one.run,
            "kind": one.kind.value,
            "state": one.state.value,
            "started": one.started,
            "files": [asdict(file) for file in one.files],
            "kept": list(one.kept_paths),
            "labels": dict(one.labels),
            "reasons": dict(one.reasons),
        }
        for one in runs
    ]
    return json.dumps({"schema_version": _JSON_VERSION, "runs": listed}, indent=1)
