"""The lock of a state in a bucket: an object that only one command can make, with a lease.

A bucket knows no locks, but it can refuse to write an object that exists, or that is no longer the
one that the writer knows.  Whoever holds the lock renews it every few seconds.  If its machine
dies, the lease expires, and the next command takes the lock over.  Clocks that differ may make that
happen too early; then the former holder notices before it writes, and writes nothing any more.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import secrets
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any, Final

from catsclean.core import names
from catsclean.core.parse_json import parse_json
from catsclean.errors import StateError
from catsclean.objects.bucket_client import (
    Bucket,
    ConditionError,
    Mark,
    MissingObjectError,
    ObjectError,
    StoredObject,
)
from catsclean.objects.requests_in_threads import wait_for_request

_LEASE_S: Final = 120.0
# several renewals may fail before the lease expires
_RENEWALS: Final = 5
_NANOSECONDS: Final = 1_000_000_000
_MOST_BYTES: Final = 1 << 16
_HURRIED_S: Final = 2.0
_JOIN_S: Final = 5.0


class Lease:
    """A lock that one process holds.

    Attributes:
        one_at_a_time: Of the threads of the process, one at a time works under it.
    """

    def __init__(self, bucket: Bucket, key: str, lease_s: float = _LEASE_S) -> None:
        """Prepare; nothing is requested yet.

        Args:
            bucket: Where the lock is.
            key: Key of its object.
            lease_s: Seconds after which others may take it over if it is not renewed.
        """
        self._bucket = bucket
        self._key = key
        self._lease_s = lease_s
        self._body: dict[str, Any] = {}
        self._mark = Mark("")
        self._lost = False
        self.one_at_a_time = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def held(self) -> bool:
        """Whether this process holds it, as far as it knows."""
        return self._thread is not None and not self._lost

    def take(self, listed: StoredObject | None) -> None:
        """Take the lock, and renew it from now on.

        Args:
            listed: The object of the lock in the listing; None: there is none.

        Raises:
            StateError: Another command holds it; the message says who.
            ObjectError: The bucket cannot be written.
        """
        self._body = {
            "who": f"{_user()}@{platform.node()}",
            "pid": os.getpid(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "lease_s": self._lease_s,
            "id": secrets.token_hex(8),
            "renewal": 0,
        }
        try:
            if listed is None:
                self._mark = self._bucket.put_new(self._key, self._data())
            else:
                # an empty object is a lock that was released
                if listed.size_bytes and not self._is_expired(listed):
                    raise ConditionError("it is held")
                mark = Mark(listed.etag)
                self._mark = self._bucket.put_same(self._key, self._data(), mark)
        except ConditionError:
            # a write whose answer got lost is repeated, and meets itself
            holder, mark = self._read()
            if holder.get("id") != self._body["id"]:
                raise StateError(self._held_by(holder)) from None
            self._mark = mark
        self._lost = False
        self._stop.clear()
        self._thread = threading.Thread(target=self._renew, name="catsclean-lease", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Release the lock; if the bucket does not answer, the lease expires by itself."""
        self._stop.set()
        if self._thread is None:
            return
        # who interrupts a command does not wait for a bucket that does not answer
        hurried = isinstance(sys.exc_info()[1], KeyboardInterrupt)
        self._thread.join(_HURRIED_S if hurried else _JOIN_S)
        self._thread = None
        if not self._lost:
            try:
                wait_for_request(
                    lambda: self._bucket.put_same(self._key, b"", self._mark),
                    _HURRIED_S if hurried else None,
                )
            except (ObjectError, TimeoutError):
                return

    def check(self) -> None:
        """Check that the lock is still held, before something is written.

        Raises:
            StateError: Another command took it over.
        """
        if not self.held:
            raise StateError(
                f"another catsclean took over the work on {self._bucket.address.shown()!r}, because"
                " this one did not answer for a while. Nothing more was written. Try again."
            )

    def _data(self) -> bytes:
        return json.dumps(self._body).encode()

    def _renew(self) -> None:
        while not self._stop.wait(self._lease_s / _RENEWALS):
            # so that the bytes differ, and with them the ETag
            self._body["renewal"] += 1
            try:
                self._mark = self._bucket.put_same(self._key, self._data(), self._mark)
            except ConditionError:
                holder, mark = self._read()
                if holder.get("id") != self._body["id"]:
                    self._lost = True
                    return
                self._mark = mark
            except ObjectError:
                continue  # the next renewal may succeed

    def _read(self) -> tuple[dict[str, Any], Mark]:
        """Return who holds the lock; empty if that cannot be told."""
        try:
            data, mark = self._bucket.read(self._key, _MOST_BYTES)
            holder = parse_json(bytes(data))
        except (ObjectError, ValueError):
            return {}, Mark("")
        return (holder, mark) if isinstance(holder, dict) else ({}, mark)

    def _is_expired(self, listed: StoredObject) -> bool:
        try:
            data, mark = self._bucket.read(self._key, _MOST_BYTES)
        except MissingObjectError:
            return False
        if mark.etag != listed.etag:
            return False  # it was renewed since
        try:
            lease_s = float(parse_json(bytes(data))["lease_s"])
        except (ValueError, KeyError, TypeError):
            lease_s = _LEASE_S
        return time.time() > listed.modified_ns / _NANOSECONDS + lease_s

    def _held_by(self, holder: dict[str, Any]) -> str:
        who = names.text(str(holder.get("who", "unknown")))
        since = names.text(str(holder.get("since", "unknown")))
        pid = names.text(str(holder.get("pid", "unknown")))
        return (
            f"another catsclean ({who}, pid {pid}, since {since}) is working on"
            f" {self._bucket.address.shown()!r}. Wait for it to end, then try again; if it was"
            f" killed, its lock expires within {self._lease_s / 60:g} minutes."
        )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
