"""Carry a plan out, complete what a crash cut short, bring everything back."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from catsclean.cleaning import journal as journals
from catsclean.cleaning.journal import Entry, Journal, Outcome, RunState, StatusChange
from catsclean.cleaning.moving import BATCH, Job, Route, move_files
from catsclean.cleaning.opening import has_runs, is_there, open_quarantine, state_of
from catsclean.cleaning.results import CleaningResult, Recovery, UndoResult, refusals
from catsclean.cleaning.statuses import change_statuses, pending_changes
from catsclean.errors import UsageError
from catsclean.folders import NotAsRecordedError
from catsclean.reading import names

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from catsclean.folders import Folder
    from catsclean.state import StateFolder

    Progress = Callable[[int, int], None]


def carry_out(
    state: StateFolder,
    entries: Sequence[Entry],
    statuses: Sequence[StatusChange],
    progress: Progress | None = None,
) -> CleaningResult:
    """Set files aside: journal first, then the moves, then the manifest.

    Files that are no longer where they were are refused and are no part of the run, nor are rows
    of the manifest that do not change; where nothing is left to do, there is no run.

    Raises:
        CleaningError: The disk is full or failing; the run can be resumed or undone.
        StateError: Another command works on this data set.
    """
    with open_quarantine(state) as (data, quarantine):
        recovery = _recover(state, data, quarantine)
        gone = _gone(entries, data, quarantine)
        # copies: the plan's own stay as they were, so that it can be applied again
        present = [
            replace(e, outcome=Outcome.PLANNED, note="") for e in entries if e.path not in gone
        ]
        pending = pending_changes(state, [c for c in statuses if c.path not in gone])
        if not present and not pending:
            return CleaningResult(None, (), tuple(gone.items()), recovery)
        run = journals.new_run(quarantine)
        journal = Journal(run, names.encode(state.root.name))
        journal.entries = present
        journal.statuses = pending
        journal.write(quarantine)
        _forward(state, journal, data, quarantine, progress)
    return CleaningResult(
        run,
        tuple(e.path for e in journal.entries if e.outcome is Outcome.MOVED),
        (*gone.items(), *refusals(journal, Outcome.REFUSED)),
        recovery,
    )


def recover(
    root: str | os.PathLike[str] | StateFolder, state_dir: str | os.PathLike[str] | None = None
) -> Recovery | None:
    """Complete the clean or undo that a crash cut short, if there is one.

    Raises:
        CleaningError: It cannot be completed now; nothing is lost.
        StateError: Another command works on this data set, or a journal cannot be trusted.
    """
    state = state_of(root, state_dir)
    if not has_runs(state):
        return None
    with open_quarantine(state) as (data, quarantine):
        return _recover(state, data, quarantine)


def undo(
    root: str | os.PathLike[str] | StateFolder,
    run: str | None = None,
    *,
    state_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> UndoResult:
    """Bring the files of a clean back to where they were.

    Args:
        root: The data set.
        run: Name of the run; without it the last one that has something to restore.
        state_dir: The state folder, where it is not beside the data set.
        progress: Called with the number of files done and their total.

    Raises:
        UsageError: There is no such run, or nothing to undo.
        CleaningError: The disk is full or failing; the same command continues.
        StateError: Another command works on this data set.
    """
    state = state_of(root, state_dir)
    if not has_runs(state):
        raise UsageError(f"nothing to undo: {names.text(state.root.name)!r} was never cleaned.")
    with open_quarantine(state) as (data, quarantine):
        unfinished = _unfinished(quarantine)
        if unfinished is not None and run not in {None, unfinished.run}:
            _recover(state, data, quarantine)
            unfinished = None
        journal = unfinished or _choose(quarantine, run)
        journal.state = RunState.UNDOING
        journal.write(quarantine)
        _back(state, journal, data, quarantine, progress)
    return UndoResult(
        journal.run,
        tuple(e.path for e in journal.entries if e.outcome is Outcome.RESTORED),
        refusals(journal, Outcome.MOVED),
    )


def _gone(entries: Sequence[Entry], data: Folder, quarantine: Folder) -> dict[str, str]:
    """Give path and reason of the files that are no longer there; a run before may have them."""
    gone = [e.path for e in entries if not is_there(data, names.decode(e.path))]
    if not gone:
        return {}
    by_run = {
        entry.path: run
        for run in journals.runs(quarantine)
        for entry in Journal.read(quarantine, run).entries
        if entry.outcome is Outcome.MOVED
    }
    return {
        path: f"is gone: set aside already, by run {by_run[path]}" if path in by_run else "is gone"
        for path in gone
    }


def _recover(state: StateFolder, data: Folder, quarantine: Folder) -> Recovery | None:
    """Complete the unfinished run; there can be one only, as every command begins with this."""
    _discard_leftovers(state, quarantine)
    journal = _unfinished(quarantine)
    if journal is None:
        return None
    was = journal.state
    if was is RunState.MOVING:
        _forward(state, journal, data, quarantine, None)
        done, left = Outcome.MOVED, Outcome.REFUSED
    else:
        _back(state, journal, data, quarantine, None)
        done, left = Outcome.RESTORED, Outcome.MOVED
    count = sum(e.outcome is done for e in journal.entries)
    return Recovery(journal.run, was, count, refusals(journal, left))


def _unfinished(quarantine: Folder) -> Journal | None:
    for run in reversed(journals.runs(quarantine)):
        journal = Journal.read(quarantine, run)
        if journal.unfinished:
            return journal
    return None


def _discard_leftovers(state: StateFolder, quarantine: Folder) -> None:
    """Remove what a dead writer left: temporary manifests, stillborn runs; the lock is held."""
    for path in state.path.glob(".manifest.*.tmp"):
        path.unlink(missing_ok=True)
    journals.discard_stillborn(quarantine)


def _forward(
    state: StateFolder,
    journal: Journal,
    data: Folder,
    quarantine: Folder,
    progress: Progress | None,
) -> None:
    keepers = _KeeperCheck(journal.entries, data)
    inside = f"{journal.run}/files/"
    for number, batch in _batches([e for e in journal.entries if e.outcome is Outcome.PLANNED]):
        jobs = [
            Job(path := names.decode(e.path), inside + path, e.sha256, e.size_bytes) for e in batch
        ]
        for entry, reason in zip(
            batch, move_files(jobs, Route(data, quarantine, data), before=keepers), strict=True
        ):
            entry.outcome = Outcome.REFUSED if reason else Outcome.MOVED
            entry.note = reason
        if progress is not None:
            progress(number + len(batch), len(journal.entries))
    gone = {e.path for e in journal.entries if e.outcome is Outcome.REFUSED}
    journal.statuses = [change for change in journal.statuses if change.path not in gone]
    change_statuses(state, [(c.path, c.sha256, c.before, c.after) for c in journal.statuses])
    journal.state = RunState.DONE
    journal.write(quarantine)


class _KeeperCheck:
    """Before a copy leaves, look that the one that stays is in place with its recorded bytes."""

    def __init__(self, entries: list[Entry], data: Folder) -> None:
        self._keepers = {
            names.decode(e.path): (e.keeper, e.keeper_sha256)
            for e in entries
            if e.keeper is not None and e.keeper_sha256 is not None
        }
        self._data = data
        self._verdicts: dict[str, str] = {}

    def __call__(self, job: Job) -> None:
        if job.source not in self._keepers:
            return
        keeper, digest = self._keepers[job.source]
        if keeper not in self._verdicts:
            self._verdicts[keeper] = ""
            try:
                self._data.check(names.decode(keeper), digest)
            except NotAsRecordedError as error:
                self._verdicts[keeper] = f"stays, since the copy to keep, {keeper}, {error}"
        if self._verdicts[keeper]:
            raise NotAsRecordedError(self._verdicts[keeper])


def _back(
    state: StateFolder,
    journal: Journal,
    data: Folder,
    quarantine: Folder,
    progress: Progress | None,
) -> None:
    inside = f"{journal.run}/files/"
    # PLANNED: the clean was cut short; such a file may be on either side, or on both
    waiting = [e for e in journal.entries if e.outcome in {Outcome.PLANNED, Outcome.MOVED}]
    for number, batch in _batches(waiting):
        jobs = [
            Job(inside + (path := names.decode(e.path)), path, e.sha256, e.size_bytes)
            for e in batch
        ]
        for entry, reason in zip(
            batch, move_files(jobs, Route(quarantine, data, data)), strict=True
        ):
            if not reason:
                entry.outcome, entry.note = Outcome.RESTORED, ""
            elif quarantine.lstat(inside + names.decode(entry.path)) is not None:
                entry.outcome, entry.note = Outcome.MOVED, reason
            else:
                entry.outcome, entry.note = Outcome.REFUSED, reason
        if progress is not None:
            progress(number + len(batch), len(waiting))
    left = {e.path for e in journal.entries if e.outcome is Outcome.MOVED}
    change_statuses(
        state,
        [(c.path, c.sha256, c.after, c.before) for c in journal.statuses if c.path not in left],
    )
    _prune(quarantine, journal)
    journal.state = RunState.DONE if left else RunState.UNDONE
    journal.write(quarantine)


def _prune(quarantine: Folder, journal: Journal) -> None:
    """Remove the empty folders of a run; one that still holds something stays, rmdir sees to it."""
    folders = set()
    for entry in journal.entries:
        above = names.decode(entry.path).rpartition("/")[0]
        while above:
            folders.add(above)
            above = above.rpartition("/")[0]
    for folder in sorted(folders, key=len, reverse=True):
        with contextlib.suppress(OSError):
            quarantine.rmdir(f"{journal.run}/files/{folder}")


def _choose(quarantine: Folder, run: str | None) -> Journal:
    known = journals.runs(quarantine)
    if run is not None:
        if run not in known:
            listed = ", ".join(known) or "none"
            raise UsageError(f"no such run. Received: {names.text(run)!r}. Known: {listed}.")
        journal = Journal.read(quarantine, run)
        if not _undoable(journal):
            raise UsageError(f"nothing to undo: the files of run {run} are back already.")
        return journal
    undoable = []
    for name in reversed(known):
        journal = Journal.read(quarantine, name)
        if _undoable(journal):
            if _holds_something(journal, quarantine):
                return journal
            undoable.append(journal)
    if undoable:
        return undoable[0]  # whose files are gone from the quarantine: undo says so of each
    raise UsageError("nothing to undo: every file is back in its place.")


def _undoable(journal: Journal) -> bool:
    return journal.unfinished or (
        journal.state is RunState.DONE
        and (
            any(e.outcome is Outcome.MOVED for e in journal.entries)
            or (bool(journal.statuses) and not journal.entries)
        )
    )


def _holds_something(journal: Journal, quarantine: Folder) -> bool:
    """Tell whether an undo would bring anything back: a file, or what the manifest said."""
    moved = [e for e in journal.entries if e.outcome in {Outcome.PLANNED, Outcome.MOVED}]
    return not moved or any(
        is_there(quarantine, f"{journal.run}/files/{names.decode(e.path)}") for e in moved
    )


def _batches(entries: list[Entry]) -> Iterator[tuple[int, list[Entry]]]:
    for start in range(0, len(entries), BATCH):
        yield start, entries[start : start + BATCH]
