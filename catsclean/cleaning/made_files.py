"""Repaired files: put them in place of the originals, and take them back.

A repaired file lies in the run's folder before the journal is written.  It takes its place only
after the original is in the quarantine.  An undo removes it only while it has the bytes that were
written; otherwise somebody changed it, and it is set aside in the run's folder.  At every moment
the journal and the names on both sides tell how far a run came.
"""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.cleaning.journal import CHANGED, Entry, Journal, Made, MadeOutcome, MoveOutcome
from catsclean.cleaning.move import Job, Route, move_files
from catsclean.cleaning.open_quarantine import is_there
from catsclean.core import names
from catsclean.core.leftovers import MADE, remove_made
from catsclean.core.safe_folder import Folder, NotAsRecordedError

_IN_PLACE = frozenset({MadeOutcome.PLANNED, MadeOutcome.PLACED})


def place_made(journal: Journal, data: Folder, quarantine: Folder) -> None:
    """Put the repaired files of a run in place; an original without its repaired file returns.

    If its place is taken, it stays in the quarantine.

    Raises:
        OSError: The disk is full or failing; the next command continues.
    """
    waiting = [
        (entry, entry.made)
        for entry in journal.entries
        if entry.made is not None
        and entry.outcome is MoveOutcome.MOVED
        and entry.made.outcome is MadeOutcome.PLANNED
    ]
    route = Route(quarantine, data, quarantine)
    jobs = [_job(_staged(journal.run, made), made) for _, made in waiting]
    for (entry, made), reason in zip(waiting, move_files(jobs, route), strict=True):
        if not reason:
            made.outcome = MadeOutcome.PLACED
            continue
        made.outcome = MadeOutcome.REFUSED
        _return_original(entry, journal.run, reason, data, quarantine)
    remove_made(quarantine, journal.run)
    quarantine.sync()


def _return_original(entry: Entry, run: str, reason: str, data: Folder, quarantine: Folder) -> None:
    path = names.decode(entry.path)
    job = Job(entry.place(run), path, entry.sha256, entry.size_bytes)
    (stuck,) = move_files([job], Route(quarantine, data, data))
    entry.note = f"its repaired file {reason}"
    if stuck:
        entry.note += "; undo brings the original back from the quarantine"
    else:
        entry.outcome = MoveOutcome.REFUSED


def note_changed(
    journal: Journal, entries: Iterable[Entry], data: Folder, quarantine: Folder
) -> None:
    """Record the digests of repaired files that somebody changed; the caller writes the journal.

    A file that cannot be read is left for :func:`take_back`, which refuses it.
    """
    for entry in entries:
        made = entry.made
        if made is None or made.outcome not in _IN_PLACE:
            continue
        try:
            found, status = data.digest(names.decode(made.path))
        except NotAsRecordedError:
            continue  # if an earlier try set it aside, the journal has its digest
        ours = found == made.sha256 or (found == entry.sha256 and made.path == entry.path)
        if ours or _is_waiting(journal.run, made, quarantine):
            made.found_sha256, made.found_bytes = None, 0
        else:
            made.found_sha256, made.found_bytes = found, status.st_size


def take_back(
    journal: Journal, entries: Iterable[Entry], data: Folder, quarantine: Folder
) -> dict[str, str]:
    """Remove repaired files, and set aside those that somebody changed.

    Returns:
        Why the repaired file of an original stays, by the original's path.

    Raises:
        OSError: The disk is full or failing; the next command continues.
    """
    stuck: dict[str, str] = {}
    ours: list[tuple[Entry, Made]] = []
    theirs: list[tuple[Entry, Made]] = []
    for entry in entries:
        made = entry.made
        if made is None or made.outcome not in _IN_PLACE:
            continue
        if made.found_sha256 is not None:
            theirs.append((entry, made))
        elif _is_original(entry, made, data) or _is_foreign(journal.run, made, data, quarantine):
            made.outcome = MadeOutcome.REMOVED  # the run was cut short before it was placed
        else:
            ours.append((entry, made))
    route = Route(data, quarantine, data)
    jobs = [_job(names.decode(made.path), made, _staged(journal.run, made)) for _, made in ours]
    jobs += [
        Job(path := names.decode(made.path), f"{journal.run}/{CHANGED}/{path}",
            made.found_sha256 or "", made.found_bytes)
        for _, made in theirs
    ]  # fmt: skip
    for (entry, made), reason in zip(ours + theirs, move_files(jobs, route), strict=True):
        if reason and is_there(data, names.decode(made.path)):
            stuck[entry.path] = f"its repaired file {made.path} {reason}"
        elif made.found_sha256 is None:
            made.outcome = MadeOutcome.REMOVED
        else:
            made.outcome = MadeOutcome.CHANGED
    remove_made(quarantine, journal.run)
    return stuck


def _is_original(entry: Entry, made: Made, data: Folder) -> bool:
    """Return whether the original itself is still where its repaired file was to go."""
    if made.path != entry.path:
        return False
    try:
        data.check(names.decode(made.path), entry.sha256, size=entry.size_bytes)
    except NotAsRecordedError:
        return False
    return True


def _is_waiting(run: str, made: Made, quarantine: Folder) -> bool:
    """Return whether a repaired file did not take its place yet."""
    return made.outcome is MadeOutcome.PLANNED and is_there(quarantine, _staged(run, made))


def _is_foreign(run: str, made: Made, data: Folder, quarantine: Folder) -> bool:
    """Return whether a file that the run did not write has the name of a waiting one."""
    path = names.decode(made.path)
    if not _is_waiting(run, made, quarantine) or not is_there(data, path):
        return False
    try:
        data.check(path, made.sha256, size=made.size_bytes)
    except NotAsRecordedError:
        return True
    return False


def _staged(run: str, made: Made) -> str:
    return f"{run}/{MADE}/{names.decode(made.path)}"


def _job(source: str, made: Made, target: str | None = None) -> Job:
    return Job(source, target or names.decode(made.path), made.sha256, made.size_bytes)
