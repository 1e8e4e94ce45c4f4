"""Words about plans and runs of clean, for the command line and for notebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from catsclean.auditing import open_questions
from catsclean.cleaning import (
    CleaningPlan,
    KeptBack,
    LoggedFile,
    Move,
    Relabelled,
    Repaired,
    RepairPlan,
    RunSummary,
)
from catsclean.core.text import count
from catsclean.reports.tally import only_repairs

_FOLDERS_SHOWN: Final = 5
RUN_COLUMNS: Final = (
    "Run", "State", "Moved", "Restored", "Refused", "Missing", "Kept", "Validators",
)  # fmt: skip


def move_details(move: Move) -> str:
    """Say why a file leaves."""
    if move.keeper:
        return f"copy of {move.keeper}"
    if move.owner:
        return f"belongs to {move.owner}"
    also = f"also {', '.join(move.validators[1:])}" if move.validators[1:] else ""
    return "; ".join(filter(None, (move.messages[0] if move.messages else "", also)))


def relabel_details(one: Relabelled) -> str:
    """Say which label a picture gets, or whose file it follows."""
    if one.owner:
        return f"belongs to {one.owner}" if one.asked_by == "sidecar" else f"copy of {one.owner}"
    return f"{one.before or 'no label'} → {one.label}, {one.asked_by}"


def asked_by(kept: KeptBack) -> str:
    """Return the validator that asked first for a file to leave."""
    return (kept.validators or ("decision",))[0]


def count_kept_back(plan: CleaningPlan | RepairPlan) -> list[tuple[str, int, str]]:
    """Count the files that stay: validator, number and why, sorted."""
    counts = Counter((asked_by(kept), kept.why) for kept in plan.kept_back)
    return [(name, number, why) for (name, why), number in sorted(counts.items())]


def part_undecided(
    kept_back: Iterable[KeptBack], *, can_repair: bool
) -> tuple[list[KeptBack], list[KeptBack]]:
    """Return the files that wait for a person, and those that ``fix`` may repair without one.

    Args:
        kept_back: The files that stay.
        can_repair: The files lie where they can be repaired.
    """
    waiting: list[KeptBack] = []
    for_fix: list[KeptBack] = []
    for one in kept_back:
        if one.undecided:
            (for_fix if can_repair and only_repairs(one.validators) else waiting).append(one)
    return waiting, for_fix


def wait_for_fix(plan: CleaningPlan) -> list[KeptBack]:
    """Return the files that stay only until ``fix`` repairs them, unless a person decides."""
    return part_undecided(plan.kept_back, can_repair=not plan.state.never_changed())[1]


def wait_for_a_person(plan: CleaningPlan) -> list[KeptBack]:
    """Return the files that stay until a person decides about them."""
    return part_undecided(plan.kept_back, can_repair=not plan.state.never_changed())[0]


def repairs_by_validator(plan: RepairPlan) -> dict[str, list[Repaired]]:
    """Return the repairs of a plan by the first validator that asked for each."""
    found: dict[str, list[Repaired]] = {}
    for one in plan.repairs:
        found.setdefault(one.validators[0], []).append(one)
    return found


def repair_costs(plan: RepairPlan) -> str:
    """Say what the repairs cost: `` (12 without loss, 3 with other pixels)``."""
    kinds = Counter(one.lossless for one in plan.repairs if one.owner is None)
    parts = [f"{kinds[True]:,} without loss"] * bool(kinds[True])
    parts += [f"{kinds[False]:,} with other pixels"] * bool(kinds[False])
    return f" ({', '.join(parts)})" if parts else ""


def plan_warnings(plan: CleaningPlan) -> list[str]:
    """Say what to think of before a plan is carried out."""
    lines = []
    if plan.takes_most:
        lines.append(
            f"That is {plan.count:,} of {plan.samples:,} files, most of the data set. Check that"
            " this is the right folder, and that its download or checkout is complete."
        )
    if missing := open_questions.not_examined(plan.state.read_summary()):
        lines.append(f"The audit is incomplete: {missing}. Files that it did not check stay.")
    return lines


def emptied_lines(folders: tuple[str, ...], classes: tuple[str, ...], what: str) -> list[str]:
    """Name the folders that a clean empties, and the classes that lose all pictures.

    Args:
        folders: The folders.
        classes: Those that are class folders, among others.
        what: What happens to them, such as ``would be empty and removed``.
    """
    if not folders:
        return []
    shown = ", ".join(folders[:_FOLDERS_SHOWN])
    more = f" and {len(folders) - _FOLDERS_SHOWN:,} more" if len(folders) > _FOLDERS_SHOWN else ""
    lines = [f"{count(len(folders), 'folder')} {what}: {shown}{more}."]
    if empty := [folder for folder in folders if folder in classes]:
        listed = ", ".join(empty[:_FOLDERS_SHOWN])
        more = ", …" if len(empty) > _FOLDERS_SHOWN else ""
        number = count(len(empty), "class has", "classes have")
        lines.append(f"{number} no pictures left: {listed}{more}.")
    return lines


def run_row(one: RunSummary) -> list[str]:
    """Return the cells of a run, below :data:`RUN_COLUMNS`."""
    return [
        one.run,
        one.state.value,
        f"{one.moved:,}",
        f"{one.outcomes.get('restored', 0):,}",
        f"{one.outcomes.get('refused', 0):,}",
        f"{one.outcomes.get('missing', 0):,}",
        f"{one.kept:,}",
        ", ".join(f"{name} {number:,}" for name, number in sorted(one.validators.items())),
    ]


def logged_reason(file: LoggedFile) -> str:
    """Say why a file of a run was moved or refused."""
    original = f"copy of {file.keeper}" if file.keeper else ""
    moved = file.target is not None and file.outcome == "moved"
    now = f"now {file.target}" if moved and file.target != file.path else ""
    parts = [", ".join(file.validators), original, file.how, now, file.note]
    return "; ".join(filter(None, parts))
