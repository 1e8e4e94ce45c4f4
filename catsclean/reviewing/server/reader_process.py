"""A process that reads pictures: it may crash or hang without harm to anything else."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any, Final, NamedTuple

from catsclean.core import names
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.reviewing.server.made_picture import NoPicture, Picture, Reason, Wanted
from catsclean.scan.pool.worker_process import ANSWER_BYTES, Begin, Slot

#: Bytes of a picture that come back in one answer, with room for what surrounds them.
_PART_BYTES: Final = ANSWER_BYTES - 2**12
# a crash proves little about a picture: memory may be short, an administrator impatient
_TRIES: Final = 2
_START_S: Final = 60.0
_ENDING: Final = NoPicture("the review ends", Reason.BUSY)


class _PicturePart(NamedTuple):
    """A part of a picture: of a large one, more than one has to be fetched."""

    why_not: str = ""
    media_type: str = ""
    size_bytes: int = 0
    data: bytes = b""


class Reader:
    """A process that reads one picture at a time, and is replaced if it ends.

    Args:
        reach: The data set.
        timeout_s: Seconds that one picture may take.
        limits: Bounds on a file.
    """

    def __init__(self, reach: Reach, timeout_s: float, limits: Limits) -> None:
        self._reach = reach
        self._timeout_s = timeout_s
        self._limits = replace(limits, timeout_s=timeout_s)
        self._slot: Slot | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._starting = threading.Lock()

    def start(self) -> Slot | NoPicture:
        """Start the process unless it runs; return it, or why it cannot be started."""
        with self._starting:
            with self._lock:
                if self._stopped:
                    return _ENDING
                if self._slot is not None:
                    return self._slot
                self._slot = slot = Slot(_prepare, (self._limits.memory_bytes,))
            try:
                slot.submit(_be_ready, None)[1].result(_START_S)
            except (OSError, BrokenProcessPool, CancelledError) as error:
                self._discard()
                why = names.text(f"no process that reads pictures can be started: {error}")
                return _ENDING if self._stopped else NoPicture(why, Reason.BUSY)
            return slot

    def make(self, wanted: Wanted) -> Picture | NoPicture:
        """Make a picture; blocks until it is there, or cannot be made."""
        for _ in range(_TRIES):
            slot = self.start()
            if isinstance(slot, NoPicture):
                return slot
            try:
                return self._ask(slot, wanted)
            except TimeoutError:
                self._discard()
                return NoPicture(f"reading it takes over {self._timeout_s:g} s", Reason.HARMFUL)
            except (BrokenProcessPool, CancelledError):
                self._discard()
        return NoPicture("the process that reads it crashes", Reason.HARMFUL)

    def stop(self) -> None:
        """End the process for good; what it makes is given up."""
        with self._lock:
            self._stopped = True
        self._discard()

    def _discard(self) -> None:
        with self._lock:
            slot, self._slot = self._slot, None
        if slot is not None:
            slot.stop()

    def _ask(self, slot: Slot, wanted: Wanted) -> Picture | NoPicture:
        """Fetch all parts of a picture.

        Raises:
            TimeoutError: It takes too long.
            BrokenProcessPool: The process crashed.
            CancelledError: As above.
        """
        until = time.monotonic() + self._timeout_s
        data = bytearray()
        while True:
            task = self._reach, wanted, self._limits, len(data)
            job, future = slot.submit(make_part, task)
            given = future.result(max(0.0, until - time.monotonic()))
            if given.kind == "memory":
                return NoPicture("reading it takes more memory than a reader may have")
            if given.kind != "done":
                return NoPicture(names.text(f"reading it failed: {given.text}"))
            part: _PicturePart = slot.answer(given, job)
            if part.why_not:
                return NoPicture(names.text(part.why_not))
            data += part.data
            if len(data) >= part.size_bytes:
                return Picture(bytes(data), part.media_type)


def _prepare(memory_bytes: int) -> None:
    # only the processes that read pictures load the decoders
    from catsclean.reviewing.server import shown_picture  # noqa: F401
    from catsclean.scan import worker

    worker.prepare(memory_bytes)


def _be_ready(_task: Any, _begin: Begin) -> None:
    """Do nothing: whoever waits for it knows that the process has started."""


def make_part(task: Any, begin: Begin) -> _PicturePart:
    """Encode a picture in this process, and return the part of it that begins at a place."""
    from catsclean.images.load import UnreadablePictureError
    from catsclean.reviewing.server.shown_picture import encode_sample
    from catsclean.scan import worker

    reach, wanted, limits, start = task
    begin(0)
    picture = _last.get(wanted)
    _last.clear()
    if picture is None:
        # the caller's deadline ends this process, too, unless the caller is gone
        worker.arm(limits.timeout_s)
        try:
            picture = encode_sample(reach, wanted, limits)
        except UnreadablePictureError as error:
            return _PicturePart(why_not=str(error))
        finally:
            worker.arm(0.0)
    size = len(picture.body)
    if start + _PART_BYTES < size:
        _last[wanted] = picture
    begin(-1)
    return _PicturePart("", picture.media_type, size, picture.body[start : start + _PART_BYTES])


# the large picture whose next part is going to be asked for
_last: dict[Wanted, Picture] = {}
