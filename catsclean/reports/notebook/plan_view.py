"""Plans of clean and fix in a notebook: what would change, what stays, and how to go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from catsclean.cleaning import CleaningPlan, KeptBack, RepairPlan
from catsclean.core import names
from catsclean.core.links import Reach
from catsclean.core.text import count, human_bytes
from catsclean.reports.notebook.album import Album, in_turn
from catsclean.reports.notebook.view_parts import (
    Calls,
    Cards,
    CellView,
    Grid,
    PictureCard,
    Sentences,
    ViewPart,
)
from catsclean.reports.plan_lines import (
    asked_by,
    count_kept_back,
    emptied_lines,
    may_repair,
    move_details,
    plan_warnings,
    relabel_details,
    repairs_by_validator,
    since_audit,
    would_repair,
)

_CHANGING: Final = 16
_STAYING: Final = 8
_NUMBERS: Final = frozenset({"files"})
_UNDO: Final = "catsclean.undo(plan.state)"


def view(plan: CleaningPlan | RepairPlan) -> CellView:
    """Show a plan."""
    name = names.encode(plan.state.root.name)
    if isinstance(plan, RepairPlan):
        would = would_repair(plan)
        parts = _repairs(plan)
    else:
        would = _would(plan)
        parts = _moves(plan)
        if plan.left_to_fix:
            those = count(plan.left_to_fix, "decision is", "decisions are")
            call = "catsclean.plan_repairs(plan.state, decided=True)"
            parts.insert(-1, Calls([(call, f"{those} for this repair")]))
    facts = [would, f"{count(len(plan.kept_back), 'file stays', 'files stay')}"]
    return CellView(name, [*facts, "nothing was changed"], parts)


def _would(plan: CleaningPlan) -> str:
    parts = [f"{count(plan.count, 'file')} would move to quarantine"]
    if given := plan.counts.relabelled:
        parts.append(f"{count(given, 'picture')} would get another label")
    if plan.returns:
        parts.append(f"{count(len(plan.returns), 'file')} would be restored")
    return ", ".join(parts)


def _moves(plan: CleaningPlan) -> list[ViewPart]:
    rows: list[tuple[object, ...]] = [
        (name, "move", len(moves), human_bytes(sum(move.size_bytes for move in moves)))
        for name, moves in plan.moves.items()
    ]
    relabelled: dict[str, int] = {}
    for one in plan.relabels:
        relabelled[one.asked_by] = relabelled.get(one.asked_by, 0) + 1
    rows += [(name, "relabel", number, "") for name, number in relabelled.items()]
    if plan.returns:
        rows.append(("decision", "restore", len(plan.returns), ""))
    emptied = emptied_lines(plan.emptied, plan.emptied_classes, "would be empty and removed")
    groups = [
        [(move.path, name, move_details(move)) for move in moves if move.owner is None]
        for name, moves in plan.moves.items()
    ]
    groups.append(
        [(one.path, f"→ {one.label}", relabel_details(one)) for one in plan.relabels
         if one.owner is None]
    )  # fmt: skip
    reach = plan.state.reach()
    parts: list[ViewPart] = [Sentences(plan_warnings(plan), strong=True)]
    if rows:
        columns = ("validator", "would", "files", "size")
        parts.append(Grid(columns, rows, "What would change", _NUMBERS, "validators"))
    parts += [Sentences(emptied), Cards(_cards(reach, groups))]
    parts += _staying(plan, reach)
    if plan.refused:
        parts.append(_refused(plan))
    todo = plan.count or plan.returns or plan.decided
    return [*parts, _calls(f"{'move' if plan.count else 'do'} all this", todo=bool(todo))]


def _repairs(plan: RepairPlan) -> list[ViewPart]:
    groups = repairs_by_validator(plan)
    rows = [
        (name, ", ".join(sorted({repair for one in own for repair in one.repairs})), len(own))
        for name, own in groups.items()
    ]
    reach = plan.state.reach()
    since = since_audit(plan.came_back, plan.old_paths, plan.came_back_beside)
    parts: list[ViewPart] = [Sentences([since], strong=True)]
    if rows:
        columns = ("validator", "repairs", "files")
        parts.append(Grid(columns, rows, "What would be repaired", _NUMBERS, "validators"))
    pictures = [
        [(one.path, name, f"{_renamed(one.path, one.target)}{one.how}")
         for one in own if one.owner is None]
        for name, own in groups.items()
    ]  # fmt: skip
    parts.append(Cards(_cards(reach, pictures)))
    parts += _staying(plan, reach)
    if plan.refused:
        parts.append(_refused(plan))
    return [*parts, _calls("repair them; the originals go to quarantine", todo=bool(plan.count))]


def _refused(plan: CleaningPlan | RepairPlan) -> Grid:
    title = f"Decisions refused ({len(plan.refused):,})"
    return Grid(("decision", "why"), plan.refused, title, noun="decisions", most=20)


def _renamed(path: str, target: str) -> str:
    return "" if path == target else f"{target.rpartition('/')[2]}; "


def _cards(
    reach: Reach, groups: Iterable[list[tuple[str, str, str]]], most: int = _CHANGING
) -> list[PictureCard]:
    album, cards, shown = Album(most), [], set()
    for path, heading, note in in_turn(groups):
        if path not in shown and (made := album.make(reach, path)):
            shown.add(path)
            cards.append(PictureCard(path, heading, note, made))
    return cards


def _staying(plan: CleaningPlan | RepairPlan, reach: Reach) -> list[ViewPart]:
    if not plan.kept_back:
        return []
    columns = ("validator", "files", "why")
    title = "What stays, and why (each file once)"
    table = Grid(columns, count_kept_back(plan), title, _NUMBERS, "reasons")
    can_repair = may_repair(plan)
    by: dict[str, list[KeptBack]] = {}
    for kept in plan.kept_back:
        by.setdefault(asked_by(kept, can_repair=can_repair), []).append(kept)
    groups = [[(kept.path, name, kept.why) for kept in own] for name, own in by.items()]
    return [table, Cards(_cards(reach, groups, _STAYING))]


def _calls(meaning: str, *, todo: bool) -> Calls:
    every = ("plan.to_pandas()", "every file, and why")
    if not todo:
        return Calls([every])
    return Calls([("plan.apply()", meaning), (_UNDO, "take it back afterwards"), every])
