"""Pictures for the pages: each made once, the newest request first, by processes that may crash.

Somebody who scrolls asks for hundreds of pictures and waits for the last ones: what was asked for
last is made first, and what nobody waits for any more is not made at all.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from catsclean.core import names, stand_ins
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.core.parse_json import parse_json
from catsclean.reviewing.server.made_picture import (
    FULL_PX,
    SMALL_PX,
    SMALL_TYPE,
    NoPicture,
    Picture,
    Reason,
    Show,
    Wanted,
)
from catsclean.reviewing.server.reader_process import Reader
from catsclean.reviewing.server.thumbnail_cache import MOST_BYTES, ThumbnailCache
from catsclean.scan.in_workers import default_workers

_TIMEOUT_S: Final = 10.0
_MOST_WAITING: Final = 2_000
# more readers would only take memory: one makes about 150 small pictures a second
_MOST_READERS: Final = 4
# a file from a bucket is waited for much longer than it is read
_FETCHED_AT_ONCE: Final = 16
# a picture that crashes or hangs its reader is not tried again for so long
_SPARED_S: Final = 300.0
_MOST_SPARED: Final = 1_000
# how one picture lies on another: pose, whether it is aligned, and a matrix
_NUMBERS: Final = 11
_MOST_PLACED: Final = 1_000
_ENDING: Final = NoPicture("the review ends", Reason.BUSY)
_TOO_MANY: Final = NoPicture("too many pictures are waited for", Reason.BUSY)
_NOT_READ: Final = NoPicture("the audit did not read this file")

_Key = tuple[str, int]


@dataclass(eq=False, slots=True)
class _Job:
    wanted: Wanted
    future: asyncio.Future[Picture | NoPicture]
    waiters: int = 0


class PictureService:
    """Makes pictures of a data set while it is entered (``async with``), which it is once.

    Args:
        root: The data set; a reach says where links may lead.
        cache: The file of small pictures, made if it is missing; None: none are kept.
        readers: Number of processes; None: by the processors.
        timeout_s: Seconds that one picture may take.
        limits: Bounds on a file.
        most_waiting: Of more pictures that are waited for, the oldest are given up.
        most_cache_bytes: Size of the cache.

    Attributes:
        made: Number of pictures that readers made.
        keeps: Whether small pictures are kept in a cache.
    """

    def __init__(
        self,
        root: Path | Reach,
        cache: Path | None = None,
        *,
        readers: int | None = None,
        timeout_s: float = _TIMEOUT_S,
        limits: Limits | None = None,
        most_waiting: int = _MOST_WAITING,
        most_cache_bytes: int = MOST_BYTES,
    ) -> None:
        self.made = 0
        self.keeps = cache is not None
        self._reach = Reach.of(root)
        self._limits = limits or Limits()
        count = readers or min(_MOST_READERS, default_workers())
        self._readers = [Reader(self._reach, timeout_s, self._limits) for _ in range(count)]
        self._idle: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        fetched = stand_ins.is_stand_in(self._reach.root)
        self._at_once = max(count, _FETCHED_AT_ONCE) if fetched else count
        self._in_work = 0
        self._most_waiting = most_waiting
        self._jobs: dict[_Key, _Job] = {}
        self._waiting: OrderedDict[_Key, _Job] = OrderedDict()
        self._placed: OrderedDict[tuple[str, str], tuple[float, ...]] = OrderedDict()
        self._spared: dict[str, tuple[float, NoPicture]] = {}
        self._cache = None if cache is None else ThumbnailCache(cache, most_cache_bytes)
        # of its own, so that a slow disk holds up nothing else
        self._cache_thread = ThreadPoolExecutor(1, "catsclean thumbnails")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        """Start the readers, which load while the page does."""
        self._loop = asyncio.get_running_loop()
        for reader in self._readers:
            _in_thread(self._start, reader)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the readers; whoever waits for a picture gets none."""
        self._loop = None
        self._waiting.clear()
        for job in self._jobs.values():
            _settle(job, _ENDING)
        self._jobs.clear()
        await asyncio.gather(*(asyncio.to_thread(reader.stop) for reader in self._readers))
        if self._cache is not None:
            self._cache_thread.submit(self._cache.close)
        self._cache_thread.shutdown(wait=False)

    async def get(self, path: str, sha256: str, side_px: int) -> Picture | NoPicture:
        """Return a picture, or why it cannot be shown; a caller that is cancelled needs it no more.

        Args:
            path: The sample (escaped path).
            sha256: Digest of its bytes by the audit, in hexadecimal; empty if they were not read.
            side_px: Longest side in pixels, one of `SMALL_PX` or `FULL_PX`.
        """
        if side_px not in {*SMALL_PX, FULL_PX}:
            raise ValueError(f"no such size of a picture. Received: {side_px!r}")
        key = sha256, side_px
        if sha256 and (body := await self._cached(key)) is not None:
            return Picture(body, SMALL_TYPE)
        return await self._make(key, Wanted(path, sha256, side_px))

    async def compare(
        self, first: tuple[str, str], second: tuple[str, str], show: Show
    ) -> Picture | NoPicture:
        """Return what one picture laid over another shows.

        Args:
            first: Sample path and sha256 of the lower picture, as for :meth:`get`.
            second: Those of the upper one.
            show: What to show; in words, it is JSON with ``words``, a list, and ``aligned``.
                Who asks for words first does not wait until the pictures are aligned again.
        """
        pair = first[1], second[1]
        key = f"{show}:{first[1]}:{second[1]}", FULL_PX
        placed = () if show is Show.WORDS else self._placed.get(pair, ())
        made = await self._make(key, Wanted(*first, FULL_PX, show, *second, placed))
        if show is Show.WORDS and isinstance(made, Picture):
            self._note_placed(pair, made.body)
        return made

    def _note_placed(self, pair: tuple[str, str], body: bytes) -> None:
        """Remember how one picture lies on another; a reader that was taken over may say anything.

        Then a later request fails in a reader, or shows something else.
        """
        with suppress(ValueError, KeyError, TypeError):
            self._placed[pair] = tuple(map(float, parse_json(body)["placed"][:_NUMBERS]))
        while len(self._placed) > _MOST_PLACED:
            self._placed.popitem(last=False)

    async def _make(self, key: _Key, wanted: Wanted) -> Picture | NoPicture:
        digests = [wanted.sha256] if wanted.show is None else [wanted.sha256, wanted.other_sha256]
        if not all(digests):
            return _NOT_READ
        for sha256 in digests:
            if (spared := self._spared_one(sha256)) is not None:
                return spared
        if self._loop is None:
            return _ENDING
        job = self._job_of(key, wanted)
        job.waiters += 1
        try:
            return await asyncio.shield(job.future)
        finally:
            job.waiters -= 1
            if not job.waiters and self._waiting.get(key) is job:
                del self._waiting[key], self._jobs[key]

    def _job_of(self, key: _Key, wanted: Wanted) -> _Job:
        job = self._jobs.get(key)
        if job is None:
            job = _Job(wanted, asyncio.get_running_loop().create_future())
            self._jobs[key] = self._waiting[key] = job
            if len(self._waiting) > self._most_waiting:
                oldest, given_up = self._waiting.popitem(last=False)
                del self._jobs[oldest]
                _settle(given_up, _TOO_MANY)
            self._begin_jobs()
        elif key in self._waiting:
            self._waiting.move_to_end(key)
        return job

    def _begin_jobs(self) -> None:
        while self._waiting and self._in_work < self._at_once:
            key, job = self._waiting.popitem()
            self._in_work += 1
            _in_thread(self._work, self._loop, key, job)

    def _start(self, reader: Reader) -> None:
        reader.start()
        self._idle.put(reader)

    def _work(self, loop: asyncio.AbstractEventLoop, key: _Key, job: _Job) -> None:
        """Make a picture, in a thread of its own."""
        try:
            found = self._read(job.wanted)
        except Exception as error:  # noqa: BLE001 - such as a bucket that refuses everything
            found = NoPicture(names.text(str(error)), Reason.BUSY)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(self._end_job, key, job, found)

    def _read(self, wanted: Wanted) -> Picture | NoPicture:
        with ExitStack() as held:
            for path in filter(None, (wanted.path, wanted.other_path)):
                absence = held.enter_context(
                    stand_ins.holding(self._reach.root, path, self._limits.max_bytes)
                )
                if absence is not None:
                    return NoPicture(absence.detail)
            reader = self._idle.get()
            try:
                return reader.make(wanted)
            finally:
                self._idle.put(reader)

    def _end_job(self, key: _Key, job: _Job, found: Picture | NoPicture) -> None:
        self._in_work -= 1
        if self._loop is None:
            return
        del self._jobs[key]
        sha256, side_px = key
        if isinstance(found, Picture):
            self.made += 1
            if side_px in SMALL_PX and self._cache is not None:
                self._cache_thread.submit(self._cache.put, sha256, side_px, found.body)
        elif found.reason is Reason.HARMFUL:
            self._spared[job.wanted.sha256] = time.monotonic(), found
            while len(self._spared) > _MOST_SPARED:
                del self._spared[next(iter(self._spared))]
        _settle(job, found)
        self._begin_jobs()

    async def _cached(self, key: _Key) -> bytes | None:
        sha256, side_px = key
        if self._cache is None or self._loop is None or side_px not in SMALL_PX:
            return None
        cached = self._cache.get
        return await self._loop.run_in_executor(self._cache_thread, cached, sha256, side_px)

    def _spared_one(self, sha256: str) -> NoPicture | None:
        since, why = self._spared.get(sha256, (0.0, None))
        if why is not None and time.monotonic() - since > _SPARED_S:
            del self._spared[sha256]
            return None
        return why


def _settle(job: _Job, found: Picture | NoPicture) -> None:
    if not job.future.done():
        job.future.set_result(found)


def _in_thread(work: Any, *arguments: Any) -> None:
    """Call a function in a thread that no end of this program waits for."""
    threading.Thread(target=work, args=arguments, name="catsclean picture", daemon=True).start()
