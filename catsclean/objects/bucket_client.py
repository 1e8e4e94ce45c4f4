"""The client of a bucket: list, read, and write under a condition.

It wraps obstore, which signs and retries.  Credentials stay in the chain of that client
(environment, role of the machine, profile): they are never a value here.  What a server answers is
never shown either, because it may repeat them; a message has the address of the object and a reason
in our own words.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from catsclean.core.bucket_address import Address
from catsclean.core.install_command import missing_extra
from catsclean.errors import DatasetError, MissingExtraError
from catsclean.objects.pacing import Pace
from catsclean.objects.requests_in_threads import wait_for_request
from catsclean.objects.s3_conditions import AnswerError, ConditionalRequests

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_R = TypeVar("_R")

_STATUS: Final = re.compile(r"status code: ([1-5]\d\d)\b")
_VARIABLES: Final = {"s3": "AWS", "gs": "GOOGLE", "az": "AZURE"}
_TOO_MANY: Final = frozenset({429, 503})
_ANONYMOUS: Final = "no credentials were found"
# the address that a machine in a cloud asks for its role
_WITHOUT_STATUS: Final = (
    ("169.254.169.254", _ANONYMOUS),
    ("metadata", _ANONYMOUS),
    ("BadScheme", "the endpoint has no encryption, which AWS_ALLOW_HTTP=true would allow"),
)
_NANOSECONDS: Final = 1_000_000_000
_PIECE_BYTES: Final = 8 * 2**20
#: A larger object is read in several requests.
PIECE_BYTES: Final = 32 * 2**20


class StoredObject(NamedTuple):
    """What a listing says about an object.

    Attributes:
        key: Its whole key.
        size_bytes: Its size.
        etag: The mark of its bytes, as the store makes it; empty if there is none.
        modified_ns: When it was written, nanoseconds since 1970-01-01 UTC.
        version: Its version, where the bucket keeps versions; a listing does not have it.
    """

    key: str
    size_bytes: int
    etag: str
    modified_ns: int
    version: str = ""


class Mark(NamedTuple):
    """What tells one state of an object from another: a write under a condition names it."""

    etag: str
    version: str = ""


class ObjectError(Exception):
    """A request failed; base of the others here.

    Attributes:
        reason: Why, in our own words: it names no secret.
        status: The status that the server answered; 0: none.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        """Take the reason."""
        super().__init__(reason)
        self.reason = reason
        self.status = status


class MissingObjectError(ObjectError):
    """No object has this key."""


class MissingBucketError(MissingObjectError):
    """There is no such bucket."""


class RefusedError(ObjectError):
    """The credentials do not permit this request, or there are none."""


class ConditionError(ObjectError):
    """The object is not, or no longer, as the request demands."""


class TooManyBytesError(ConditionError):
    """The object has more bytes than it should have, or than the caller takes."""


class BusyError(ObjectError):
    """The bucket or the network failed, after all retries: other objects will fail as well."""


class HostileKeyError(ObjectError):
    """The client refuses to list: a key is not a safe path."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try.  The defaults outlast a restart of a server, but not a day without one.

    Attributes:
        connect_s: Seconds until a server must have taken the call.
        stall_s: Seconds that an answer may pause.
        request_s: Seconds that a whole answer may take.
        tries: Number of times that a failed request is repeated.
        backoff_s: Pause before the first repetition; each further one takes twice as long.
    """

    connect_s: float = 5.0
    stall_s: float = 20.0
    request_s: float = 120.0
    tries: int = 5
    backoff_s: float = 0.2

    def client(self) -> ClientConfig:
        """Return the settings of the HTTP client."""
        return {
            "connect_timeout": timedelta(seconds=self.connect_s),
            "read_timeout": timedelta(seconds=self.stall_s),
            "timeout": timedelta(seconds=self.request_s),
        }

    def retries(self) -> RetryConfig:
        """Return the settings of the retries."""
        return {
            "max_retries": self.tries,
            "backoff": {
                "init_backoff": timedelta(seconds=self.backoff_s),
                "max_backoff": timedelta(seconds=10),
                "base": 2,
            },
            "retry_timeout": timedelta(seconds=self.request_s),
        }


_MISSING: Final = "no such object"
_CHANGED: Final = "it changed"
_REFUSED: Final = "the bucket refuses access"
_NO_ANSWER: Final = "the connection failed, or the answer was cut short or too slow"
_STATUSES: Final[tuple[tuple[tuple[int, ...], type[ObjectError], str], ...]] = (
    ((404,), MissingObjectError, _MISSING),
    ((409, 412), ConditionError, _CHANGED),
    ((401, 403), RefusedError, _REFUSED),
)


class Bucket:
    """One bucket; may be used from several threads.

    Attributes:
        address: The address of the data set, for messages.
    """

    def __init__(
        self, address: Address, patience: Patience | None = None, pace: Pace | None = None
    ) -> None:
        """Make a client; nothing is requested yet.

        Raises:
            MissingExtraError: obstore is not installed.
        """
        self.address = address
        self._patience = patience or Patience()
        self._pace = pace or Pace()
        self._store = _open_store(address, self._patience)
        self._conditional: ConditionalRequests | None = None
        self._opening = threading.Lock()

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects whose keys begin with a prefix: empty, or with a last slash.

        A key that ends in a slash comes without it.

        Raises:
            HostileKeyError: A key is not a safe path; list with :mod:`.hostile_listing`.
            MissingBucketError: There is no such bucket.
            ObjectError: The bucket cannot be listed.
        """
        import obstore

        self._pace.wait()
        try:
            chunks = obstore.list(self._store, prefix or None, chunk_size=1000)
            while (chunk := wait_for_request(lambda: next(chunks, None))) is not None:
                for item in chunk:
                    yield _stored(item)
        except Exception as error:  # noqa: BLE001 - obstore raises many kinds
            explained = self._explained(error)
            if isinstance(explained, MissingObjectError):
                # a prefix without objects is an empty listing
                explained = MissingBucketError(explained.reason, explained.status)
            raise explained from None

    def get(self, key: str, etag: str, size_bytes: int) -> memoryview:
        """Read a whole object if it is still the one that was listed.

        Args:
            key: Its key.
            etag: The mark of its bytes in the listing; empty: it had none.
            size_bytes: Its size in the listing; nothing larger is read.

        Raises:
            ConditionError: It changed.
            MissingObjectError: It is gone.
            ObjectError: It cannot be read.
        """
        data, found = self._read(key, {"if_match": etag} if etag else {}, size_bytes)
        # a server may ignore the condition
        if etag and found and found != etag:
            raise ConditionError("it has another ETag than in the listing")
        if len(data) != size_bytes:
            raise ConditionError(f"it has {len(data)} bytes, and {size_bytes} in the listing")
        return data

    def read(self, key: str, max_bytes: int) -> tuple[memoryview, Mark]:
        """Read a whole object as it is now.

        Raises:
            TooManyBytesError: It has more than `max_bytes`.
            ObjectError: It cannot be read.
        """
        data, etag = self._read(key, {}, max_bytes)
        return data, Mark(etag)

    def fetch(self, key: str, mark: Mark, target: Path) -> None:
        """Write a whole object to a file, piece by piece, if it still has this mark.

        Raises:
            ObjectError: It changed, or cannot be read.
            OSError: The file cannot be written.
        """
        import obstore

        self._pace.wait()
        options: Any = {"if_match": mark.etag} if mark.etag else {}
        try:
            answer = wait_for_request(lambda: obstore.get(self._store, key, options=options))
            with target.open("wb") as stream:
                pieces = iter(answer.stream(min_chunk_size=_PIECE_BYTES))
                while (piece := wait_for_request(lambda: next(pieces, None))) is not None:
                    stream.write(piece)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and error.errno is None:
                raise self._explained(error) from None
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise self._explained(error) from None

    def pieces(self, key: str, etag: str, size_bytes: int) -> Iterator[memoryview]:
        """Yield an object piece by piece, if it is still the one that was listed.

        Each piece is a request of its own: a large object on a slow line takes longer than any
        request may.

        Raises:
            ObjectError: As :meth:`get`.
        """
        options: dict[str, Any] = {"if_match": etag} if etag else {}
        for start in range(0, size_bytes, PIECE_BYTES):
            end = min(start + PIECE_BYTES, size_bytes)
            data, found = self._read(key, {**options, "range": (start, end)}, size_bytes)
            if etag and found and found != etag:
                raise ConditionError("it has another ETag than in the listing")
            if len(data) != end - start:
                raise ConditionError(f"it ends early, and has {size_bytes} bytes in the listing")
            yield data

    def find(self, key: str) -> StoredObject | None:
        """Return what a listing would say about one object; None if there is none.

        Raises:
            ObjectError: The bucket does not say.
        """
        import obstore

        self._pace.wait()
        try:
            item = wait_for_request(lambda: obstore.head(self._store, key))
        except Exception as error:  # noqa: BLE001 - as above
            explained = self._explained(error)
            if isinstance(explained, MissingObjectError):
                return None
            raise explained from None
        return _stored(item)

    def exists(self, key: str) -> bool:
        """Return whether an object has this key.

        Raises:
            ObjectError: The bucket does not say.
        """
        return self.find(key) is not None

    def put_new(self, key: str, data: bytes) -> Mark:
        """Write an object that does not exist yet.

        Raises:
            ConditionError: It exists.
            ObjectError: It cannot be written.
        """
        return self._put(key, data, "create")

    def put_same(self, key: str, data: bytes, mark: Mark) -> Mark:
        """Replace an object if it is still the one with this mark; return the new one.

        Raises:
            ConditionError: It changed, or is gone.
            ObjectError: It cannot be written.
        """
        if self.address.scheme == "gs" and not mark.version:
            mark = self._mark_of(key, mark)  # a listing does not have it
        condition = {"e_tag": mark.etag, "version": mark.version}
        mode = {name: value for name, value in condition.items() if value}
        try:
            return self._put(key, data, mode)
        except MissingObjectError as error:
            raise ConditionError("it is gone", error.status) from None

    def delete(self, key: str) -> None:
        """Delete an object; one that is gone already is no error.

        Raises:
            ObjectError: It cannot be deleted.
        """
        import obstore

        self._pace.wait()
        try:
            wait_for_request(lambda: obstore.delete(self._store, key))
        except Exception as error:  # noqa: BLE001 - as above
            explained = self._explained(error)
            if not isinstance(explained, MissingObjectError):
                raise explained from None

    def copy_same(self, source: StoredObject, key: str) -> None:
        """Copy an object inside the bucket if it is unchanged, and no object has the new key.

        At `s3://` the server checks both.  Elsewhere it checks the new key only, so the caller has
        to look at the copy.

        Args:
            source: The object, as it was found.
            key: The new key.

        Raises:
            ConditionError: It changed, or the new key is taken.
            MissingObjectError: It is gone.
            MissingExtraError: The client that can ask for this is not installed.
            ObjectError: It cannot be copied.
        """
        if self.address.scheme == "s3":
            requests = self._with_conditions()
            self._ask(lambda: requests.copy(source.key, source.etag, key))
            return
        import obstore

        self._ask(lambda: obstore.copy(self._store, source.key, key, overwrite=False))

    def delete_same(self, source: StoredObject) -> str:
        """Delete an object if it is unchanged.

        Only at `s3://` the server checks that: elsewhere, look at it directly before.

        Returns:
            The version of the delete marker; empty if the bucket keeps no versions.

        Raises:
            ConditionError: It changed.
            MissingObjectError: It is gone.
            MissingExtraError: As :meth:`copy_same`.
            ObjectError: It cannot be deleted.
        """
        if self.address.scheme == "s3":
            requests = self._with_conditions()
            return self._ask(lambda: requests.delete(source.key, source.etag))
        self.delete(source.key)
        return ""

    def _with_conditions(self) -> ConditionalRequests:
        with self._opening:
            if self._conditional is None:
                self._conditional = ConditionalRequests(
                    self.address.bucket,
                    self._patience.connect_s,
                    self._patience.stall_s,
                    self._patience.tries,
                )
            return self._conditional

    def _ask(self, request: Callable[[], _R]) -> _R:
        self._pace.wait()
        try:
            return wait_for_request(request)
        except MissingExtraError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise self._explained(error) from None

    def _read(self, key: str, options: Any, most: int) -> tuple[memoryview, str]:
        import obstore

        def request() -> tuple[int, str, memoryview]:
            answer = obstore.get(self._store, key, options=options)
            size, etag = answer.meta["size"], answer.meta["e_tag"] or ""
            # a larger body is not fetched
            return size, etag, memoryview(b"") if size > most else memoryview(answer.bytes())

        self._pace.wait()
        try:
            size, etag, data = wait_for_request(request)
        except Exception as error:  # noqa: BLE001 - as above
            raise self._explained(error) from None
        self._pace.faster()
        if size > most:
            raise TooManyBytesError(f"it has {size} bytes, more than {most}")
        return data, etag

    def _mark_of(self, key: str, listed: Mark) -> Mark:
        import obstore

        self._pace.wait()
        try:
            found = wait_for_request(lambda: obstore.head(self._store, key))
        except Exception as error:  # noqa: BLE001 - as above
            raise self._explained(error) from None
        if found["e_tag"] != listed.etag:
            raise ConditionError("it changed")
        return Mark(listed.etag, found["version"] or "")

    def _put(self, key: str, data: bytes, mode: Any) -> Mark:
        import obstore

        self._pace.wait()
        try:
            # in one piece: a condition on an upload in parts is not supported everywhere
            done = wait_for_request(
                lambda: obstore.put(self._store, key, data, mode=mode, use_multipart=False)
            )
        except Exception as error:  # noqa: BLE001 - as above
            raise self._explained(error) from None
        return Mark(done["e_tag"] or "", done["version"] or "")

    def _explained(self, error: Exception) -> ObjectError:
        """Turn an error of the client into ours, which repeats nothing of what it says."""
        explained = _explain(error)
        if explained.status in _TOO_MANY:
            self._pace.slower()
        return explained


def missing_bucket(address: Address) -> DatasetError:
    """Return the error that a bucket does not exist, to show to a user."""
    where = f"{address.scheme}://{address.bucket}"
    return DatasetError(
        f"there is no bucket {where!r}. Received: {address.shown()!r}. Check its name, and which"
        " endpoint and credentials your environment has."
    )


def _stored(item: Any) -> StoredObject:
    modified_ns = int(item["last_modified"].timestamp()) * _NANOSECONDS
    version = item["version"] or ""
    return StoredObject(item["path"], item["size"], item["e_tag"] or "", modified_ns, version)


def _explain(error: Exception) -> ObjectError:
    """Turn an error of the client into one of ours.  Its text is searched, and never quoted."""
    if isinstance(error, ObjectError):
        return error
    if isinstance(error, TypeError | AttributeError):  # a mistake of ours
        raise error
    if isinstance(error, AnswerError):
        return RefusedError(_ANONYMOUS) if error.anonymous else explain_status(error.status)
    text = str(error)
    found = _STATUS.search(text)
    status = int(found[1]) if found else 0
    for kinds, made, reason in _kinds():
        if isinstance(error, kinds):
            return made(_with_status(reason, status), status)
    if status:
        return explain_status(status)
    for pattern, reason in _WITHOUT_STATUS:
        if pattern in text:
            return RefusedError(reason)
    return BusyError(_NO_ANSWER)


def explain_status(status: int) -> ObjectError:
    """Make the error for a status that a server answered; 0: there was no answer."""
    if not status:
        return BusyError(_NO_ANSWER)
    for statuses, made, reason in _STATUSES:
        if status in statuses:
            return made(_with_status(reason, status), status)
    if status < 500 and status != 429:
        hint = "; is the region right?" if status < 400 else ""
        return ObjectError(_with_status("the bucket rejects the request", status) + hint, status)
    return BusyError(_with_status("the bucket fails", status), status)


def _with_status(reason: str, status: int) -> str:
    return f"{reason} (status {status})" if status else reason


def _kinds() -> list[tuple[tuple[type[Exception], ...], type[ObjectError], str]]:
    from obstore import exceptions as own

    refused = (PermissionError, own.PermissionDeniedError, own.UnauthenticatedError)
    changed = (own.PreconditionError, own.AlreadyExistsError)
    return [
        ((own.InvalidPathError,), HostileKeyError, "a key is not a safe path"),
        ((FileNotFoundError, own.NotFoundError), MissingObjectError, _MISSING),
        (changed, ConditionError, _CHANGED),
        (refused, RefusedError, _REFUSED),
    ]


def _open_store(address: Address, patience: Patience) -> Any:
    try:
        from obstore import store
    except ImportError as error:
        raise missing_extra("reading a bucket needs obstore", "cloud") from error
    # settings of ours replace this variable of the client's
    variable = f"{_VARIABLES[address.scheme]}_ALLOW_HTTP"
    unencrypted = os.environ.get(variable, "").lower() in {"1", "true", "on", "yes"}
    settings: dict[str, Any] = {
        "client_options": {**patience.client(), "allow_http": unencrypted},
        "retry_config": patience.retries(),
    }
    if address.scheme == "gs":
        return store.GCSStore(address.bucket, **settings)
    if address.scheme == "az":
        return store.AzureStore(address.bucket, **settings)
    from catsclean.objects.aws_profile import profile_settings

    return store.S3Store(address.bucket, **settings, **profile_settings(os.environ))
