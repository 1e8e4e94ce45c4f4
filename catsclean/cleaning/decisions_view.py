"""``decisions.json`` made from the journal: the decisions that stand, for another copy of the data.

A review may be made where a copy of the pictures is, such as on a laptop.  ``catsclean clean``
reads the file wherever the pictures have the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.decisions import KIND, SCHEMA_VERSION, Action, Decision
from catsclean.core import names
from catsclean.core.files import saving
from catsclean.core.state import StateFolder


def save_decisions(state: StateFolder, path: str | os.PathLike[str]) -> int:
    """Write the decisions that stand to a file, those of reviews and those that are recorded.

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
    found = _without_carried_out(standing_decisions(state, journal), journal.decisions())
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
