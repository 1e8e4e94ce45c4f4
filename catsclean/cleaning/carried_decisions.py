"""Decisions follow the files that they are about.

A decision is recorded for a path and its bytes.  If a run gives a file another name or repairs it,
the decision is carried to the new path and digest; an undo carries it back.  It stays the decision
of the run that recorded it, so that undoing that run revokes it, wherever the file is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning import journal as journals
from catsclean.cleaning.journal import (
    Decided,
    Entry,
    Journal,
    MoveOutcome,
    RowChange,
    RunState,
)
from catsclean.core.safe_folder import Folder
from catsclean.errors import StateError

#: Path and sha256 of a file.
Place = tuple[str, str]
_AWAY: Final = frozenset({MoveOutcome.MOVED, MoveOutcome.MISSING})


def carry(kept: Mapping[str, Kept], places: Iterable[tuple[Place, Place]]) -> dict[str, Kept]:
    """Return decisions with those that are about moved files at their new places.

    Repeating the call changes nothing.

    Args:
        kept: The decisions, by path.
        places: (from, to) of each file.
    """
    found = dict(kept)
    moved: dict[str, Kept] = {}
    for (path, sha256), (new_path, new_sha256) in places:
        one = kept.get(path)
        if one is not None and one.sha256 == sha256:
            del found[path]
            moved[new_path] = replace(one, path=new_path, sha256=new_sha256)
    return found | moved


def places_of(journal: Journal, entries: Iterable[Entry]) -> list[tuple[Place, Place]]:
    """Return (from, to) of the pictures that have another name or other bytes after a run.

    Those that the run itself decided about are left out: it records their new places.
    """
    decided = {one.path for one in journal.kept}
    return [
        ((e.path, e.sha256), (e.arrives, e.arrives_sha256))
        for e in entries
        if e.arrives is not None and e.owner is None and e.arrives not in decided
    ]


def carried_by(journal: Journal) -> list[tuple[Place, Place]]:
    """Return (from, to) of the pictures that a run has moved or repaired."""
    return places_of(journal, [e for e in journal.entries if e.done])


def taken_back(kept: Mapping[str, Kept], journal: Journal, quarantine: Folder) -> dict[str, Kept]:
    """Return the decisions without those of a run, except those that were made again since.

    The decisions that stood before hold again, unless their run was undone, too.  A decision stays
    if its file did not come back.

    Args:
        kept: The decisions, by path.
        journal: The run, whose files are back.
        quarantine: The quarantine.
    """
    stuck = {e.arrives for e in journal.entries if e.outcome in _AWAY}
    later = places_after(journal, quarantine)
    places = {one.path: later.get((one.path, one.sha256), (one.path, one.sha256))
              for one in journal.kept}  # fmt: skip
    stays = {places[one.path][0] for one in journal.kept if one.path in stuck}
    held = {path: one for path, one in kept.items() if one.run != journal.run or path in stays}
    if len(held) == len(kept):
        return held
    for one in journal.kept:
        path, sha256 = places[one.path]
        if path not in held and _stands(one, quarantine):
            before = (one.run_before, one.label_before, one.given_before, one.left_out_before)
            held[path] = Kept(path, sha256, *before, one.reason_before)
    return held


def places_after(journal: Journal, quarantine: Folder) -> dict[Place, Place]:
    """Return where the files are now that later runs moved or repaired."""
    wanted = {(one.path, one.sha256) for one in journal.kept}
    wanted |= {(str(row.after["path"]), str(row.after["sha256"])) for row in journal.rows}
    if not wanted:
        return {}
    now = {place: place for place in wanted}
    for run in journals.runs_after(quarantine, journal.run):
        carried = dict(carried_by(Journal.read(quarantine, run)))
        now = {first: carried.get(last, last) for first, last in now.items()}
    return {first: last for first, last in now.items() if first != last}


def row_now(row: RowChange, now: Mapping[Place, Place]) -> RowChange:
    """Return a change of a row that moves nothing for the place where the file is now."""
    place = now.get((str(row.after["path"]), str(row.after["sha256"])))
    if place is None or row.before["path"] != row.after["path"]:
        return row
    at = {"path": place[0], "sha256": place[1]}
    return RowChange({**row.before, **at}, {**row.after, **at})


def _stands(one: Decided, quarantine: Folder) -> bool:
    """Return whether the decision that stood before was not undone since."""
    if not one.run_before:
        return one.alone_before
    try:
        return Journal.read(quarantine, one.run_before).state is not RunState.UNDONE
    except StateError:
        return True  # nobody can have undone a run whose journal cannot be read
