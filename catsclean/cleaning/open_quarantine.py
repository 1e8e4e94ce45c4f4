"""Open a data set and its quarantine, for one command at a time."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.core.links import Reach
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state import StateFolder
from catsclean.errors import CleaningError, StateError, UsageError
from catsclean.objects.bucket_client import ObjectError
from catsclean.objects.bucket_state import (
    BucketState,
    OpenBucket,
    open_bucket_of,
    open_data_set,
)
from catsclean.objects.object_folder import KnownBytes, ObjectFolder, ObjectQuarantine
from catsclean.scan.recorded_bytes import RecordedBytes

RESUME: Final = "Nothing is lost: the next clean completes this run, undo brings it back."


def has_runs(state: StateFolder) -> bool:
    """Return whether the data set was ever cleaned.

    Raises:
        StateError: The state folder cannot be read.
    """
    return state.exists(state.quarantine)


def why_no_runs(state: StateFolder) -> str:
    """Say why there is no run: a sentence.

    Raises:
        StateError: ``audit.json`` is damaged, or was written by a newer catsclean.
    """
    place = state.never_moved()
    if not place:
        return f"{names.text(state.root.name)!r} was never cleaned."
    return (
        f"nothing was ever moved, because {names.text(state.root.name)!r} lies in {place}, where"
        " catsclean moves nothing. Decisions are only recorded; a later one replaces an"
        " earlier one."
    )


def state_of(
    root: str | os.PathLike[str] | StateFolder, state_dir: str | os.PathLike[str] | None
) -> StateFolder:
    """Return the state folder of the data set, audit or manifest that the caller passed."""
    return root if isinstance(root, StateFolder) else open_data_set(root, state_dir)


def is_there(folder: Folder, path: str) -> bool:
    """Return whether anything exists at a native path; a link counts if its target exists."""
    try:
        return folder.lstat(path) is not None
    except NotAsRecordedError:
        return True


@contextlib.contextmanager
def open_folder(path: Path, reach: Reach | None = None) -> Iterator[Folder]:
    """Open a folder that must not be a link; `reach` says where links in it may lead.

    Raises:
        StateError: It cannot be opened.
    """
    try:
        folder = Folder(path, reach)
    except OSError as error:
        reason = (
            "is a link" if error.errno in {errno.ELOOP, errno.ENOTDIR} else error.strerror or error
        )
        raise StateError(f"cannot open the folder {names.text(str(path))!r}: {reason}.") from error
    with folder:
        yield folder


@contextlib.contextmanager
def open_data(state: StateFolder, reach: Reach | None = None) -> Iterator[Folder]:
    """Open the data set; `reach` says where links in it may lead.

    Raises:
        CleaningError: The bucket fails.
        StateError: It cannot be opened.
    """
    opened = open_bucket_of(state.root)
    if opened is None:
        with open_folder(state.root, reach) as folder:
            yield folder
        return
    try:
        with _open_objects(state, opened)[0] as data:
            yield data
    except ObjectError as error:
        where = opened.address.shown()
        raise CleaningError(f"cannot read {where!r}: {error.reason}. Try again.") from None


def _open_objects(state: StateFolder, opened: OpenBucket) -> tuple[ObjectFolder, KnownBytes]:
    known = KnownBytes(same_everywhere=opened.address.scheme == "s3")
    recorded = RecordedBytes(state.cache)
    guard = state.lease.check if isinstance(state, BucketState) and state.lease else _allow
    folder = opened.address.folder
    return ObjectFolder(state.root, opened.bucket, folder, known, guard, recorded), known


def _allow() -> None:
    """Guard nothing: the folder is only read."""


@contextlib.contextmanager
def _open_both(state: StateFolder) -> Iterator[tuple[Folder, Folder]]:
    """Open the data set and the quarantine; the caller holds the lock."""
    opened = open_bucket_of(state.root)
    if opened is None:
        with (
            open_folder(state.root, state.reach()) as data,
            open_folder(state.quarantine) as quarantine,
        ):
            yield data, quarantine
        return
    if not isinstance(state, BucketState) or state.copy is None or state.never_moved():
        raise UsageError(f"nothing moves in {state.given!r}: {why_no_runs(state)}")
    data, known = _open_objects(state, opened)
    prefix = f"{state.copy.prefix}{state.quarantine.name}/"
    place, write_back = state.quarantine, state.copy.write_back
    with (
        data,
        ObjectQuarantine(place, opened.bucket, prefix, known, data.guard, write_back) as quarantine,
    ):
        yield data, quarantine


@contextlib.contextmanager
def open_quarantine(state: StateFolder) -> Iterator[tuple[Folder, Folder]]:
    """Lock and open the data set and the quarantine.

    Raises:
        CleaningError: The disk is full or failing (an OSError in the block becomes this).
        StateError: Another command holds the lock, or a folder cannot be opened.
    """
    try:
        # before the lock writes its file: never write into a folder that is a link
        for what, place in (("state folder", state.path), ("quarantine", state.quarantine)):
            if os.path.islink(place):  # noqa: PTH114  pathlib would do the same
                raise StateError(f"the {what} {names.text(str(place))!r} is a link.")
        with state.lock(), open_folder(state.path) as beside:
            beside.handle(state.quarantine.name, create=True)
            beside.sync()
            with _open_both(state) as (data, quarantine):
                yield data, quarantine
    except ObjectError as error:
        raise CleaningError(f"cannot go on: {error.reason}. {RESUME}") from None
    except NotAsRecordedError as error:
        raise CleaningError(f"a folder of the quarantine {error}. {RESUME}") from error
    except OSError as error:
        named = error.filename if isinstance(error.filename, str) else ""  # not a descriptor
        where = f" ({names.text(named)})" if named else ""
        raise CleaningError(
            f"cannot go on: {error.strerror or error}{where}. {RESUME}"
            + (" Free some space first." if error.errno in {errno.ENOSPC, errno.EDQUOT} else "")
        ) from error
