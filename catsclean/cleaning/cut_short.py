"""Tell how far a run came that Ctrl-C cut short, and whether any run changed something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from catsclean.cleaning import journal as journals
from catsclean.cleaning.journal import Journal, MoveOutcome, RunState
from catsclean.cleaning.open_quarantine import has_runs, is_there, open_data, open_folder
from catsclean.core.leftovers import JOURNAL
from catsclean.core.state import StateFolder


@dataclass(frozen=True, slots=True)
class CutShort:
    """A run that was cut short.

    Attributes:
        run: Its name.
        was: The step under way: ``moving``, ``undoing`` or ``returning``.
        done: Number of files that were moved, or are back.
        total: Number of files that were to move, or to come back.
    """

    run: str
    was: RunState
    done: int
    total: int

    @classmethod
    def find(cls, state: StateFolder) -> Self | None:
        """Find the run that is not complete; None if there is none.

        Raises:
            StateError: The quarantine cannot be read, or a journal cannot be trusted.
        """
        if not has_runs(state):
            return None
        with open_data(state) as data, open_folder(state.quarantine) as quarantine:
            for run in reversed(journals.runs(quarantine)):
                journal = Journal.read(quarantine, run)
                if not journal.unfinished:
                    continue
                moving = journal.state is RunState.MOVING
                some = {MoveOutcome.RETURNING} if journal.state is RunState.RETURNING else None
                wanted = [
                    entry
                    for entry in journal.entries
                    if entry.outcome is not MoveOutcome.REFUSED
                    and (some is None or entry.outcome in some)
                ]
                away = sum(
                    is_there(quarantine if e.target is None else data, e.place(run)) for e in wanted
                )
                done = away if moving else len(wanted) - away
                return cls(run, journal.state, done, len(wanted))
        return None


def journals_now(state: StateFolder) -> frozenset[tuple[str, int]]:
    """Return all runs with the time of their journals: another one after any change.

    Raises:
        StateError: The quarantine cannot be read.
    """
    if not has_runs(state):
        return frozenset()
    with open_folder(state.quarantine) as quarantine:
        found = []
        for run in journals.runs(quarantine):
            status = quarantine.lstat(f"{run}/{JOURNAL}")
            found.append((run, -1 if status is None else status.st_mtime_ns))
        return frozenset(found)
