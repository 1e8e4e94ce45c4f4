"""Move files from one folder to another so that a crash at any point loses none of them.

For each batch: check every file and give it its second name; make the new names durable; only then
remove the old names.  At every moment each file has at least one name, and a new name never
replaces an existing one.  There are three ways, depending on the file systems:

1. ``link`` and, later, ``unlink``: the usual case.  ``link`` fails if the name is taken.
2. No hard links (exFAT, some network and FUSE file systems): ``renameat2(RENAME_NOREPLACE)``,
   which is atomic and fails if the name is taken as well.
3. Another file system (``--state-dir`` on another disk): copy to a temporary name, fsync, read
   the copy back and compare its sha256, name it by 1 or 2, fsync, and only then unlink.

A call that reports an error may still have done its work (:mod:`catsclean.core.name_calls`), so
every decision looks at both names first.  A file is refused only while it has its old name and
not the new one.  If that cannot be established, the run stops, and the next command continues from
the names on both sides.  One gap remains, between the last look at a name and its ``unlink``: a
program that puts another file there at that very moment would lose the name.  No system call closes
this gap.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from catsclean.core.file_facts import TIMES_BY_DESCRIPTOR, set_mode, set_owner, set_times
from catsclean.core.safe_folder import NO_LINKS, Folder, NotAsRecordedError, write_all

BATCH = 512
_CHUNK = 1 << 20
# errors that end the run instead of refusing one file: every later call would fail as well
_FATAL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENFILE, errno.EMFILE})
# the file system does not support the owner, mode or attribute, or only root may set it
_UNKNOWN_THERE = frozenset({errno.EOPNOTSUPP, errno.EPERM, errno.EINVAL, errno.ENODATA})


@dataclass(frozen=True, slots=True)
class Job:
    """One file to move: native paths on both sides, and what its bytes must be.

    A link has the text of `link`, its target.  Only the link moves; its digest is that of the
    target's bytes, which are checked while the link is in its place.
    """

    source: str
    target: str
    sha256: str
    size_bytes: int
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Source and target, and which of them is the data set: in doubt, a name stays there."""

    source: Folder
    target: Folder
    home: Folder


def move_files(
    jobs: Iterable[Job], route: Route, *, before: Callable[[Job], None] | None = None
) -> list[str]:
    """Move one batch; return for each job why it was refused, or an empty text.

    Args:
        jobs: The files to move; those that an earlier, interrupted call has moved count as done.
        route: Source and target of the files; missing folders are made.
        before: Called for each file that is about to move; raises NotAsRecordedError to refuse it.

    Raises:
        OSError: The disk is full, read-only or failing.  Files moved until then stay moved.
    """
    reasons: list[str] = []
    leaving: list[tuple[int, Job, os.stat_result]] = []
    for number, job in enumerate(jobs):
        try:
            placed = _place(job, route, before)
        except NotAsRecordedError as error:
            reasons.append(str(error))
            continue
        except OSError as error:
            if error.errno in _FATAL or not _is_untouched(job, route):
                raise
            reasons.append(_refusal(error))
            continue
        reasons.append("")
        if placed is not None:
            leaving.append((number, job, placed))
    route.target.sync()
    for number, job, expected in leaving:
        reasons[number] = _take_old_name(job, route, expected)
    route.source.sync()
    route.target.sync()
    return reasons


def _place(job: Job, route: Route, before: Callable[[Job], None] | None) -> os.stat_result | None:
    """Give a file its new name; return the stat of the old one, None if it is already gone."""
    source, target = route.source, route.target
    _discard_parts(job, source, target)
    here, there = _look(job, route)
    if here is None and there is None:
        raise NotAsRecordedError("is gone")
    if job.link is not None and _is_replaced(job, job.link, here, there, route):
        if route.home is target:
            raise NotAsRecordedError("cannot be moved: another file is in its place")
        return None  # it counts as moved, as a file does; see _settle
    if job.link is not None and _are_links(here, there):
        return _place_link(job, job.link, here, there, route, before)
    if there is not None:
        return _settle(job, here, there, route)
    if here is not None and stat.S_ISLNK(here.st_mode):
        raise NotAsRecordedError("is a link now")
    checked = source.check(job.source, job.sha256, size=job.size_bytes)
    if before is not None:
        before(job)
    try:
        target.link_from(source, job.source, job.target)
    except OSError as error:
        return _place_without_link(error, job, source, target)
    linked = target.lstat(job.target)
    if linked is not None and os.path.samestat(linked, checked):
        return checked
    # another file may have taken the name between check and link: look at the linked file
    try:
        return target.check(job.target, job.sha256, size=job.size_bytes)
    except NotAsRecordedError:
        _take_back(job, source, target)
        raise NotAsRecordedError("was replaced while it was moved") from None


def _are_links(*found: os.stat_result | None) -> bool:
    return all(status is None or stat.S_ISLNK(status.st_mode) for status in found)


def _is_replaced(
    job: Job,
    text: str,
    here: os.stat_result | None,
    there: os.stat_result | None,
    route: Route,
) -> bool:
    """Return whether a link is in the quarantine and its name in the data set is taken again."""
    if here is None or there is None:
        return False
    source = _leads(route.source, job.source, here, text)
    target = _leads(route.target, job.target, there, text)
    return target and not source if route.home is route.source else source and not target


def _leads(folder: Folder, path: str, status: os.stat_result, text: str) -> bool:
    return stat.S_ISLNK(status.st_mode) and folder.link_text(path) == text


def _place_link(
    job: Job,
    text: str,
    here: os.stat_result | None,
    there: os.stat_result | None,
    route: Route,
    before: Callable[[Job], None] | None,
) -> os.stat_result | None:
    """Give a link its new name, as :func:`_place` does for a file."""
    source, target = route.source, route.target
    for folder, path, found in ((source, job.source, here), (target, job.target, there)):
        if found is not None and folder.link_text(path) != text:
            raise NotAsRecordedError("leads somewhere else now")
    if here is None or there is not None:
        return here
    if route.home is source:
        # in the quarantine, a relative link leads nowhere
        source.check(job.source, job.sha256, size=job.size_bytes)
    if before is not None:
        before(job)
    try:
        target.link_from(source, job.source, job.target)
    except OSError as error:
        if error.errno != errno.EXDEV and error.errno not in NO_LINKS:
            raise
        target.symlink(text, job.target)
    return here


def _look(job: Job, route: Route) -> tuple[os.stat_result | None, os.stat_result | None]:
    """Stat the old and the new name of a file.

    Raises:
        NotAsRecordedError: A name cannot be read, but the file certainly has its old one.
        OSError: It is unknown which names the file has.
    """
    unseen: OSError | None = None
    here = there = None
    try:
        here = route.source.lstat(job.source)
    except OSError as error:
        unseen = error
    try:
        there = route.target.lstat(job.target)
    except OSError as error:
        # an undo can bring a file that it leaves in the quarantine back later
        if here is None or route.home is route.source:
            raise
        raise NotAsRecordedError(_refusal(error)) from error
    if unseen is not None:
        if there is not None:
            raise unseen
        raise NotAsRecordedError(_refusal(unseen)) from unseen
    return here, there


def _settle(
    job: Job, here: os.stat_result | None, there: os.stat_result, route: Route
) -> os.stat_result | None:
    """Decide about a new name that is taken: by the same file, before a crash, or by another."""
    source, target = route.source, route.target
    returns = route.home is target
    if here is None:
        if returns:
            target.check(job.target, job.sha256, size=job.size_bytes)
        return None
    if os.path.samestat(here, there):
        # one file under two names, so either may go; was it written to since the crash?
        try:
            return source.check(job.source, job.sha256, size=job.size_bytes)
        except NotAsRecordedError:
            if returns:
                return here
            target.unlink(job.target)
            raise
    try:
        target.check(job.target, job.sha256, size=job.size_bytes)
    except NotAsRecordedError:
        raise NotAsRecordedError("cannot be moved: another file is in its place") from None
    try:
        return source.check(job.source, job.sha256, size=job.size_bytes)
    except NotAsRecordedError:
        # Somebody put other bytes under the old name since a crash.  The quarantine may hold the
        # last copy of the file: it counts as moved, and the new file stays.
        if returns:
            raise
        return None


def _place_without_link(
    error: OSError, job: Job, source: Folder, target: Folder
) -> os.stat_result | None:
    if error.errno == errno.EXDEV:
        return _copy(job, source, target)
    if error.errno not in NO_LINKS:
        raise error
    # a rename is durable only if the target's folder is, so make that folder first
    target.make_folder_of(job.target)
    target.sync()
    try:
        _rename(source, job.source, target, job.target)
    except OSError as second:
        if second.errno == errno.EXDEV:
            return _copy(job, source, target)
        raise
    try:
        target.check(job.target, job.sha256, size=job.size_bytes)
    except NotAsRecordedError:
        # another file took the name between the check and the rename: rename it back
        _rename(target, job.target, source, job.source)
        raise
    return None


def _take_old_name(job: Job, route: Route, expected: os.stat_result) -> str:
    """Remove the old name of a file; return why it was refused, or an empty text."""
    source, target = route.source, route.target
    if not _is_still(source, job.source, expected):
        return ""  # another file has that name now, or nothing has
    try:
        source.unlink(job.source)
    except OSError as error:
        if error.errno in _FATAL:
            raise
        # remove a name only while the other one exists
        if not _is_still(source, job.source, expected):
            return ""
        target.unlink(job.target)
        return _refusal(error)
    return ""


def _is_still(folder: Folder, path: str, expected: os.stat_result) -> bool:
    now = folder.lstat(path)
    return now is not None and os.path.samestat(now, expected)


def _is_untouched(job: Job, route: Route) -> bool:
    """Return whether a file has its old name and the move left no traces."""
    try:
        return (
            route.source.lstat(job.source) is not None
            and route.target.lstat(job.target) is None
            and route.target.lstat(_part(job.target, job.sha256)) is None
        )
    except (OSError, NotAsRecordedError):
        return False


def _take_back(job: Job, source: Folder, target: Folder) -> None:
    """Remove a wrong link, but only while the file still has its old name."""
    here, there = source.lstat(job.source), target.lstat(job.target)
    if here is not None and there is not None and os.path.samestat(here, there):
        target.unlink(job.target)


def _part(path: str, sha256: str) -> str:
    """Name an unfinished copy: the same name after a crash, so that it is found and discarded."""
    above, slash, name = path.rpartition("/")
    mark = hashlib.sha256(f"{sha256}/{name}".encode("utf-8", "surrogateescape")).hexdigest()
    return f"{above}{slash}.catsclean-{mark[:20]}.part"


def _discard_parts(job: Job, source: Folder, target: Folder) -> None:
    """Remove unfinished copies of this move, and of an opposite one that a crash cut short."""
    for folder, path in ((target, job.target), (source, job.source)):
        part = _part(path, job.sha256)
        left = folder.lstat(part)
        if left is not None and stat.S_ISREG(left.st_mode):
            folder.unlink(part)


def _copy(job: Job, source: Folder, target: Folder) -> os.stat_result:
    part = _part(job.target, job.sha256)
    reading = source.open(job.source)
    made: os.stat_result | None = None
    try:
        status = os.fstat(reading)
        writing = target.create(part, 0o600)
        try:
            made = os.fstat(writing)
            while chunk := os.read(reading, _CHUNK):
                write_all(writing, chunk)
            _copy_facts(reading, writing, status)
            os.fsync(writing)
        finally:
            os.close(writing)
        if not TIMES_BY_DESCRIPTOR:
            set_times(target.native(part), status.st_atime_ns, status.st_mtime_ns)
        target.check(part, job.sha256, size=job.size_bytes)
        _name_part(part, job, target)
    except BaseException:
        with contextlib.suppress(OSError, NotAsRecordedError):
            if made is not None and _is_still(target, job.target, made):
                target.unlink(job.target)
        with contextlib.suppress(OSError, NotAsRecordedError):
            target.unlink(part)
        raise
    finally:
        os.close(reading)
    return status


def _name_part(part: str, job: Job, target: Folder) -> None:
    try:
        target.link_from(target, part, job.target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _rename(target, part, target, job.target)
    else:
        target.unlink(part)


def _rename(source: Folder, path: str, target: Folder, new: str) -> None:
    try:
        target.rename_from(source, path, new)
    except OSError as error:
        if error.errno in {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}:
            raise NotAsRecordedError(
                "cannot be moved: this file system can neither link nor rename without overwriting"
            ) from error
        raise


def _copy_facts(reading: int, writing: int, status: os.stat_result) -> None:
    """Copy owner, permissions, times and, as far as both sides support them, attributes."""
    with _unless_unknown_there():
        set_owner(writing, status.st_uid, status.st_gid)
    for name in _attributes(reading):
        with _unless_unknown_there():
            os.setxattr(writing, name, os.getxattr(reading, name))
    with _unless_unknown_there():
        set_mode(writing, stat.S_IMODE(status.st_mode))
    set_times(writing, status.st_atime_ns, status.st_mtime_ns)


def _attributes(reading: int) -> list[str]:
    """List the extended attributes of an open file; none if its file system has none."""
    if not hasattr(os, "listxattr"):
        return []
    names: list[str] = []
    with _unless_unknown_there():
        names += os.listxattr(reading)
    return names


@contextlib.contextmanager
def _unless_unknown_there() -> Iterator[None]:
    """Ignore errors of a file system that lacks or denies a feature; raise all others."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNKNOWN_THERE:
            raise


def _refusal(error: OSError) -> str:
    return f"cannot be moved: {error.strerror or error}"
