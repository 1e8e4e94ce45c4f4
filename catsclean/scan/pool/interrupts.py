"""Delay Ctrl-C and termination while results of workers are being stored."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name)
)


class _Holder:
    """Replaces the handlers of both signals, and passes delayed signals on when allowed."""

    def __init__(self) -> None:
        self.former: dict[int, Any] = {}
        self._waiting: list[int] = []
        self._admitting = False

    def begin(self) -> None:
        for number in _SIGNALS:
            former = signal.getsignal(number)
            if callable(former):  # else the signal is ignored, or ends the process at once
                self.former[number] = former
                signal.signal(number, self._take)

    def end(self) -> None:
        for number, former in self.former.items():
            signal.signal(number, former)
        came = [(self.former[number], number) for number in self._waiting]
        self.former, self._waiting = {}, []
        for former, number in came:
            former(number, None)

    @contextmanager
    def admitting(self) -> Iterator[None]:
        self._admitting = True
        try:
            while self._waiting:
                number = self._waiting.pop()
                self.former[number](number, None)
            yield
        finally:
            self._admitting = False

    def _take(self, number: int, frame: Any) -> None:
        if self._admitting:
            self.former[number](number, frame)
        else:
            self._waiting.append(number)


_holder = _Holder()


@contextmanager
def held_back() -> Iterator[None]:
    """Let no signal interrupt the block, except where :func:`admitted` allows it.

    A signal that arrives meanwhile takes effect at the end.  Only the main thread is ever
    interrupted; in other threads, and when nested, this does nothing.
    """
    if _holder.former or not _in_main_thread():
        yield
        return
    _holder.begin()
    try:
        yield
    finally:
        _holder.end()


@contextmanager
def admitted() -> Iterator[None]:
    """Let signals interrupt the block (usually a wait), even within :func:`held_back`."""
    if not _in_main_thread():
        yield
        return
    with _holder.admitting():
        yield


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
