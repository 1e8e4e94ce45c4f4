"""Results of clean, fix and undo in a notebook, and the log of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from catsclean.cleaning import CleaningLog, CleaningResult, RunSummary, UndoResult
from catsclean.core.text import count
from catsclean.reports.notebook.view_parts import Calls, CellView, Grid, Sentences, ViewPart
from catsclean.reports.plan_lines import RUN_COLUMNS, logged_files, run_row, undone

_NUMBERS: Final = frozenset(RUN_COLUMNS[3:-1])
_LOG: Final = ("catsclean.cleaning_log(plan.state)", "all runs")


def view(value: CleaningResult | UndoResult | RunSummary | CleaningLog) -> CellView:
    """Show what was done."""
    if isinstance(value, CleaningResult):
        return _cleaned(value)
    if isinstance(value, UndoResult):
        return _undone(value)
    if isinstance(value, RunSummary):
        return _run(value)
    if not value:
        return CellView("", ["never cleaned"])
    rows = [run_row(one) for one in value]
    refused = [(one.run, path, why) for one in value for path, why in one.refused]
    parts: list[ViewPart] = [Grid(RUN_COLUMNS, rows, "Runs, oldest first", _NUMBERS, "runs")]
    parts += _listed(("Run", "File", "Why"), refused, "Not moved")
    parts.append(Calls([("catsclean.undo(FOLDER, RUN)", "take one back")]))
    moved = sum(one.moved for one in value)
    facts = [count(len(value), "run"), f"{count(moved, 'file')} moved to quarantine"]
    return CellView("", facts, parts)


def _cleaned(result: CleaningResult) -> CellView:
    relabelled = [one for one in result.changed if _folder(one[0]) != _folder(one[1])]
    repaired = [one for one in result.changed if _folder(one[0]) == _folder(one[1])]
    facts = result.counts.in_words()
    if result.returned:
        facts.append(f"{count(len(result.returned), 'file')} restored")
    said = [] if result.recovery is None else [str(result.recovery)]
    if result.emptied:
        said.append(f"{count(len(result.emptied), 'folder')} removed because they were empty.")
    parts: list[ViewPart] = [Sentences(said), *_unaccounted(result.unaccounted)]
    parts += _listed(("file", "why"), result.refused, "Left alone")
    parts += _listed(("file", "now"), relabelled, "Moved to another class", folded=True)
    parts += _listed(("file", "now"), repaired, "Changed in place", folded=True)
    moved = [(path,) for path in result.moved]
    parts += _listed(("file",), moved, "Moved to quarantine", folded=True)
    if result.run is not None:
        undo = f'catsclean.undo(plan.state, "{result.run}")'
        parts.append(Calls([(undo, "take it back"), _LOG]))
    return CellView(
        "" if result.run is None else f"run {result.run}", facts or ["nothing to do"], parts
    )


def _folder(path: str) -> str:
    """Return the folder of a file: a new label moves it to another one, a repair does not."""
    return path.rpartition("/")[0]


def _undone(result: UndoResult) -> CellView:
    said = [
        f"Run {run} still has {count(len(files), 'file')} to restore."
        for run, files in result.others
    ]
    parts: list[ViewPart] = [*_unaccounted(result.unaccounted)]
    parts += _listed(("file", "why"), result.refused, "Not restored")
    parts += _listed(("file", "why"), result.missing, "Missing")
    changed = "Changed since the repair, so set aside"
    parts += _listed(("file", "in the quarantine"), result.changed, changed)
    restored = [(path,) for path in result.restored]
    parts += _listed(("file",), restored, "Restored", folded=True)
    parts.append(Sentences(said))
    return CellView(f"undo of {result.kind.value} {result.run}", undone(result), parts)


def _run(one: RunSummary) -> CellView:
    cells = dict(zip(RUN_COLUMNS, run_row(one), strict=True))
    counted = [name for name in RUN_COLUMNS if name in _NUMBERS and cells[name] != "0"]
    facts = [cells["State"], *(f"{cells[name]} {name.lower()}" for name in counted)]
    files = _listed(("file", "outcome", "why"), logged_files(one), "Files")
    return CellView(f"{one.kind.value} {one.run}", facts, files)


def _unaccounted(number: int) -> list[ViewPart]:
    missing = count(number, "planned file is missing", "planned files are missing")
    return [Sentences([f"{missing}."], strong=True)] if number else []


def _listed(
    columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str, *, folded: bool = False
) -> list[ViewPart]:
    if not rows:
        return []
    return [Grid(columns, rows, f"{caption} ({len(rows):,})", noun="files", folded=folded)]
