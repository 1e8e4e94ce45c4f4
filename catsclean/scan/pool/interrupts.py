"""Hold Ctrl-C and termination back while what the workers have done is put away."""

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
    """Stands in for the handlers of both signals, and passes on what came when it may."""

    def __init__(self) -> None:
        self.former: dict[int, Any] = {}
        self._waiting: list[int] = []
        self._admitting = False

    def begin(self) -> None:
        for number in _SIGNALS:
            former = signal.getsignal(number)
            if callable(former):  # else it is ignored, or ends the process at once
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
    """Let no signal interrupt what is done inside, but where :func:`admitted` allows it.

    One that came meanwhile takes effect at the end.  Only the main thread is ever interrupted; in
    another one, and inside of another call, this does nothing.
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
    """Let signals interrupt what is done inside (as a rule a wait), in a :func:`held_back` too."""
    if not _in_main_thread():
        yield
        return
    with _holder.admitting():
        yield


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
