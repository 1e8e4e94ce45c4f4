"""Carry a plan out, complete a run that a crash cut short, bring everything back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning import journal as journals
from catsclean.cleaning.apply_and_revert import back, forward
from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.emptied import find_emptied, find_missing, mark_returning
from catsclean.cleaning.journal import (
    Decided,
    Entry,
    FolderOutcome,
    Journal,
    Made,
    MadeOutcome,
    MoveOutcome,
    RowChange,
    RunState,
    StatusChange,
)
from catsclean.cleaning.open_quarantine import (
    has_runs,
    is_there,
    open_folder,
    open_quarantine,
    state_of,
    why_no_runs,
)
from catsclean.cleaning.results import CleaningResult, Recovery, UndoResult, outcomes_of
from catsclean.cleaning.run_counts import RunCounts, part_decided, words_of_revoked
from catsclean.cleaning.statuses import audit_of, pending_changes
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.file_facts import set_mode, set_owner
from catsclean.core.leftovers import MADE, remove_made
from catsclean.core.progress_bar import with_bar
from catsclean.core.safe_folder import Folder, NotAsRecordedError, write_all
from catsclean.core.stand_ins import shown
from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import StateError, UsageError
from catsclean.objects.bucket_state import is_in_bucket

Progress = Callable[[int, int], None]
# makes repaired files: path of the original, and the bytes or why there are none
Prepare = Callable[[Mapping[str, Made]], Iterator[tuple[str, bytes | str]]]


def carry_out(  # noqa: PLR0913 - all that a plan says, most of it by name
    state: StateFolder,
    entries: Sequence[Entry],
    statuses: Sequence[StatusChange],
    progress: Progress | None = None,
    *,
    returns: Mapping[str, str] | None = None,
    decided: Sequence[Decided] = (),
    rows: Sequence[RowChange] = (),
    prepare: Prepare | None = None,
    seen: int,
) -> CleaningResult:
    """Set files aside: journal first, then the moves, then the manifest.

    Before that, files that are to be kept come back, each as a partial undo of its run.

    Files that changed their place are refused and are not part of the run.  Rows of the manifest
    that do not change, and decisions that are recorded already, are left out.  If nothing is left
    to do, no run is made.

    Args:
        state: The state folder.
        entries: The files that leave.
        statuses: The rows of the manifest that change.
        progress: Called with the number of files done and their total.
        returns: The files that come back, by path: the run that holds each.
        decided: New decisions to keep.
        rows: New values in rows of the manifest.
        prepare: Writes the repaired files of some entries into a folder of the quarantine.
        seen: Length of the journal of decisions when this was planned.

    Raises:
        CleaningError: The disk is full or failing; the run can be resumed or undone.
        StateError: Another command works on this data set, or a review decided about one of the
            pictures since this was planned.
    """
    with open_quarantine(state) as (data, quarantine):
        recovery = _recover(state, data, quarantine)
        reviews = DecisionJournal(state)
        about = {*(e.path for e in entries), *(d.path for d in decided), *(returns or ())}
        reviews.refuse_later(seen, about)
        returned, stuck = _return(state, returns or {}, data, quarantine)
        planned = len(entries) + len(returned) + len(stuck)
        gone = _gone(entries, data, quarantine)
        gone |= _taken([e for e in entries if e.path not in gone], data)
        for entry in entries:
            if entry.owner in gone:
                gone.setdefault(entry.path, "stays, since its picture is gone")
        # work on copies: the plan's own entries stay unchanged, so that it can be applied again
        present = [
            replace(e, link=_link_of(e, data), made=None if e.made is None else replace(e.made))
            for e in entries
            if e.path not in gone
        ]
        left = {**gone, **dict(stuck)}
        pending = pending_changes(state, [c for c in statuses if c.path not in left], returned)
        known = read_kept(state)
        left_at = left.keys() | _targets(entries, left)
        kept = [_after(d, known) for d in decided if d.path not in left_at and _is_new(d, known)]
        if not present and not pending and not kept:
            refused = (*stuck, *gone.items())
            return CleaningResult(None, (), refused, recovery, returned, planned=planned)
        run = journals.new_run(quarantine)
        journal = Journal(run, names.encode(state.root.name), audit=audit_of(state))
        if prepare is not None:
            unmade = _prepare(prepare, present, run, data, quarantine)
            gone |= unmade
            unmade_at = _targets(present, unmade)
            kept = [one for one in kept if one.path not in unmade_at]
            present = [e for e in present if e.path not in unmade]
            if not present:
                remove_made(quarantine, run)
                quarantine.rmdir(f"{run}/{journals.FILES}")
                quarantine.rmdir(run)
                return CleaningResult(None, (), tuple(gone.items()), recovery, planned=planned)
        journal.entries, journal.statuses, journal.kept = present, pending, kept
        journal.rows = [row for row in rows if row.before["path"] not in gone]
        arriving = [e.arrives for e in present if e.arrives is not None]
        journal.folders = find_emptied(data, [e.path for e in present], arriving)
        journal.created = find_missing(data, arriving)
        with reviews.closed(seen, about):
            journal.write(quarantine)  # from now on, no review decides about these pictures
        forward(state, journal, data, quarantine, progress)
    return _result(journal, (*stuck, *gone.items()), recovery, returned, planned)


def _targets(entries: Iterable[Entry], paths: Collection[str]) -> set[str]:
    """Return where some files would have arrived."""
    return {e.arrives for e in entries if e.path in paths and e.arrives is not None}


def _is_new(decided: Decided, known: Mapping[str, Kept]) -> bool:
    """Return whether a decision is not recorded already."""
    one = known.get(decided.path)
    if one is None or one.sha256 != decided.sha256 or one.left_out:
        return True
    if decided.label:
        return (decided.label, decided.given) != (one.label, one.given)
    # only a label that does not hold any more gives way to a decision to keep
    return bool(one.label) and one.label == decided.label_before


def _after(decided: Decided, known: Mapping[str, Kept]) -> Decided:
    """Add the decision that stood before, so that undo can bring it back."""
    one = known.get(decided.path)
    if one is None or one.sha256 != decided.sha256:
        return decided
    return replace(
        decided,
        run_before=one.run,
        label_before=one.label,
        given_before=one.given,
        alone_before=not one.run,
        left_out_before=one.left_out,
        reason_before=one.reason,
    )


def _result(
    journal: Journal,
    refused: tuple[tuple[str, str], ...],
    recovery: Recovery | None,
    returned: tuple[str, ...],
    planned: int,
) -> CleaningResult:
    moved = [e for e in journal.entries if e.done]
    kept, labels = part_decided(journal.kept)
    return CleaningResult(
        journal.run,
        tuple(e.path for e in moved if e.arrives is None),
        (*refused, *((e.path, e.note) for e in journal.entries if not e.done)),
        recovery,
        returned,
        kept,
        planned,
        _folders(journal, FolderOutcome.REMOVED),
        tuple((e.path, e.arrives) for e in moved if e.arrives is not None),
        tuple(labels),
        RunCounts.of(moved, journal.kept),
    )


def _prepare(
    prepare: Prepare, entries: Sequence[Entry], run: str, data: Folder, quarantine: Folder
) -> dict[str, str]:
    """Write repaired files to the run's folder; return why one cannot be made, by path.

    They get owner and permissions of the originals.
    """
    wanted = {e.path: e.made for e in entries if e.made is not None}
    unmade: dict[str, str] = {}
    for path, written in prepare(wanted):
        made = wanted[path]
        if isinstance(written, str):
            unmade[path] = written
        elif hashlib.sha256(written).hexdigest() != made.sha256:
            unmade[path] = "cannot be repaired: a second try gave other bytes"
        else:
            try:
                status = data.lstat(names.decode(path))
            except NotAsRecordedError as error:
                unmade[path] = str(error)
                continue
            if status is None:
                unmade[path] = "is gone"
                continue
            target = f"{run}/{MADE}/{names.decode(made.path)}"
            descriptor = quarantine.create(target, 0o600)
            try:
                write_all(descriptor, written)
                with contextlib.suppress(PermissionError):
                    set_owner(descriptor, status.st_uid, status.st_gid)
                with contextlib.suppress(PermissionError):
                    set_mode(descriptor, stat.S_IMODE(status.st_mode))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    for entry in entries:
        if entry.owner in unmade:
            unmade[entry.path] = "stays, because its picture stays"
    quarantine.sync()
    return unmade


def _taken(entries: Sequence[Entry], data: Folder) -> dict[str, str]:
    """Return path and reason of the files whose new name was taken since the plan was made."""
    leaving = {e.path for e in entries}
    return {
        e.path: f"cannot move to {e.arrives}: another file has this name"
        for e in entries
        if e.arrives is not None
        and e.arrives not in leaving
        and is_there(data, names.decode(e.arrives))
    }


def _link_of(entry: Entry, data: Folder) -> str | None:
    """Return the target of a link; None if the file is not a link or cannot be read."""
    try:
        text = data.link_text(names.decode(entry.path))
    except (NotAsRecordedError, OSError):
        return None  # the move reports why
    return None if text is None else names.encode(text)


def recover(
    root: str | os.PathLike[str] | StateFolder, state_dir: str | os.PathLike[str] | None = None
) -> Recovery | None:
    """Complete the clean or undo that a crash cut short, if there is one.

    Raises:
        CleaningError: It cannot be completed now; nothing is lost.
        StateError: Another command works on this data set, or a journal cannot be trusted.
    """
    state = state_of(root, state_dir)
    if not has_runs(state) or _nothing_to_recover(state):
        return None
    with open_quarantine(state) as (data, quarantine):
        return _recover(state, data, quarantine)


def interrupted_run(state: StateFolder) -> str | None:
    """Return the name of the clean or undo that was cut short; None if there is none.

    Raises:
        StateError: The quarantine cannot be read, or a journal cannot be trusted.
    """
    if not has_runs(state):
        return None
    with open_folder(state.path), open_folder(state.quarantine) as quarantine:
        journal = _unfinished(quarantine)
    return None if journal is None else journal.run


def _nothing_to_recover(state: StateFolder) -> bool:
    """Return whether no run was cut short, as far as can be seen without the lock."""
    # a lock in a bucket is not taken for nothing
    if not is_in_bucket(state) and os.access(state.path, os.W_OK):
        return False  # the caller looks again with the lock held
    return interrupted_run(state) is None


@with_bar("restoring")
@checked
def undo(
    root: str | os.PathLike[str] | StateFolder,
    run: str | None = None,
    *,
    state_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> UndoResult:
    """Bring the files of a clean or a repair back to where they were.

    Args:
        root: The data set.
        run: Name of the run; None: the last one that has something to restore.
        state_dir: The state folder, if it is not beside the data set.
        progress: Called with the number of files done and their total.

    Raises:
        UsageError: There is no such run, or nothing to undo.
        CleaningError: The disk is full or failing; the same command continues.
        StateError: Another command works on this data set.
    """
    state = state_of(root, state_dir)
    if not has_runs(state):
        raise UsageError(f"nothing to undo: {why_no_runs(state)}")
    with open_quarantine(state) as (data, quarantine):
        unfinished = _unfinished(quarantine)
        resumed: set[tuple[str, str]] = set()
        if unfinished is not None and (
            run not in {None, unfinished.run} or unfinished.state is RunState.RETURNING
        ):
            resumed = {(unfinished.run, e.path) for e in unfinished.entries
                       if e.outcome is MoveOutcome.RETURNING}  # fmt: skip
            _recover(state, data, quarantine)
            unfinished = None
        journal = unfinished or _choose(quarantine, run)
        # what came back alone before is not restored by this call, unless it resumes another one
        whole = journal.state is RunState.UNDOING
        moved = [
            e
            for e in journal.entries
            if e.outcome is not MoveOutcome.REFUSED
            and (whole or e.outcome is not MoveOutcome.RESTORED or (journal.run, e.path) in resumed)
        ]
        if journal.state is not RunState.UNDOING:
            mark_returning(journal, data)
        before = set(_folders(journal, FolderOutcome.RESTORED))
        standing = {d.path for d in journal.kept if not d.revoked}
        journal.state = RunState.UNDOING
        journal.write(quarantine)
        held = _held_later(quarantine, journal.run)
        back(state, journal, data, quarantine, progress, held)
        others = _other_runs(quarantine, journal.run)
    kept, labels = _revoked(journal, standing)
    return UndoResult(
        journal.run,
        tuple(e.path for e in moved if e.outcome is MoveOutcome.RESTORED),
        outcomes_of(moved, MoveOutcome.MOVED, MoveOutcome.REFUSED),
        kept,
        outcomes_of(moved, MoveOutcome.MISSING),
        len(moved),
        others,
        tuple(f for f in _folders(journal, FolderOutcome.RESTORED) if f not in before),
        tuple(
            (e.made.path, names.encode(f"{journal.run}/{journals.CHANGED}/") + e.made.path)
            for e in moved
            if e.made is not None and e.made.outcome is MadeOutcome.CHANGED
        ),
        journal.kind,
        tuple(labels),
    )


def _revoked(journal: Journal, standing: set[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the decisions that stood and are revoked now: those to keep, and the new labels."""
    return part_decided(d for d in journal.kept if d.revoked and d.path in standing)


def _held_later(quarantine: Folder, run: str) -> dict[str, str]:
    """Return the files that runs after this one moved, by path: the first such run."""
    found: dict[str, str] = {}
    for name in journals.runs_after(quarantine, run):
        for entry in Journal.read(quarantine, name).entries:
            if entry.outcome in {MoveOutcome.MOVED, MoveOutcome.MISSING}:
                found.setdefault(entry.path, name)
    return found


def _folders(journal: Journal, outcome: FolderOutcome) -> tuple[str, ...]:
    return tuple(sorted(folder.path for folder in journal.folders if folder.outcome is outcome))


def _recover(state: StateFolder, data: Folder, quarantine: Folder) -> Recovery | None:
    """Complete the unfinished run; there is at most one, because every command begins with this."""
    journal = _unfinished(quarantine)
    if journal is None:
        return None
    was, entries = journal.state, journal.entries
    if was is RunState.MOVING:
        forward(state, journal, data, quarantine, None)
        done, left = MoveOutcome.MOVED, {MoveOutcome.REFUSED}
        words = RunCounts.of([e for e in entries if e.done], journal.kept).in_words()
    else:
        # a file that the clean refused never left
        entries = [e for e in entries if e.outcome is not MoveOutcome.REFUSED]
        standing = {d.path for d in journal.kept if not d.revoked}
        back(state, journal, data, quarantine, None, _held_later(quarantine, journal.run))
        done, left = MoveOutcome.RESTORED, {MoveOutcome.MISSING}
        if was is RunState.UNDOING:
            left |= {MoveOutcome.MOVED, MoveOutcome.REFUSED}
        kept, labels = _revoked(journal, standing)
        words = words_of_revoked(len(labels), len(kept))
    number = sum(e.outcome is done for e in entries)
    if was is not RunState.MOVING and (number or not words):
        words.insert(0, f"{count(number, 'file')} restored")
    return Recovery(journal.run, was, number, outcomes_of(entries, *left), tuple(words))


def _unfinished(quarantine: Folder) -> Journal | None:
    for run in reversed(journals.runs(quarantine)):
        journal = Journal.read(quarantine, run)
        if journal.unfinished:
            return journal
    return None


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
        return undoable[0]  # its files are gone from the quarantine: undo reports each of them
    if lost := journals.unrecorded(quarantine):
        place = names.text(shown(quarantine.path / lost[-1] / "files"))
        raise StateError(
            f"the files in {place!r} have no journal, so undo cannot restore them. Move them back"
            " by hand, then move that run's folder away."
        )
    raise UsageError("nothing to undo: every file is back in its place.")


def _other_runs(quarantine: Folder, run: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the other runs with files that did not come back, newest first."""
    away = {MoveOutcome.MOVED, MoveOutcome.MISSING}
    held = []
    for name in reversed(journals.runs(quarantine)):
        if name != run:
            entries = Journal.read(quarantine, name).entries
            held.append((name, tuple(e.path for e in entries if e.outcome in away)))
    return tuple((name, files) for name, files in held if files)


def _undoable(journal: Journal) -> bool:
    return journal.unfinished or (
        journal.state is RunState.DONE
        and (
            any(e.outcome in {MoveOutcome.MOVED, MoveOutcome.MISSING} for e in journal.entries)
            or bool(journal.kept)
            or (bool(journal.statuses) and not journal.entries)
        )
    )


def _holds_something(journal: Journal, quarantine: Folder) -> bool:
    """Return whether an undo would restore anything: a file, or a row of the manifest."""
    waiting = {MoveOutcome.PLANNED, MoveOutcome.MOVED, MoveOutcome.MISSING}
    moved = [e for e in journal.entries if e.outcome in waiting]
    return not moved or any(
        e.target is not None or is_there(quarantine, e.place(journal.run)) for e in moved
    )


def _return(
    state: StateFolder, returns: Mapping[str, str], data: Folder, quarantine: Folder
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Bring some files of former runs back; return their paths, and (path, why) of the others.

    Files that are back already, and files that a run no longer holds, are skipped.
    """
    returned: list[str] = []
    stuck: list[tuple[str, str]] = []
    known = journals.runs(quarantine)
    for run in sorted(set(returns.values()) & set(known)):
        journal = Journal.read(quarantine, run)
        asked = [
            entry
            for entry in journal.entries
            # a sidecar file comes back with its picture
            if returns.get(entry.owner or entry.path) == run and entry.outcome is MoveOutcome.MOVED
        ]
        if not asked:
            continue
        for entry in asked:
            entry.outcome = MoveOutcome.RETURNING
        mark_returning(journal, data, [entry.path for entry in asked])
        journal.state = RunState.RETURNING
        journal.write(quarantine)
        back(state, journal, data, quarantine, None, _held_later(quarantine, run))
        returned += [e.path for e in asked if e.outcome is MoveOutcome.RESTORED]
        stuck += [(e.path, e.note) for e in asked if e.outcome is not MoveOutcome.RESTORED]
    return tuple(returned), tuple(stuck)


def _gone(entries: Sequence[Entry], data: Folder, quarantine: Folder) -> dict[str, str]:
    """Return path and reason of the files that are gone; an earlier run may have them."""
    there = data.present([names.decode(e.path) for e in entries])
    gone = [e.path for e in entries if names.decode(e.path) not in there]
    if not gone:
        return {}
    by_run = {
        entry.path: f"{'moved' if entry.arrives else 'set aside'} already, by run {run}"
        for run in journals.runs(quarantine)
        for entry in Journal.read(quarantine, run).entries
        if entry.outcome is MoveOutcome.MOVED
    }
    return {path: f"is gone: {by_run[path]}" if path in by_run else "is gone" for path in gone}
