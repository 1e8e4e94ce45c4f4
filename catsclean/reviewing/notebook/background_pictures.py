"""A picture service that runs beside a program with an event loop of its own, or with none."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from catsclean.core.links import Reach
from catsclean.reviewing.server.picture_service import PictureService

#: A call of the service.
Making = Callable[[PictureService], Coroutine[Any, Any, Any]]

# a notebook stays open for days; its readers would take 200 MB
_IDLE_S: Final = 120.0
_LOOKS: Final = 4


@dataclass(eq=False, slots=True)
class _Running:
    service: PictureService
    loop: asyncio.AbstractEventLoop
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    in_work: int = 0
    last: float = 0.0


class BackgroundPictures:
    """Starts a service when a picture is asked for, and ends it if none has been for a while.

    Args:
        make: Returns a new service.
        idle_s: So long a service that nobody asks goes on.
    """

    def __init__(self, make: Callable[[], PictureService], idle_s: float = _IDLE_S) -> None:
        self._make = make
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._running: _Running | None = None

    @property
    def is_running(self) -> bool:
        """Whether there are processes that read pictures."""
        return self._running is not None

    def ask(self, making: Making) -> Future[Any]:
        """Call the service from any thread, and return what will come of it."""
        with self._lock:
            if self._running is None:
                self._running = _Running(self._make(), asyncio.new_event_loop())
                threading.Thread(
                    target=self._run, args=(self._running,), name="catsclean pictures", daemon=True
                ).start()
            running = self._running
            running.in_work += 1
        return asyncio.run_coroutine_threadsafe(self._call(running, making), running.loop)

    def close(self) -> None:
        """End the service; the next call starts another one."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            with suppress(RuntimeError):  # it has ended by itself
                running.loop.call_soon_threadsafe(running.ending.set)

    async def _call(self, running: _Running, making: Making) -> Any:
        try:
            await running.entered.wait()
            return await making(running.service)
        finally:
            with self._lock:
                running.in_work -= 1
                running.last = time.monotonic()

    def _run(self, running: _Running) -> None:
        loop = running.loop
        try:
            loop.run_until_complete(self._live(running))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    async def _live(self, running: _Running) -> None:
        async with running.service:
            running.entered.set()
            while not self._is_over(running):
                with suppress(TimeoutError):
                    await asyncio.wait_for(running.ending.wait(), self._idle_s / _LOOKS)
        # whoever waits for a picture hears that there is none
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*waiting, return_exceptions=True)

    def _is_over(self, running: _Running) -> bool:
        with self._lock:
            idle = not running.in_work and time.monotonic() - running.last > self._idle_s
            if idle and self._running is running:
                self._running = None
            return idle or running.ending.is_set()


_OF: dict[tuple[Reach, Path], BackgroundPictures] = {}


def pictures_of(reach: Reach, thumbnails: Path) -> BackgroundPictures:
    """Return the service of a data set: one, however many cells show it.

    Args:
        reach: The data set.
        thumbnails: Its file of small pictures.
    """
    key = reach, thumbnails
    return _OF.setdefault(key, BackgroundPictures(lambda: PictureService(reach, thumbnails)))


def close_all() -> None:
    """End the services of all data sets; the next picture starts one again."""
    for pictures in _OF.values():
        pictures.close()
