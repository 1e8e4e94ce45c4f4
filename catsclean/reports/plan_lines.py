"""Words about plans and runs of clean, for the command line and for notebooks."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    UndoResult,
)
from catsclean.cleaning.journal import RunKind
from catsclean.cleaning.repairs.repair import all_repairs
from catsclean.cleaning.run_counts import words_of_revoked
from catsclean.cleaning.selection import CANNOT_REPAIR
from catsclean.core.name_calls import NOT_ALLOWED
from catsclean.core.text import count
from catsclean.reports.tally import counted_under
from catsclean.validators.registry import only_repairs

_FOLDERS_SHOWN: Final = 5
RUN_COLUMNS: Final = (
    "Run", "Kind", "State", "Moved", "Repaired", "Relabelled", "Moved along", "Kept", "Restored",
    "Refused", "Missing", "Validators",
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


def may_repair(plan: CleaningPlan | RepairPlan) -> bool:
    """Return whether the files of a plan lie where ``fix`` can change them."""
    return not plan.state.never_changed()


def asked_by(kept: KeptBack, *, can_repair: bool) -> str:
    """Return the validator under which a file that stays is counted, as the review counts it."""
    if not kept.validators:
        return "decision"
    return counted_under(kept.validators, can_repair=can_repair)


def count_kept_back(plan: CleaningPlan | RepairPlan) -> list[tuple[str, int, str]]:
    """Count the files that stay: validator, number and why, sorted."""
    can_repair = may_repair(plan)
    counts = Counter((asked_by(kept, can_repair=can_repair), kept.why) for kept in plan.kept_back)
    return [(name, number, why) for (name, why), number in sorted(counts.items())]


def to_review_or_repair(number: int) -> str:
    """Count the pictures with status review, as a split does: more than wait for a person."""
    verb = "is" if number == 1 else "are"
    return f"{count(number, 'picture')} to review or repair {verb}"


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
            repairable = can_repair and one.why != CANNOT_REPAIR and only_repairs(one.validators)
            (for_fix if repairable else waiting).append(one)
    return waiting, for_fix


def wait_for_a_person(plan: CleaningPlan) -> list[KeptBack]:
    """Return the files that stay until a person decides about them."""
    return part_undecided(plan.kept_back, can_repair=may_repair(plan))[0]


def repairs_by_validator(plan: RepairPlan) -> dict[str, list[Repaired]]:
    """Return the repairs of a plan by the first validator that asked for each."""
    found: dict[str, list[Repaired]] = {}
    for one in plan.repairs:
        found.setdefault(one.validators[0], []).append(one)
    return found


def repairs_used(plan: RepairPlan) -> list[tuple[str, int, str]]:
    """Return the repairs of a plan: name, number of files, and what it does."""
    counts = Counter(name for one in plan.repairs for name in one.how.partition(":")[0].split(", "))
    return [
        (name, counts[name], repair.summary)
        for name, repair in all_repairs().items()
        if counts[name]
    ]


def would_repair(plan: RepairPlan) -> str:
    """Say how many of the files that were tried can be repaired, and at what cost.

    Such as ``14 of 18 files would be repaired (12 without loss, 2 with other pixels)``.
    """
    files = count(plan.count, "file")
    if plan.tried > plan.count:
        files = f"{plan.count:,} of {count(plan.tried, 'file')}"
    return f"{files} would be repaired{_repair_costs(plan)}"


def _repair_costs(plan: RepairPlan) -> str:
    kinds = Counter(one.lossless for one in plan.repairs if one.owner is None)
    parts = [f"{kinds[True]:,} without loss"] * bool(kinds[True])
    parts += [f"{kinds[False]:,} with other pixels"] * bool(kinds[False])
    return f" ({', '.join(parts)})" if parts else ""


def hints_to_fix(plan: CleaningPlan, file: str = "") -> list[tuple[str, str]]:
    """Return the command that repairs what was left to ``fix``, and for how many pictures.

    Args:
        plan: The plan.
        file: The decisions file, as a word of a command.
    """
    if not plan.left_to_fix:
        return []
    command = f"catsclean fix {plan.state.arguments} --decided {file}".rstrip()
    return [(command, f"carry out {count(plan.left_to_fix, 'decision')} for fix")]


def since_audit(
    came_back: Sequence[str], old_paths: Sequence[str], beside: Sequence[str] = ()
) -> str:
    """Say that an undo changed the data set since the last audit; empty if none did.

    Each file is counted once, so that the sum is what the undos said.

    Args:
        came_back: The files that the audit does not know.
        old_paths: Those that it knows under other paths.
        beside: Sidecar files, and what a system left.
    """
    said = []
    if came_back:
        number, it = len(came_back), "it" if len(came_back) == 1 else "them"
        back = f"{count(number, 'file')} came back since the last audit, which does not know {it}"
        said.append(back)
    if old_paths:
        again = count(len(old_paths), "file has its old path", "files have their old paths")
        said.append(f"{again} again{'' if said else ', after an undo since the last audit'}")
    if beside:
        others = count(len(beside), "sidecar or system file")
        said.append(f"{others} came back{', too' if said else ' since the last audit'}")
    return f"{'; '.join(said)}." if said else ""


def plan_warnings(plan: CleaningPlan) -> list[str]:
    """Say what to think of before a plan is carried out."""
    said = since_audit(plan.came_back, plan.old_paths, plan.came_back_beside)
    lines = [said] if said else []
    if plan.takes_most:
        lines.append(
            f"That is {plan.count:,} of {plan.samples:,} files, most of the data set. Check that"
            " this is the right folder, and that its download or checkout is complete."
        )
    lines += new_class_lines(plan.new_classes)
    if missing := open_questions.not_examined(plan.state.read_summary()):
        lines.append(f"The audit is incomplete: {missing}. Files that it did not check stay.")
    return lines


def new_class_lines(new_classes: Mapping[str, str]) -> list[str]:
    """Say which labels make a new class, and which class may have been meant.

    Args:
        new_classes: The closest class of the data set by new label; empty if none is close.
    """
    return [
        f"{label} is a new class: no picture had this label."
        + (f" Did you mean {near}?" if near else "")
        for label, near in new_classes.items()
    ]


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


def is_denied(refused: Sequence[tuple[str, str]]) -> bool:
    """Return whether files were refused, all of them because they may not be written."""
    reasons = tuple(os.strerror(code) for code in NOT_ALLOWED)
    return bool(refused) and all(why.endswith(reasons) for _, why in refused)


def run_row(one: RunSummary) -> list[str]:
    """Return the cells of a run, below :data:`RUN_COLUMNS`."""
    return [
        one.run,
        one.kind.value,
        one.state.value,
        *(f"{number:,}" for _, number in one.counts.by_word()),
        *(f"{one.outcomes.get(what, 0):,}" for what in ("restored", "refused", "missing")),
        ", ".join(f"{name} {number:,}" for name, number in sorted(one.validators.items())),
    ]


def undone(result: UndoResult) -> list[str]:
    """Say what an undo took back, in parts of a sentence; the first one names a repair as such."""
    parts = []
    left = result.refused or result.missing or result.unaccounted
    if result.restored or left or not (result.revoked or result.relabelled):
        parts.append(f"{count(len(result.restored), 'file')} restored")
    if result.folders:
        parts.append(f"{count(len(result.folders), 'folder')} made again")
    parts += words_of_revoked(len(result.relabelled), len(result.revoked))
    if result.kind is not RunKind.CLEAN:
        kind = result.kind.value
        parts[0] = f"{kind[:1].upper()}{kind[1:]} undone: {parts[0]}"
    return parts


def logged_files(one: RunSummary) -> list[tuple[str, str, str]]:
    """Return the files of a run and its decisions: path, outcome and why."""
    moved = {file.target for file in one.files}
    rows = [(file.path, file.outcome, _logged_reason(file)) for file in one.files]
    rows += [
        (path, f"relabelled {label}", _decided("decision", one.reasons.get(path, "")))
        for path, label in one.labels.items()
        if path not in moved
    ]
    return rows + [
        (path, "kept", _decided("decision", one.reasons.get(path, ""))) for path in one.kept_paths
    ]


def _decided(asked_by: str, reason: str) -> str:
    """Say who asked for something, and what the person wrote about it."""
    return f"{asked_by}: {reason}" if reason else asked_by


def _logged_reason(file: LoggedFile) -> str:
    """Say why a file of a run was moved or refused."""
    original = f"copy of {file.keeper}" if file.keeper else ""
    moved = file.target is not None and file.outcome == "moved"
    now = f"now {file.target}" if moved and file.target != file.path else ""
    asked_by = _decided(", ".join(file.validators), file.reason)
    parts = [asked_by, original, file.how, now, file.note]
    return "; ".join(filter(None, parts))
