"""Carry out a run or revert it: into the quarantine and back; both can be resumed."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping

from catsclean.auditing.saved_decisions import Kept, read_kept, write_kept
from catsclean.cleaning.emptied import make_returning, remove_emptied, settle_returned
from catsclean.cleaning.journal import Entry, Journal, MoveOutcome, RunState
from catsclean.cleaning.move import BATCH, Job, Route, move_files
from catsclean.cleaning.open_quarantine import is_there
from catsclean.cleaning.statuses import change_statuses
from catsclean.core import names
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state import StateFolder

Progress = Callable[[int, int], None]

# a folder that still holds something, or that does not exist any more
_STAYS = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT})


def forward(
    state: StateFolder,
    journal: Journal,
    data: Folder,
    quarantine: Folder,
    progress: Progress | None,
) -> None:
    """Set the planned files of a run aside; then update folders, manifest and decisions."""
    check = _BeforeMove(journal.entries, data)
    inside = f"{journal.run}/files/"
    planned = [e for e in journal.entries if e.outcome is MoveOutcome.PLANNED]
    done = 0
    # sidecar files after all pictures: each one leaves only if its picture has left
    for batch in (*_batches([e for e in planned if e.owner is None]),
                  *_batches([e for e in planned if e.owner is not None])):  # fmt: skip
        jobs = [
            Job(path := names.decode(e.path), inside + path, e.sha256, e.size_bytes, _link(e))
            for e in batch
        ]
        for entry, reason in zip(
            batch, move_files(jobs, Route(data, quarantine, data), before=check), strict=True
        ):
            entry.outcome = MoveOutcome.REFUSED if reason else MoveOutcome.MOVED
            entry.note = reason
        if progress is not None:
            done += len(batch)
            progress(done, len(journal.entries))
    remove_emptied(journal, data)
    gone = {e.path for e in journal.entries if e.outcome is MoveOutcome.REFUSED}
    journal.statuses = [change for change in journal.statuses if change.path not in gone]
    change_statuses(state, [(c.path, c.sha256, c.before, c.after) for c in journal.statuses])
    if journal.kept:
        kept = read_kept(state)
        _remember(state, kept | {d.path: Kept(d.path, d.sha256, journal.run) for d in journal.kept})
    journal.state = RunState.DONE
    journal.write(quarantine)


def back(
    state: StateFolder,
    journal: Journal,
    data: Folder,
    quarantine: Folder,
    progress: Progress | None,
) -> None:
    """Bring the files of a run back; if only some of them are returning, only those."""
    inside = f"{journal.run}/files/"
    some = journal.state is RunState.RETURNING
    # PLANNED: the clean was cut short, so the file may be on either side, or on both.  RETURNING:
    # the same, because its return was cut short.
    wanted = (
        {MoveOutcome.RETURNING}
        if some
        else {*MoveOutcome} - {MoveOutcome.REFUSED, MoveOutcome.RESTORED}
    )
    waiting = [e for e in journal.entries if e.outcome in wanted]
    make_returning(journal, data)
    done = 0
    for batch in _batches(waiting):
        jobs = [
            Job(inside + (path := names.decode(e.path)), path, e.sha256, e.size_bytes, _link(e))
            for e in batch
        ]
        for entry, reason in zip(
            batch, move_files(jobs, Route(quarantine, data, data)), strict=True
        ):
            _note_return(entry, reason, data, quarantine, inside)
        if progress is not None:
            done += len(batch)
            progress(done, len(waiting))
    settle_returned(journal, data)
    left = {
        e.path for e in journal.entries if e.outcome in {MoveOutcome.MOVED, MoveOutcome.MISSING}
    }
    stays = left | (
        {c.path for c in journal.statuses} - {e.path for e in waiting} if some else set()
    )
    change_statuses(
        state,
        [(c.path, c.sha256, c.after, c.before) for c in journal.statuses if c.path not in stays],
    )
    if some:
        journal.statuses = [c for c in journal.statuses if c.path in stays]
        rest = bool(left or journal.statuses or journal.kept)
    else:
        rest = bool(left)
        _forget(state, journal)
    _prune(quarantine, journal)
    # sync before the journal records "undone": afterwards nobody looks for these folders
    quarantine.sync()
    journal.state = RunState.DONE if rest else RunState.UNDONE
    journal.write(quarantine)


def _link(entry: Entry) -> str | None:
    return None if entry.link is None else names.decode(entry.link)


def _note_return(entry: Entry, reason: str, data: Folder, quarantine: Folder, inside: str) -> None:
    """Record the outcome of a file that was to come back."""
    planned = entry.outcome is MoveOutcome.PLANNED
    entry.note = reason
    path = names.decode(entry.path)
    if not reason:
        entry.outcome = MoveOutcome.RESTORED
    elif is_there(quarantine, inside + path):
        entry.outcome = MoveOutcome.MOVED
    elif planned and is_there(data, path):
        entry.outcome = MoveOutcome.REFUSED  # the clean was cut short before this file left
    else:
        entry.outcome = MoveOutcome.MISSING
        entry.note = f"is missing from the quarantine; in its place: {_describe(data, path)}"


def _describe(data: Folder, path: str) -> str:
    return "another file" if is_there(data, path) else "nothing"


class _BeforeMove:
    """Checks the files that a file depends on before it leaves.

    A copy leaves only while its original is in place with its recorded bytes; a sidecar file
    leaves only after its picture.
    """

    def __init__(self, entries: list[Entry], data: Folder) -> None:
        self._keepers = {
            names.decode(e.path): (e.keeper, e.keeper_sha256)
            for e in entries
            if e.keeper is not None and e.keeper_sha256 is not None
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
            if owner is None or owner.outcome is not MoveOutcome.MOVED:
                raise NotAsRecordedError("stays, because its picture stays")
        if job.source not in self._keepers:
            return
        keeper, digest = self._keepers[job.source]
        if keeper not in self._verdicts:
            self._verdicts[keeper] = ""
            try:
                self._data.check(names.decode(keeper), digest)
                # a link to a file that leaves does not preserve the picture
                if self._data.target_inside(names.decode(keeper)) in self._leaving:
                    raise NotAsRecordedError("is a link to a file that would leave")
            except NotAsRecordedError as error:
                self._verdicts[keeper] = f"stays, because the copy to keep, {keeper}, {error}"
        if self._verdicts[keeper]:
            raise NotAsRecordedError(self._verdicts[keeper])


def _remember(state: StateFolder, kept: Mapping[str, Kept]) -> None:
    write_kept(state, kept)
    with Folder(state.path) as folder:
        folder.sync()


def _forget(state: StateFolder, journal: Journal) -> None:
    """Revoke the decisions to keep that a run recorded, except those that were made again since."""
    kept = read_kept(state) if journal.kept else {}
    held = {path: one for path, one in kept.items() if one.run != journal.run}
    if len(held) < len(kept):
        _remember(state, held)


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
            quarantine.rmdir(f"{journal.run}/files/{folder}")
        except OSError as error:
            if error.errno not in _STAYS:
                raise


def _batches(entries: list[Entry]) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), BATCH):
        yield entries[start : start + BATCH]
