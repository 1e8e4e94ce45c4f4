"""What is left to do about an audit: the one count for the terminal, the pages and dry runs.

It says what ``clean --apply`` and ``fix`` would do now, with all that was decided, and which files
wait for a person.  No picture is opened for it, and nothing is planned that would have to be.
"""

from __future__ import annotations

from dataclasses import dataclass

from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.result import Audit
from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.decisions import Decisions
from catsclean.cleaning.log import Aside, set_aside
from catsclean.cleaning.recorded import read_samples
from catsclean.cleaning.repair_choice import files_to_repair
from catsclean.cleaning.reviewed import count_to_clean, kept_by_reviews, read_reviewed
from catsclean.cleaning.selection import DECISION, Selection, Wish
from catsclean.core.model import Status
from catsclean.core.text import count
from catsclean.errors import CleaningError, StateError
from catsclean.reports.plan_lines import part_undecided


@dataclass(frozen=True, slots=True)
class LeftToDo:
    """What is left to do.

    Attributes:
        leaving: Files that a clean sets aside; of pictures in archives, those that splits leave
            out.  The sidecar files that go along are not among them.
        decided: Those of them that a person decided to set aside.
        waiting: Files that stay until a person decides about them.
        for_fix: Files that stay only until ``fix`` repaired them, or a person decides.
        to_repair: Files that ``fix`` tries to repair.
        excluded: Pictures that ``split --exclude-review`` leaves out, and a split has otherwise.
        undone: Number of decisions of reviews that no clean has carried out yet.
        trouble: Why nobody can tell what was decided; empty if one can.
    """

    leaving: frozenset[str]
    decided: frozenset[str]
    waiting: frozenset[str]
    for_fix: frozenset[str]
    to_repair: frozenset[str]
    excluded: frozenset[str]
    undone: int = 0
    trouble: str = ""


def left_to_do(audit: Audit) -> LeftToDo:
    """Count what is left to do, as a dry run of a clean and of a repair do.

    Args:
        audit: The audit; the findings of a baseline are left out of it.
    """
    state, manifest, trouble = audit.state, audit.manifest, ""
    findings, related = audit.findings, {path for f in audit.findings for path in f.related}
    named = {finding.path for finding in findings if finding.path is not None} | related
    kept = read_kept(state)
    try:
        aside = set_aside(state)
    except (StateError, CleaningError):
        aside = Aside({}, {})
    journal = DecisionJournal(state)
    try:
        journal.read()
        named |= journal.decisions().keys()
    except StateError:
        # without the error's message: it names the data set's place, and a page may be shared
        trouble = "Cannot tell what reviews decided. See catsclean clean."
    samples = read_samples(manifest, findings, state, paths=named | kept.keys())
    decided = Decisions({}, ()) if trouble else read_reviewed(journal, samples, aside)
    wish = Wish(select=None, unsafe=False, counts=True)
    chosen = Selection(state, samples, findings, decided, wish, aside, kept)
    moves = [move for found in chosen.moves.values() for move in found]
    can_repair = not state.never_changed(audit.summary)
    waiting, for_fix = part_undecided(chosen.kept.values(), can_repair=can_repair)
    return LeftToDo(
        leaving=frozenset(move.path for move in moves),
        decided=frozenset(move.path for move in moves if DECISION in move.validators),
        waiting=frozenset(one.path for one in waiting),
        for_fix=frozenset(one.path for one in for_fix),
        to_repair=files_to_repair(state, manifest, findings, decided, aside),
        excluded=_to_review(audit) - (frozenset() if trouble else kept_by_reviews(state, manifest)),
        undone=count_to_clean(decided, kept, aside),
        trouble=trouble,
    )


def _to_review(audit: Audit) -> frozenset[str]:
    """Return the pictures with status ``review`` that have a label, if others have one."""
    known = audit.manifest.lists(["path", "status", "label"])
    labelled = any(known["label"])
    return frozenset(
        path
        for path, status, label in zip(*known.values(), strict=True)
        if status == Status.REVIEW.value and (label or not labelled)
    )


def summed_up(audit: Audit, left: LeftToDo) -> str:
    """Return how many files can be moved, and how many are to review; empty if there are none."""
    leaving, waiting = len(left.leaving), len(left.waiting)
    if not leaving and not waiting and not left.for_fix:
        return ""
    review = f"{waiting:,} to review"
    if audit.dataset.never_moved:
        unusable = audit.manifest.packed["status"].to_pylist().count(Status.DROP)
        asked = count(waiting, "is", "are")
        return f"A split leaves {count(unusable, 'file')} out; {asked} to review."
    if number := len(left.decided):
        decided = "by a decision" if number == 1 else "by decisions"
        return f"{count(leaving, 'file')} can be moved, {number:,} of them {decided}, {review}."
    return f"{count(leaving, 'file')} can be moved safely, {review}."


def what_would_move(left: LeftToDo) -> str:
    """Say what a dry run of a clean shows: ``preview 30 moves, 2 of them decided``."""
    leaving, decided = len(left.leaving), len(left.decided)
    if not leaving:
        return f"preview what {count(left.undone, 'decision')} would do" if left.undone else ""
    if decided:
        return f"preview {count(leaving, 'move')}, {decided:,} of them decided"
    return f"preview {count(leaving, 'safe move')}"
