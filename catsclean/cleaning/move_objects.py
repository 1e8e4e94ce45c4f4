"""Move objects of a bucket so that a crash at any request loses none of them.

A bucket has no rename.  Each object is copied by the server, if it is unchanged and its new key is
free; the copy is checked against the digest of the audit; only then the old object is deleted, if
it is still the one that was copied.  At every moment an object with the recorded bytes has at least
one of its two keys, and no object is ever overwritten.

As on a disk (:mod:`.move`), every decision looks at both keys first, so a request whose answer got
lost, and a run that was cut short, are continued from what the bucket holds.  Where the server
cannot delete under a condition, one gap remains, between the last look at an object and its
deletion: another program that replaces it at that very moment would lose the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from catsclean.cleaning.journal import StoredAside
from catsclean.cleaning.move import Job
from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.objects.bucket_client import (
    BusyError,
    ConditionError,
    MissingObjectError,
    ObjectError,
    RefusedError,
    StoredObject,
)
from catsclean.objects.object_folder import THREADS, ObjectFolder
from catsclean.objects.requests_in_threads import in_threads

_TAKEN: Final = "cannot be moved: another file is in its place"
_CHANGED: Final = "changed since the audit: its bytes differ"


class ObjectOutcome(NamedTuple):
    """What became of one object.

    Attributes:
        reason: Why it was refused; empty if it moved.
        stored: What is known of the moved object; None if an earlier call moved it.
    """

    reason: str
    stored: StoredAside | None = None


@dataclass(frozen=True, slots=True)
class ObjectRoute:
    """Source and target, and whether the objects return to the data set."""

    source: ObjectFolder
    target: ObjectFolder
    returns: bool


def move_objects(
    jobs: Sequence[Job], route: ObjectRoute, *, before: Callable[[Job], None] | None = None
) -> list[ObjectOutcome]:
    """Move one batch; return what became of each object.

    Args:
        jobs: The objects to move; those that an earlier, interrupted call has moved count as done.
        route: Where they are, and where they go.
        before: Called for each object that is about to move; raises NotAsRecordedError to refuse
            it.

    Raises:
        ObjectError: The bucket fails.  Objects moved until then stay moved.
        StateError: Another command took over the work.
    """

    def move(job: Job) -> ObjectOutcome:
        try:
            return _move(job, route, before)
        except NotAsRecordedError as error:
            return ObjectOutcome(str(error))

    # the first one shows whether anything can be deleted, before many are copied
    first = [move(job) for job in jobs[:1]]
    return first + in_threads(move, jobs[1:], THREADS)


def _move(job: Job, route: ObjectRoute, before: Callable[[Job], None] | None) -> ObjectOutcome:
    source, target = route.source, route.target
    here, there = source.find(job.source), target.find(job.target)
    if there is not None and not _holds(target, there, job):
        if here is None and not route.returns:
            return ObjectOutcome("")  # as on a disk: undo reports what lies there
        raise NotAsRecordedError(_TAKEN)
    if here is None:
        if there is None:
            raise NotAsRecordedError("is gone")
        return ObjectOutcome("", StoredAside(there.etag))
    try:
        _check(here, job, source)
        if before is not None:
            before(job)
    except NotAsRecordedError as error:
        if there is None:
            raise
        return _settle_changed(job, route, there, error)
    return _delete(job, route, here, there or _copy(job, route, here))


def _check(here: StoredObject, job: Job, source: ObjectFolder) -> None:
    if source.digest_of(here, job.size_bytes) != job.sha256:
        raise NotAsRecordedError(_CHANGED)


def _settle_changed(
    job: Job, route: ObjectRoute, there: StoredObject, error: NotAsRecordedError
) -> ObjectOutcome:
    """Decide about an object that was copied before a crash, and may not leave any more."""
    here = route.source.find(job.source)
    if route.returns:
        raise error  # the object is back; something else has its key in the quarantine
    if here is not None and _holds(route.source, here, job):
        raise NotAsRecordedError(f"{error}{_discard(route.target, there)}")
    # Somebody put other bytes under the old key.  The quarantine may hold the last copy of the
    # object: it counts as moved, and the new one stays.
    return ObjectOutcome("", StoredAside(there.etag))


def _copy(job: Job, route: ObjectRoute, here: StoredObject) -> StoredObject:
    """Copy an object; return the copy, which was checked."""
    source, target = route.source, route.target
    if source.refusal:
        raise NotAsRecordedError(source.refusal)
    refusal = ""
    try:
        source.bucket.copy_same(here, target.key(job.target))
    except ConditionError:
        refusal = "was replaced while it was moved"  # or an answer was lost, see below
    except MissingObjectError:
        refusal = "is gone"
    except BusyError:
        raise
    except ObjectError as error:
        raise NotAsRecordedError(f"cannot be copied: {error.reason}") from None
    there = target.find(job.target)
    if there is None:
        raise NotAsRecordedError(refusal or "cannot be copied: the bucket lost the copy")
    if _holds(target, there, job):
        return there
    if refusal:
        raise NotAsRecordedError(_TAKEN)
    raise NotAsRecordedError(f"was replaced while it was moved{_discard(target, there)}")


def _delete(job: Job, route: ObjectRoute, here: StoredObject, there: StoredObject) -> ObjectOutcome:
    """Delete an object whose copy is in place, if nobody changed it since."""
    source = route.source
    moved = ObjectOutcome("", StoredAside(there.etag, here.version))
    now = source.find(job.source)
    if now is None or (now.etag, now.size_bytes) != (here.etag, here.size_bytes):
        return moved  # another object has that key now, or none has
    source.guard()
    try:
        marker = source.bucket.delete_same(here)
    except (ConditionError, MissingObjectError):
        return moved
    except RefusedError as error:
        if route.returns:
            return moved  # it is back; what is left in the quarantine does no harm
        source.refusal = f"stays: the bucket lets nothing be deleted ({error.reason})"
        raise NotAsRecordedError(f"{source.refusal}{_discard(route.target, there)}") from None
    return ObjectOutcome("", StoredAside(there.etag, here.version, marker))


def _holds(folder: ObjectFolder, one: StoredObject, job: Job) -> bool:
    """Return whether an object has the recorded bytes."""
    return one.size_bytes == job.size_bytes and folder.digest_of(one) == job.sha256


def _discard(folder: ObjectFolder, copy: StoredObject) -> str:
    """Delete a copy that is not needed, while the original is in place; say so if that fails."""
    folder.guard()
    with suppress(ConditionError, MissingObjectError):
        try:
            folder.bucket.delete_same(copy)
        except RefusedError:
            return f"; its copy stays at {folder.bucket.address.shown(copy.key)}"
    return ""
