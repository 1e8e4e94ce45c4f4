"""``decisions.json`` made from the journal: the decisions that stand, for another copy of the data.

A review may be made where a copy of the pictures is, such as on a laptop.  ``catsclean clean``
reads the file wherever the pictures have the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace

from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning import journal as journals
from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.decisions import KIND, SCHEMA_VERSION, Action, Decision
from catsclean.cleaning.journal import Journal, RunKind
from catsclean.cleaning.log import set_aside
from catsclean.cleaning.open_quarantine import has_runs, open_folder
from catsclean.cleaning.selection import DECISION
from catsclean.core import names
from catsclean.core.files import saving
from catsclean.core.state import StateFolder


def save_decisions(state: StateFolder, path: str | os.PathLike[str]) -> int:
    """Write the decisions that stand to a file, those of reviews and those that are recorded.

    What was carried out already is among them, under the paths that the pictures had before.

    Args:
        state: The state folder.
        path: The file; another decisions file is replaced.

    Returns:
        Their number.

    Raises:
        StateError: The decisions are damaged.
        UsageError: The file cannot be written, or would replace another kind of file.
    """
    journal = DecisionJournal(state)
    journal.read()
    found = _made_so_far(state, journal)
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "root": names.encode(state.root.name),
        "decisions": [_entry(found[path]) for path in sorted(found)],
    }
    with saving(path, _is_decisions, (state.root, state.path)) as temporary:
        temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")
    return len(found)


def standing_decisions(state: StateFolder, journal: DecisionJournal) -> dict[str, Decision]:
    """Return the decisions that stand, by path: those of reviews, and those that are recorded.

    Args:
        state: The state folder.
        journal: Its journal, as far as it was read.

    Raises:
        StateError: The recorded decisions are damaged.
    """
    found = {path: _as_decision(kept) for path, kept in read_kept(state).items()}
    return found | journal.decisions()


def _made_so_far(state: StateFolder, journal: DecisionJournal) -> dict[str, Decision]:
    """Return the decisions that stand, also those that were carried out, by the oldest path."""
    recorded, reviewed = read_kept(state), journal.decisions()
    standing = _without_carried_out(standing_decisions(state, journal), reviewed)
    origins = {now: before for before, now in set_aside(state).renamed.items()}
    found, repaired = _carried_out_by_decision(state)
    for path, one in standing.items():
        if path in recorded and path not in reviewed and (path, recorded[path].run) in repaired:
            continue  # the repair recorded it for bytes that another copy does not have
        origin = origins.get(path, path)
        relabelled = path in recorded and bool(recorded[path].label)
        # what a review keeps after a clean gave it another label is kept with that label
        keeps_label = relabelled and one.action is Action.KEEP
        if origin == path or origin not in standing:
            known = _as_decision(recorded[path]) if keeps_label else one
            found[origin] = replace(known, path=origin)
    return found


def _carried_out_by_decision(
    state: StateFolder,
) -> tuple[dict[str, Decision], set[tuple[str, str]]]:
    """Return the decisions whose files are in the quarantine or repaired, by path.

    Returns:
        The decisions; and the present path of each repaired file with the run that repaired it.
    """
    found: dict[str, Decision] = {}
    repaired: set[tuple[str, str]] = set()
    if not has_runs(state):
        return found, repaired
    with open_folder(state.path), open_folder(state.quarantine) as quarantine:
        for run in journals.runs(quarantine):
            journal = Journal.read(quarantine, run)
            for entry in journal.entries:
                if not entry.done or DECISION not in entry.validators:
                    continue
                if entry.arrives is None:
                    action = Action.QUARANTINE
                elif journal.kind is RunKind.REPAIR:
                    action = Action.FIX
                    repaired.add((entry.arrives, run))
                else:
                    continue
                found[entry.path] = Decision(entry.path, action, entry.sha256, entry.reason)
    return found, repaired


def _without_carried_out(
    found: Mapping[str, Decision], reviewed: Mapping[str, Decision]
) -> dict[str, Decision]:
    """Leave out labels at the places where a clean moved the pictures.

    The decision of the review names the old place, where another copy of the data has them.
    """
    given = {(one.sha256, one.label) for one in reviewed.values() if one.label}
    return {
        path: one
        for path, one in found.items()
        if path in reviewed or (one.sha256, one.label) not in given
    }


def _as_decision(kept: Kept) -> Decision:
    action = Action.RELABEL if kept.label else Action.KEEP
    if kept.left_out:
        action = Action.QUARANTINE
    return Decision(kept.path, action, kept.sha256, kept.reason, kept.label)


def _entry(decision: Decision) -> dict[str, str]:
    entry = {"path": decision.path, "action": decision.action.value, "sha256": decision.sha256}
    more = {"label": decision.label, "reason": decision.reason}
    return entry | {name: text for name, text in more.items() if text}


def _is_decisions(head: bytes) -> bool:
    return KIND.encode() in head
