"""Limit how many requests a second go to a bucket, from all threads together."""

from __future__ import annotations

import threading
import time
from typing import Final

# S3 answers 5,500 reads a second for each prefix, and then 503
_A_SECOND: Final = 5000.0
# requests of so many seconds may come at once: a thread that sleeps before each costs more
_BURST_S: Final = 0.05
_SLOWEST: Final = 4.0
# requests that are refused within so many seconds are refused for one reason
_SAME_S: Final = 1.0
# a success brings back this part of the full rate
_RECOVERY: Final = 1 / 200


class Pace:
    """Spaces requests; slows down if the bucket asks for it, and recovers by and by."""

    def __init__(self, a_second: float = _A_SECOND) -> None:
        """Allow so many requests a second."""
        self._most = self._rate = a_second
        self._next = self._slowed = 0.0
        self._lock = threading.Lock()

    @property
    def a_second(self) -> float:
        """How many requests a second are allowed now."""
        return self._rate

    def wait(self) -> None:
        """Wait for the turn of one request."""
        with self._lock:
            now = time.monotonic()
            turn = max(now - _BURST_S, self._next)
            self._next = turn + 1.0 / self._rate
        if turn > now:
            time.sleep(turn - now)

    def slower(self) -> None:
        """Halve the rate: the bucket answered that it is too much."""
        with self._lock:
            now = time.monotonic()
            if now - self._slowed > _SAME_S:
                self._slowed = now
                self._rate = max(_SLOWEST, self._rate / 2)

    def faster(self) -> None:
        """Note a success."""
        if self._rate < self._most:
            with self._lock:
                self._rate = min(self._most, self._rate + self._most * _RECOVERY)
