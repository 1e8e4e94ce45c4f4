"""Bring objects into a folder shortly before they are read, and remove them afterwards.

The readers see plain files.  A few threads fetch ahead, in the order in which the files will be
asked for, until the files take as much room as the spool may have; files that nobody needs make
room for new ones, the least recently used first.  An object that cannot be brought becomes an
:class:`~catsclean.core.stand_ins.Absence` and so a finding; if nothing can be brought any more,
everything ends with one error.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.stand_ins import Absence, Brought
from catsclean.errors import DatasetError
from catsclean.objects.bucket_client import (
    PIECE_BYTES,
    Bucket,
    BusyError,
    ConditionError,
    MissingObjectError,
    ObjectError,
)

#: Bytes of files that may lie in the spool; what is being worked on may need more.
WINDOW_BYTES: Final = 256 * 2**20
#: The same for containers, which lie in the spool whole; less if less memory is free.
MOST_WINDOW_BYTES: Final = 2 * 2**30
# what stays free for other programs
_SPARE_BYTES: Final = 64 * 2**20
# small files would be too many for a file system in memory
_WINDOW_FILES: Final = 4096
_THREADS: Final = 16
# so many requests in a row that failed, each after its retries, mean that the bucket is gone
_FAILURES: Final = 20
# how long to wait at the end for requests that are on their way, in seconds
_LAST_REQUESTS_S: Final = 1.0


class ListedObject(NamedTuple):
    """An object of a data set: its key, ETag and size in the listing.

    If the bucket was not listed, the ETag is empty and the size -1.
    """

    key: str
    etag: str
    size_bytes: int


class Finder(Protocol):
    """Knows the objects of a data set by their paths in it."""

    def find(self, path: str) -> ListedObject | None:
        """Return the object of a file; None: there is none."""


class Source(Finder, Protocol):
    """Knows in which objects the samples of a data set lie.

    Attributes:
        packed: Some samples lie in containers.
    """

    packed: bool

    def file_of(self, path: str) -> str:
        """Return the path of the file in which a sample lies: its container, or itself."""


class _State(Enum):
    WANTED = auto()
    FETCHING = auto()
    THERE = auto()
    ABSENT = auto()


_NO_ROOM: Final = Absence(Outcome.UNREADABLE, "there is no room for it")
_SETTLED: Final = (_State.THERE, _State.ABSENT)


@dataclass(slots=True)
class _File:
    """A file of the spool.

    Attributes:
        listed: Its object; None: there is none.
        max_bytes: A larger object is not fetched.
        holders: Number of items that are being worked on and need it.
        ahead: It was fetched ahead, and nobody has held it yet.
        state: Whether it is there.
        absence: Why it is not there.
    """

    listed: ListedObject | None
    max_bytes: int
    holders: int = 0
    ahead: bool = False
    state: _State = _State.WANTED
    absence: Absence | None = None

    @property
    def size_bytes(self) -> int:
        """The room that it takes."""
        size = 0 if self.listed is None else self.listed.size_bytes
        return size if 0 < size <= self.max_bytes else 0


@dataclass(slots=True)
class _Plan:
    """The files that the items of some chunks need, in order.

    Attributes:
        files_of: Returns the files of an item.
        max_bytes: A larger file is not brought.
        ahead: Positions of the items and their files, as far as they were not fetched ahead.
        begun: Whether an item was asked for; by position.
        held: The files of the items that are being worked on.
        next: What `ahead` yielded last, if there was no room for it.
        left: Number of items that will still need a container, by its path.
    """

    files_of: Callable[[int], Iterable[str]]
    max_bytes: int
    ahead: Iterator[tuple[int, str]]
    begun: bytearray
    held: dict[int, tuple[str, ...]] = field(default_factory=dict)
    next: tuple[int, str] | None = None
    left: Counter[str] = field(default_factory=Counter)


class Spool:
    """Brings the objects of one data set into a folder: a supply of :mod:`.stand_ins`."""

    def __init__(
        self,
        bucket: Bucket,
        source: Source,
        folder: Path,
        *,
        window_bytes: int = WINDOW_BYTES,
        threads: int = _THREADS,
    ) -> None:
        """Begin with an empty folder.

        Args:
            bucket: Where the objects are.
            source: Which objects there are.
            folder: The stand-in of the data set: nothing else may lie in it.
            window_bytes: Room for the files.
            threads: Number of requests at a time.
        """
        self._bucket = bucket
        self._source = source
        self._folder = os.fspath(folder)
        self._window_bytes = window_bytes
        self._threads = threads
        lock = threading.RLock()
        self._work = threading.Condition(lock)  # something to fetch, or room for it
        self._arrived = threading.Condition(lock)
        self._files: dict[str, _File] = {}
        self._idle: dict[str, None] = {}  # files that nobody needs, least recently used first
        self._later: dict[str, None] = {}  # containers that somebody will need again
        self._containers: set[str] = set()
        self._used_bytes = 0
        self._inside: Counter[str] = Counter()  # folder -> number of files and folders in it
        self._wanted: deque[str] = deque()
        self._plans: list[_Plan] = []
        self._running = 0
        self._failures = 0
        self._broken = ""
        self._closed = False

    @contextmanager
    def bring(
        self, chunks: Sequence[range], files_of: Callable[[int], Iterable[str]], max_bytes: int
    ) -> Iterator[Brought]:
        """Bring the files of some items, chunk by chunk; see :func:`.stand_ins.bringing`."""
        left: Counter[str] = Counter()
        if self._source.packed:
            wanted = files_of

            def files_of(position: int) -> Iterable[str]:
                return map(self._file_of, wanted(position))

            left.update(path for chunk in chunks for n in chunk for path in files_of(n))
        ahead = ((n, path) for chunk in chunks for n in chunk for path in files_of(n))
        begun = bytearray(max((chunk.stop for chunk in chunks), default=0))
        plan = _Plan(files_of, max_bytes, ahead, begun, left=left)
        with self._work:
            self._broken, self._failures = "", 0  # the bucket may have recovered
            self._plans.append(plan)
            self._start(sum(map(len, chunks)))
        try:
            yield _Chunks(self, plan)
        finally:
            with self._work:
                self._plans.remove(plan)
                for paths in plan.held.values():
                    self._let_go(paths)
                self._wanted.clear()
                self._drop_what_was_fetched_ahead()
                while self._later:  # other plans may still need them
                    path, _ = self._later.popitem()
                    self._rest(path, self._files[path])
                self._work.notify_all()

    @contextmanager
    def hold_one(self, path: str, max_bytes: int) -> Iterator[Absence | None]:
        """Bring one file for the duration of a block; yield why it is not there.

        Raises:
            DatasetError: Nothing can be brought any more.
        """
        path = self._file_of(path) if self._source.packed else path
        with self._work:
            file = self._take(path, max_bytes)
            mine = file.state is _State.WANTED
            if mine:  # no thread needs to be started for a single file
                self._wanted.remove(path)
                file.state = _State.FETCHING
        try:
            if mine:
                self._fetch(path, file)
            self._wait_for([path])
            yield file.absence
        finally:
            with self._work:
                self._let_go([path])

    def clear(self) -> None:
        """Remove the files that nobody holds: the bucket was listed again."""
        with self._work:
            while self._idle:
                self._remove(next(iter(self._idle)))

    def hold(self, plan: _Plan, chunk: range) -> None:
        """Hold the files of a chunk, those that the plan does not hold yet; wait for them."""
        with self._work:
            new = [n for n in chunk if n not in plan.held]
            for position in new:
                plan.begun[position] = True
                plan.held[position] = paths = tuple(plan.files_of(position))
                for path in paths:
                    if path in plan.left:
                        plan.left[path] -= 1
                    self._take(path, plan.max_bytes)
            self._work.notify_all()
        self._wait_for([path for n in chunk for path in plan.held[n]])

    def use_free_room(self) -> None:
        """Let containers take half of what is free, up to :data:`MOST_WINDOW_BYTES`."""
        free = shutil.disk_usage(self._folder).free
        self._window_bytes = max(self._window_bytes, min(free // 2, MOST_WINDOW_BYTES))

    def release(self, plan: _Plan, chunk: range) -> None:
        """Let the files of a chunk go."""
        with self._work:
            for position in chunk:
                self._let_go(plan.held.pop(position, ()))
            self._work.notify_all()

    def absence_of(self, plan: _Plan, position: int) -> Absence | None:
        """Return why the first file of an item that is held is not there; None: it is."""
        paths = plan.held.get(position)
        return self._files[paths[0]].absence if paths else None

    def close(self) -> None:
        """Stop fetching.  Nothing is written to the folder from now on."""
        with self._work:
            self._closed = True
            self._work.notify_all()
            self._arrived.notify_all()
            # a thread that comes out of a request after the interpreter has ended would crash
            self._arrived.wait_for(lambda: not self._running, _LAST_REQUESTS_S)

    def _file_of(self, path: str) -> str:
        """Return the path of the file of a sample; a container may have any size."""
        found = self._source.file_of(path)
        if found != path:
            self._containers.add(found)
        return found

    def _take(self, path: str, max_bytes: int) -> _File:
        """Hold a file of the spool; want it if it is not there."""
        file = self._files.get(path)
        if file is None:
            file = self._add(path, max_bytes)
            self._make_room(0, must=True)
            self._wanted.append(path)
        self._idle.pop(path, None)
        self._later.pop(path, None)
        file.ahead = False
        file.holders += 1
        return file

    def _add(self, path: str, max_bytes: int) -> _File:
        max_bytes = sys.maxsize if path in self._containers else max_bytes
        file = self._files[path] = _File(self._source.find(path), max_bytes)
        self._used_bytes += file.size_bytes
        return file

    def _let_go(self, paths: Iterable[str]) -> None:
        for path in paths:
            file = self._files[path]
            file.holders -= 1
            self._rest(path, file)

    def _rest(self, path: str, file: _File) -> None:
        """Let a file be removed if nobody needs it."""
        if file.holders or file.ahead:
            return
        if file.state is _State.THERE:
            again = any(plan.left[path] > 0 for plan in self._plans)
            (self._later if again else self._idle)[path] = None
        elif file.state is not _State.FETCHING:  # another reader asks for it again
            self._forget(path, file)

    def _forget(self, path: str, file: _File) -> None:
        del self._files[path]
        self._used_bytes -= file.size_bytes

    def _drop_what_was_fetched_ahead(self) -> None:
        if not self._plans:
            for path, file in list(self._files.items()):
                file.ahead = False
                self._rest(path, file)

    def _wait_for(self, paths: Sequence[str]) -> None:
        with self._arrived:
            files = [self._files[path] for path in paths]
            self._arrived.wait_for(
                lambda: (
                    self._broken or self._closed or all(file.state in _SETTLED for file in files)
                )
            )
            settled = all(file.state in _SETTLED for file in files)
            if self._broken and (not settled or any(file.absence is _NO_ROOM for file in files)):
                raise DatasetError(self._broken)

    def _make_room(self, size_bytes: int, *, must: bool = False) -> bool:
        """Remove files that nobody needs until there is room; return whether there is."""
        while self._is_full(size_bytes) and self._idle:
            self._remove(next(iter(self._idle)))
        while must and self._is_full(size_bytes) and self._later:
            self._remove(next(iter(self._later)))
        if must and self._is_full(size_bytes):  # then also what was fetched ahead, latest first
            for path in reversed([path for path, file in self._files.items() if file.ahead]):
                if not self._is_full(size_bytes):
                    break
                if self._files[path].state is _State.THERE:
                    self._remove(path)
        return not self._is_full(size_bytes)

    def _is_full(self, size_bytes: int) -> bool:
        room = self._window_bytes - self._used_bytes
        return size_bytes > room or len(self._files) > _WINDOW_FILES

    def _remove(self, path: str) -> None:
        self._idle.pop(path, None)
        self._later.pop(path, None)
        self._forget(path, self._files[path])
        native = names.decode(path)
        with suppress(OSError):
            self._path(native).unlink()
        self._leave(_above(native))

    def _start(self, most: int) -> None:
        """Start the threads that fetch; they end when no plan is left."""
        while self._running < min(self._threads, most) and not self._closed:
            self._running += 1
            threading.Thread(target=self._fetch_all, name="catsclean-spool", daemon=True).start()

    def _fetch_all(self) -> None:
        while (job := self._next_job()) is not None:
            self._fetch(*job)

    def _next_job(self) -> tuple[str, _File] | None:
        with self._work:
            while self._plans and not self._closed and not self._broken:
                path = self._wanted.popleft() if self._wanted else self._next_ahead()
                if path is not None:
                    file = self._files[path]
                    file.state = _State.FETCHING
                    return path, file
                self._work.wait()
            # a plan that begins this moment must not count on this thread
            self._running -= 1
            self._arrived.notify_all()
        return None

    def _next_ahead(self) -> str | None:
        """Add the next file to fetch ahead, if there is room for it."""
        for plan in self._plans:
            while (found := plan.next or next(plan.ahead, None)) is not None:
                plan.next = None
                position, path = found
                if plan.begun[position]:
                    continue
                file = self._files.get(path)
                if file is not None:
                    if not file.holders:
                        self._idle.pop(path, None)
                        self._later.pop(path, None)
                        file.ahead = True
                    continue
                file = self._add(path, plan.max_bytes)
                if self._make_room(0):
                    file.ahead = True
                    return path
                self._forget(path, file)
                plan.next = found
                break
        return None

    def _fetch(self, path: str, file: _File) -> None:
        """Fetch an object into its file, and say so; never raise."""
        try:
            absence = self._bring_one(path, file)
        except Exception as error:  # noqa: BLE001 - a thread that ends would leave others waiting
            absence = Absence(Outcome.UNREADABLE, f"it cannot be brought ({type(error).__name__})")
        with self._work:
            file.absence = absence
            file.state = _State.THERE if absence is None else _State.ABSENT
            self._rest(path, file)
            self._arrived.notify_all()

    def _bring_one(self, path: str, file: _File) -> Absence | None:
        listed = file.listed
        if listed is None:
            return Absence(Outcome.CHANGED, "it is not in the listing of the bucket")
        if listed.size_bytes > file.max_bytes:
            detail = f"{listed.size_bytes:,} bytes, limit {file.max_bytes:,} bytes (--max-bytes)"
            return Absence(Outcome.OVER_LIMIT, detail)
        try:
            if listed.size_bytes < 0 and path in self._containers:
                listed = self._now(listed)
            if listed.size_bytes > PIECE_BYTES:
                return self._bring_large(path, listed)
            if listed.size_bytes < 0:
                data, _ = self._bucket.read(listed.key, file.max_bytes)
            elif listed.size_bytes:
                data = self._bucket.get(*listed)
            else:
                data = memoryview(b"")  # nothing to ask for
        except ObjectError as error:
            return self._absence(error)
        self._failures = 0
        try:
            return self._write(names.decode(path), data)
        except OSError as error:
            return Absence(Outcome.UNREADABLE, f"it cannot be put into the spool: {error.strerror}")

    def _now(self, listed: ListedObject) -> ListedObject:
        """Return what the bucket says about an object that was not listed."""
        found = self._bucket.find(listed.key)
        if found is None:
            raise MissingObjectError("no such object")
        return ListedObject(found.key, found.etag, found.size_bytes)

    def _bring_large(self, path: str, listed: ListedObject) -> Absence | None:
        """Write a large object piece by piece, if there is room for it."""
        if not self._is_room_for(path, listed):
            return _NO_ROOM
        native = names.decode(path)
        with self._work:
            if self._closed:
                return Absence(Outcome.UNREADABLE, "the audit was ended")
            self._enter(_above(native))
        try:
            descriptor = os.open(f"{self._folder}/{native}", _NEW, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                for piece in self._bucket.pieces(*listed):
                    if self._closed:
                        raise OSError(errno.EINTR, "the audit was ended")
                    stream.write(piece)
        except (OSError, ObjectError) as error:
            self._take_back(native)
            if isinstance(error, ObjectError):
                raise
            detail = f"it cannot be put into the spool: {error.strerror}"
            return Absence(Outcome.UNREADABLE, detail)
        self._failures = 0
        return None

    def _is_room_for(self, path: str, listed: ListedObject) -> bool:
        """Make room for a large object; if there is none at all, nothing can be brought."""
        with self._work:
            while True:
                free = shutil.disk_usage(self._folder).free - _SPARE_BYTES
                others = next(iter({**self._idle, **self._later}), None)
                if listed.size_bytes <= free or others is None:
                    break
                self._remove(others)
            if listed.size_bytes > free and not self._broken:
                room = max(free, 0) // 2**20
                self._broken = (
                    f"{path or self._bucket.address.name} in {self._bucket.address.shown()!r} has"
                    f" {listed.size_bytes // 2**20:,} MiB, and there is room for {room:,} MiB in"
                    f" {self._folder!r}. Make room there, or download it."
                )
                self._arrived.notify_all()
            return listed.size_bytes <= free

    def _absence(self, error: ObjectError) -> Absence:
        if isinstance(error, ConditionError | MissingObjectError):
            return Absence(Outcome.CHANGED, f"since the bucket was listed: {error.reason}")
        if isinstance(error, BusyError):
            with self._work:
                self._failures += 1
                if self._failures >= _FAILURES and not self._broken:
                    self._broken = (
                        f"cannot read {self._bucket.address.shown()!r}: {self._failures} requests"
                        f" in a row failed, the last one because {error.reason}. What was read is"
                        " kept. Try again when the bucket answers."
                    )
        return Absence(Outcome.UNREADABLE, error.reason)

    def _write(self, native: str, data: memoryview) -> Absence | None:
        with self._work:
            if self._closed:
                return Absence(Outcome.UNREADABLE, "the audit was ended")
            self._enter(_above(native))
        try:
            # pathlib would take a tenth of the time of the whole request
            descriptor = os.open(f"{self._folder}/{native}", _NEW, 0o600)
            try:
                while data:
                    data = data[os.write(descriptor, data) :]
            finally:
                os.close(descriptor)
        except OSError:
            self._take_back(native)
            raise
        return None

    def _take_back(self, native: str) -> None:
        """Remove a file that could not be written whole."""
        with self._work:
            with suppress(OSError):
                self._path(native).unlink()
            self._leave(_above(native))

    def _path(self, native: str) -> Path:
        return Path(f"{self._folder}/{native}")

    def _enter(self, folder: str) -> None:
        """Make a folder that a file is about to come into, and count the file."""
        self._inside[folder] += 1
        if folder and self._inside[folder] == 1:
            self._enter(_above(folder))
            self._path(folder).mkdir(mode=0o700, exist_ok=True)

    def _leave(self, folder: str) -> None:
        """Remove a folder if the file that has just left it was the last one in it."""
        self._inside[folder] -= 1
        if folder and not self._inside[folder]:
            del self._inside[folder]
            with suppress(OSError):
                self._path(folder).rmdir()
            self._leave(_above(folder))


_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


class _Chunks:
    """Brings the files of a plan."""

    def __init__(self, spool: Spool, plan: _Plan) -> None:
        self._spool = spool
        self._plan = plan

    def hold(self, chunk: range) -> None:
        """Hold the files of a chunk; wait for them."""
        self._spool.hold(self._plan, chunk)

    def release(self, chunk: range) -> None:
        """Let the files of a chunk go."""
        self._spool.release(self._plan, chunk)

    def absent(self, position: int) -> Absence | None:
        """Return why the first file of an item is not there."""
        return self._spool.absence_of(self._plan, position)
