"""Carry out a run or revert it; both can be resumed after a crash."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence

from catsclean.auditing.kept_view import change_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning.carried_decisions import (
    carried_by,
    carry,
    places_after,
    places_of,
    row_now,
    taken_back,
)
from catsclean.cleaning.emptied import make_returning, remove_emptied, settle_returned
from catsclean.cleaning.journal import FILES, Entry, Journal, MoveOutcome, RunState
from catsclean.cleaning.made_files import note_changed, place_made, take_back
from catsclean.cleaning.move import BATCH, Job, Route, move_files
from catsclean.cleaning.move_objects import ObjectRoute, move_objects
from catsclean.cleaning.open_quarantine import is_there
from catsclean.cleaning.statuses import change_rows, change_statuses
from catsclean.core import names
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state import StateFolder
from catsclean.objects.object_folder import ObjectFolder

Progress = Callable[[int, int], None]

# a folder that still holds something, that is gone, or in whose place a link or a file is now
_STAYS = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


def forward(
    state: StateFolder,
    journal: Journal,
    data: Folder,
    quarantine: Folder,
    progress: Progress | None,
) -> None:
    """Carry out the planned moves of a run; then update folders, manifest and decisions."""
    planned = [e for e in journal.entries if e.outcome is MoveOutcome.PLANNED]
    counted = _Count(progress, len(journal.entries))
    check = _BeforeMove(journal.entries, data)
    # sidecar files after all pictures: each one leaves only if its picture has left
    _leave([e for e in planned if e.owner is None], journal, data, quarantine, check, counted)
    place_made(journal, data, quarantine)
    _leave([e for e in planned if e.owner is not None], journal, data, quarantine, check, counted)
    remove_emptied(journal, data)
    remove_created(journal, data)
    gone = {e.path for e in journal.entries if not e.done}
    journal.statuses = [change for change in journal.statuses if change.path not in gone]
    journal.rows = [row for row in journal.rows if row.before["path"] not in gone]
    change_rows(state, [(row.before, row.after) for row in journal.rows])
    change_statuses(state, [(c.path, c.sha256, c.before, c.after) for c in journal.statuses])
    refused = {e.arrives for e in journal.entries if e.path in gone}
    journal.kept = [d for d in journal.kept if d.path not in refused]
    made = {
        d.path: Kept(d.path, d.sha256, journal.run, d.label, d.given, reason=d.reason)
        for d in journal.kept
    }
    carried = carried_by(journal)
    if made or carried:
        change_kept(state, lambda kept: carry(kept, carried) | made, journal.run)
    journal.state = RunState.DONE
    journal.write(quarantine)


class _Count:
    """Reports how many files are done."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def __call__(self, more: int) -> None:
        self._done += more
        if self._progress is not None:
            self._progress(self._done, self._total)


def _leave(
    entries: list[Entry],
    journal: Journal,
    data: Folder,
    quarantine: Folder,
    check: _BeforeMove,
    counted: _Count,
) -> None:
    """Move files to their new places: the quarantine, or another path of the data set."""
    for inside in (False, True):
        route = Route(data, data if inside else quarantine, data)
        for batch in _batches([e for e in entries if (e.target is not None) is inside]):
            jobs = [
                Job(names.decode(e.path), e.place(journal.run), e.sha256, e.size_bytes, _link(e))
                for e in batch
            ]
            for entry, reason in zip(batch, _move(batch, jobs, route, check), strict=True):
                entry.outcome = MoveOutcome.REFUSED if reason else MoveOutcome.MOVED
                entry.note = reason
            counted(len(batch))


def _move(
    entries: Sequence[Entry],
    jobs: Sequence[Job],
    route: Route,
    check: Callable[[Job], None] | None = None,
) -> list[str]:
    """Move one batch of files or objects; return why each was refused, or an empty text."""
    source, target = route.source, route.target
    if not (isinstance(source, ObjectFolder) and isinstance(target, ObjectFolder)):
        return move_files(jobs, route, before=check)
    returns = route.home is target
    for entry, job in zip(entries, jobs, strict=True):
        if returns and entry.stored is not None:
            source.trust(job.source, entry.stored.etag, entry.sha256)
    outcomes = move_objects(jobs, ObjectRoute(source, target, returns), before=check)
    for entry, outcome in zip(entries, outcomes, strict=True):
        if not returns:
            entry.stored = outcome.stored
    return [outcome.reason for outcome in outcomes]


def back(
    state: StateFolder,
    journal: Journal,
    data: Folder,
    quarantine: Folder,
    progress: Progress | None,
    held: Mapping[str, str] | None = None,
) -> None:
    """Bring the files of a run back; if only some of them are returning, only those.

    Args:
        state: The state folder.
        journal: The run.
        data: The data set.
        quarantine: The quarantine.
        progress: Called with the number of files done and their total.
        held: Files that a later run moved, by path: that run.  What a run made or moved there
            comes back only after the later run was undone.
    """
    some = journal.state is RunState.RETURNING
    # PLANNED: the clean was cut short, so the file may be on either side, or on both.  RETURNING:
    # the same, because its return was cut short.
    wanted = (
        {MoveOutcome.RETURNING}
        if some
        else {*MoveOutcome} - {MoveOutcome.REFUSED, MoveOutcome.RESTORED}
    )
    waiting = [e for e in journal.entries if e.outcome in wanted]
    free = [e for e in waiting if not _note_held(e, held or {})]
    note_changed(journal, free, data, quarantine)
    if any(e.made is not None and e.made.found_sha256 for e in free):
        journal.write(quarantine)
    make_returning(journal, data)
    stuck = take_back(journal, free, data, quarantine)
    for entry in free:
        if entry.path in stuck:
            entry.outcome, entry.note = MoveOutcome.MOVED, stuck[entry.path]
    counted = _Count(progress, len(waiting))
    _return([e for e in free if e.path not in stuck], journal, data, quarantine, counted)
    settle_returned(journal, data)
    remove_created(journal, data)
    left = {
        e.path for e in journal.entries if e.outcome in {MoveOutcome.MOVED, MoveOutcome.MISSING}
    }
    some_of = {e.path for e in waiting} if some else None
    rest = _settle_tables(state, journal, left, quarantine, some_of)
    home = [e for e in waiting if e.path not in left]
    back_again = [(last, first) for first, last in places_of(journal, home)]
    if back_again:
        change_kept(state, lambda kept: carry(kept, back_again), f"undo-{journal.run}")
    if not some:
        stays = {e.arrives for e in journal.entries if e.path in left}
        for one in journal.kept:
            one.revoked = one.revoked or one.path not in stays
    _prune(quarantine, journal)
    # sync before the journal records "undone": afterwards nobody looks for these folders
    quarantine.sync()
    journal.state = RunState.DONE if rest else RunState.UNDONE
    journal.write(quarantine)


def _note_held(entry: Entry, held: Mapping[str, str]) -> bool:
    """Note that a later run has moved what this one brought into the data set."""
    run = held.get(entry.arrives or "")
    if run is not None:
        entry.outcome = MoveOutcome.MOVED
        entry.note = f"{entry.arrives} was moved by run {run}: undo that run first"
    return run is not None


def _return(
    entries: list[Entry], journal: Journal, data: Folder, quarantine: Folder, counted: _Count
) -> None:
    for inside in (False, True):
        source = data if inside else quarantine
        for batch in _batches([e for e in entries if (e.target is not None) is inside]):
            jobs = [
                Job(e.place(journal.run), names.decode(e.path), e.sha256, e.size_bytes, _link(e))
                for e in batch
            ]
            reasons = _move(batch, jobs, Route(source, data, data))
            for entry, reason in zip(batch, reasons, strict=True):
                _note_return(entry, reason, data, source, journal.run)
            counted(len(batch))


def _settle_tables(
    state: StateFolder,
    journal: Journal,
    left: set[str],
    quarantine: Folder,
    returning: set[str] | None,
) -> bool:
    """Change manifest and decisions back; return whether the run still holds something.

    Args:
        state: The state folder.
        journal: The run.
        left: Paths of the files that did not come back.
        quarantine: The quarantine.
        returning: Paths of the files that were to come back; None: all.
    """
    changed = {c.path for c in journal.statuses} | {str(r.before["path"]) for r in journal.rows}
    stays = left if returning is None else left | (changed - returning)
    change_statuses(
        state,
        [(c.path, c.sha256, c.after, c.before) for c in journal.statuses if c.path not in stays],
    )
    now = places_after(journal, quarantine)
    rows = [row_now(r, now) for r in journal.rows if r.before["path"] not in stays]
    change_rows(state, [(r.after, r.before) for r in rows])
    if returning is None:
        if journal.kept:
            change_kept(
                state, lambda kept: taken_back(kept, journal, quarantine), f"undo-{journal.run}"
            )
        return bool(left)
    journal.statuses = [c for c in journal.statuses if c.path in stays]
    journal.rows = [r for r in journal.rows if r.before["path"] in stays]
    return bool(left or journal.statuses or journal.rows or journal.kept)


def _link(entry: Entry) -> str | None:
    return None if entry.link is None else names.decode(entry.link)


def _note_return(entry: Entry, reason: str, data: Folder, source: Folder, run: str) -> None:
    """Record the outcome of a file that was to come back from another folder."""
    planned = entry.outcome is MoveOutcome.PLANNED
    entry.note = reason
    path = names.decode(entry.path)
    if not reason:
        entry.outcome = MoveOutcome.RESTORED
    elif is_there(source, entry.place(run)):
        entry.outcome = MoveOutcome.MOVED
    elif planned and is_there(data, path):
        entry.outcome = MoveOutcome.REFUSED  # the clean was cut short before this file left
    else:
        entry.outcome = MoveOutcome.MISSING
        where = "the quarantine" if entry.target is None else entry.target
        entry.note = f"is missing from {where}; in its place: {_describe(data, path)}"


def _describe(data: Folder, path: str) -> str:
    return "another file" if is_there(data, path) else "nothing"


class _BeforeMove:
    """Checks the files that a file depends on before it leaves.

    A copy leaves only while its original is in place with its recorded bytes; a sidecar file
    leaves only after its picture.
    """

    def __init__(self, entries: list[Entry], data: Folder) -> None:
        self._keepers = {
            names.decode(e.path): (e.keeper, e.keeper_sha256 or "")
            for e in entries
            if e.keeper is not None
        }
        of_path = {e.path: e for e in entries}
        self._owners = {
            names.decode(e.path): of_path.get(e.owner) for e in entries if e.owner is not None
        }
        self._data = data
        self._leaving = {names.decode(e.path) for e in entries}
        self._verdicts: dict[str, str] = {}

    def __call__(self, job: Job) -> None:
        if job.source in self._owners:
            owner = self._owners[job.source]
            if owner is None or not owner.done:
                raise NotAsRecordedError("stays, because its picture stays")
        if job.source not in self._keepers:
            return
        keeper, digest = self._keepers[job.source]
        if keeper not in self._verdicts:
            # several threads may ask at once: none sees a verdict that is not final
            self._verdicts[keeper] = self._judge(keeper, digest)
        if self._verdicts[keeper]:
            raise NotAsRecordedError(self._verdicts[keeper])

    def _judge(self, keeper: str, digest: str) -> str:
        """Say why a copy does not count as kept; empty if it does."""
        try:
            self._data.check(names.decode(keeper), digest)
            # a link to a file that leaves does not preserve the picture
            if self._data.target_inside(names.decode(keeper)) in self._leaving:
                raise NotAsRecordedError("is a link to a file that would leave")
        except NotAsRecordedError as error:
            return f"stays, because the copy to keep, {keeper}, {error}"
        return ""


def _prune(quarantine: Folder, journal: Journal) -> None:
    """Remove the empty folders of a run; one that still holds something stays.

    Raises:
        OSError: A folder could not be removed for another reason; the next command retries.
    """
    folders = set()
    for entry in journal.entries:
        above = names.decode(entry.path).rpartition("/")[0]
        while above:
            folders.add(above)
            above = above.rpartition("/")[0]
    for folder in sorted(folders, key=len, reverse=True):
        try:
            quarantine.rmdir(f"{journal.run}/{FILES}/{folder}")
        except OSError as error:
            if error.errno not in _STAYS:
                raise


def remove_created(journal: Journal, data: Folder) -> None:
    """Remove the folders that a run made and that hold nothing, as after an undo.

    Raises:
        OSError: A folder could not be removed for another reason; the next command retries.
    """
    for folder in journal.created:
        try:
            data.rmdir(names.decode(folder))
        except OSError as error:
            if error.errno not in _STAYS:
                raise
    data.sync()


def _batches(entries: list[Entry]) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), BATCH):
        yield entries[start : start + BATCH]
