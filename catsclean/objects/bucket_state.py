"""Open a data set in a bucket: its stand-in on this machine, and its state in the bucket."""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from catsclean.core import stand_ins
from catsclean.core.bucket_address import Address, is_address, parse_address
from catsclean.core.container_names import is_container_name
from catsclean.core.files import SUFFIX
from catsclean.core.links import Folders
from catsclean.core.state import DamagedError, StateFolder, locate
from catsclean.core.state_names import TABLES
from catsclean.errors import DatasetError, StateError
from catsclean.objects.bucket_client import (
    Bucket,
    MissingBucketError,
    ObjectError,
    StoredObject,
    missing_bucket,
)
from catsclean.objects.lease import Lease
from catsclean.objects.object_keys import hostile_reason, key_of
from catsclean.objects.spool import WINDOW_BYTES, Finder, ListedObject, Spool
from catsclean.objects.spool_folder import SpoolFolder
from catsclean.objects.state_copy import StateCopy

_P = ParamSpec("_P")
_R = TypeVar("_R")

_DATA: Final = "data"  # the folder of the spool in which the stand-in lies


class NotListed:
    """A source for an audit that was loaded: the bucket was not listed, so all of it may exist."""

    def __init__(self, folder: str) -> None:
        """Take the prefix of the data set: empty, or with a last slash."""
        self._folder = folder

    def find(self, path: str) -> ListedObject | None:
        """Return the object of a sample."""
        try:
            key = key_of(self._folder, path)
        except ValueError:
            return None
        return None if hostile_reason(key[len(self._folder) :]) else ListedObject(key, "", -1)


class OpenBucket:
    """A data set in a bucket that this process works on.

    Attributes:
        address: Its address.
        bucket: The client.
        root: Its stand-in: a folder, or a file if the data set is one container.
        whole: The container that is the data set; None: it is a folder.
        packed: Some samples lie in containers.
    """

    def __init__(self, address: Address) -> None:
        """Make the stand-in; ask whether an address that looks like a container is one.

        Raises:
            MissingExtraError: obstore is not installed.
            DatasetError: There is no room for the spool.
        """
        self.address = address
        self.bucket = Bucket(address)
        self._folder = SpoolFolder(WINDOW_BYTES)
        self.root = self._folder.path / _DATA / address.name
        self.whole = self._find_whole()
        self.packed = False
        self._containers: frozenset[str] = frozenset()
        folder = self.root if self.whole is None else self.root.parent
        folder.mkdir(parents=True)
        self._source: Finder = NotListed(address.folder)
        self.spool = Spool(self.bucket, self, folder)
        stand_ins.register(self.root, address.url, self.spool)
        if self.whole is not None:
            self.note_containers([""])

    def _find_whole(self) -> StoredObject | None:
        if is_container_name(self.address.name) and self.address.prefix:
            with suppress(ObjectError):  # then listing it says what is wrong
                return self.bucket.find(self.address.prefix)
        return None

    def renew_whole(self) -> StoredObject | None:
        """Ask which bytes the container has now that is the data set; None: it is gone.

        Raises:
            ObjectError: The bucket does not say.
        """
        found = self.bucket.find(self.address.prefix)
        self.whole = found or self.whole
        self.spool.clear()
        return found

    def note_containers(self, containers: Iterable[str]) -> None:
        """Note in which files samples lie (escaped paths; one that is empty is the data set)."""
        self._containers = frozenset(containers)
        self.packed = bool(self._containers)
        if self.packed:
            self.spool.use_free_room()

    def file_of(self, path: str) -> str:
        """Return the path of the file in which a sample lies: its container, or itself."""
        if self.whole is not None:
            return self.address.name
        at = path.find("/") if self.packed else -1
        while at >= 0:
            if path[:at] in self._containers:
                return path[:at]
            at = path.find("/", at + 1)
        return path

    def find(self, path: str) -> ListedObject | None:
        """Return the object of a file."""
        if self.whole is not None:
            return ListedObject(self.whole.key, self.whole.etag, self.whole.size_bytes)
        return self._source.find(path)

    def renew(self, source: Finder) -> None:
        """Take a new listing; files that were brought by an earlier one are not used any more."""
        self._source = source
        self.spool.clear()

    def close(self) -> None:
        """Remove the stand-in."""
        stand_ins.forget(self.root)
        self.spool.close()
        self._folder.remove()


@dataclass(frozen=True, slots=True)
class BucketState(StateFolder):
    """The state of a data set in a bucket: a copy on this machine, written back under a lock.

    Attributes:
        copy: The copy; None: the state lies in a folder that the user named.
        lease: The lock.
    """

    copy: StateCopy | None = field(default=None, compare=False, repr=False)
    lease: Lease | None = field(default=None, compare=False, repr=False)

    def refuse_inside_audited(self) -> None:
        """Do nothing: the state of a bucket's folder is skipped when a larger one is listed."""

    def refuse_to_replace(self) -> None:
        """Refuse to replace files of a newer catsclean; those of others were refused earlier.

        Raises:
            StateError: It was written by a newer catsclean.
        """
        if self.copy is None:
            StateFolder.refuse_to_replace(self)
            return
        with suppress(DamagedError):
            self.read_summary()

    def remove_leftovers(self) -> None:
        """Remove the leftovers of killed commands from the copy; the bucket is left alone."""
        with suppress(StateError), StateFolder.lock(self):
            pass

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the state, here and in the bucket; write back what the block changed.

        Raises:
            StateError: Another command holds it, or it cannot be written.
        """
        with StateFolder.lock(self):
            if self.copy is None or self.lease is None:
                yield
                return
            with self.lease.one_at_a_time, _leased(self.copy, self.lease):
                yield

    def refresh(self) -> None:
        """Bring the copy up to date, unless a command of this process changes it.

        Raises:
            StateError: The state in the bucket cannot be read.
        """
        if self.copy is None or self.lease is None:
            return
        if not self.lease.one_at_a_time.acquire(blocking=False):
            return
        try:
            if not self.lease.held:
                self.copy.update(self.copy.list_remote())
        finally:
            self.lease.one_at_a_time.release()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Lock the state in the bucket; write back what the block changed.

        Raises:
            StateError: Another command holds it, or it cannot be written.
        """
        if self.copy is None or self.lease is None:
            yield
            return
        if not self.lease.one_at_a_time.acquire(blocking=False):
            raise StateError("another command is at work. Wait for it to end, then try again.")
        try:
            with _leased(self.copy, self.lease):
                yield
        finally:
            self.lease.one_at_a_time.release()


_open: dict[str, OpenBucket] = {}
_leases: list[Lease] = []


def _check_bucket(bucket: Bucket) -> None:
    """Check that a bucket exists.

    Raises:
        DatasetError: It does not.
        ObjectError: It does not say.
    """
    try:
        next(bucket.list(""), None)
    except MissingBucketError:
        raise missing_bucket(bucket.address) from None


def open_data_set(
    root: str | os.PathLike[str],
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
    *,
    writes: bool = False,
) -> StateFolder:
    """Return the state folder of a data set, which may be in a bucket.

    Args:
        root: The data set: a folder, or an address such as ``s3://bucket/PetImages``.
        state_dir: State folder on this machine; None: beside the data set.
        follow_links_to: Folders that links may lead into; a bucket has no links.
        writes: Lock the state in the bucket for the whole command; see :func:`ends_leases`.

    Raises:
        DatasetError: As :meth:`StateFolder.of`; or the address is not valid.
        MissingExtraError: It is in a bucket, and obstore is not installed.
        StateError: As :meth:`StateFolder.of`; or another command works on it, or the state in the
            bucket cannot be read.
    """
    address = None if _is_folder(root) else parse_address(root)
    if address is None:
        return StateFolder.of(root, state_dir, follow_links_to)
    found = _opened(address)
    if state_dir is not None:
        if is_address(state_dir):
            raise DatasetError(
                "the state folder of a bucket is beside the data set, or a folder on this machine."
                f" Received: {str(state_dir)!r}. Name a folder for --state-dir (state_dir=)."
            )
        own = StateFolder.of(found.root, state_dir)
        named = (address.url, os.fspath(state_dir))
        return BucketState(own.root, own.path, named)
    if not address.prefix:
        with suppress(ObjectError):  # whatever else may be wrong, the address is
            _check_bucket(found.bucket)
        raise DatasetError(
            f"a whole bucket has no place beside it for the state. Received: {address.url!r}."
            " Name a folder in it, or a --state-dir (state_dir=) on this machine."
        )
    path = _place_of_copy(address)
    copy = StateCopy(found.bucket, f"{address.prefix}{SUFFIX}/", path)
    stand_ins.register(path, f"{address.url}{SUFFIX}")
    lease = Lease(found.bucket, copy.lock_key)
    if writes:
        _leases.append(lease)
        _take(copy, lease)
    else:
        copy.update(copy.list_remote())
    return BucketState(found.root, path, (address.url, None), (), copy, lease)


def locate_data_set(
    root: str | os.PathLike[str] | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
) -> StateFolder:
    """Find a state folder as :func:`catsclean.core.state.locate` does; it may be in a bucket.

    Raises:
        DatasetError: As :func:`open_data_set`.
        MissingExtraError: As :func:`open_data_set`.
        StateError: As :func:`open_data_set`.
        UsageError: As :func:`catsclean.core.state.locate`.
    """
    if root is None or _is_folder(root) or not is_address(root):
        return locate(root, state_dir, follow_links_to)
    return open_data_set(root, state_dir, follow_links_to)


def open_bucket_of(root: Path) -> OpenBucket | None:
    """Return the data set in a bucket that a folder stands for; None: it is a real folder."""
    return next((one for one in _open.values() if one.root == root), None)


def is_in_bucket(state: StateFolder) -> bool:
    """Return whether a state folder is that of a data set in a bucket."""
    return isinstance(state, BucketState)


def ends_leases(call: Callable[_P, _R]) -> Callable[_P, _R]:
    """Release the locks that a function took in buckets when it ends, however it ends."""

    @functools.wraps(call)
    def ended(*arguments: _P.args, **named: _P.kwargs) -> _R:
        try:
            return call(*arguments, **named)
        finally:
            while _leases:
                _leases.pop().release()

    return ended


def without_writing(state: StateFolder) -> StateFolder:
    """Return the state folder of a bucket as one that is not written back."""
    return replace(state, copy=None, lease=None) if isinstance(state, BucketState) else state


def close_all() -> None:
    """Release all locks and remove all stand-ins of this process."""
    while _leases:
        with suppress(Exception):  # at the end of the process, nobody is left to be told
            _leases.pop().release()
    while _open:
        _open.popitem()[1].close()


def _opened(address: Address) -> OpenBucket:
    if not _open:
        atexit.register(close_all)
    if address.url not in _open:
        _open[address.url] = OpenBucket(address)
    return _open[address.url]


@contextmanager
def _leased(copy: StateCopy, lease: Lease) -> Iterator[None]:
    """Hold the lock in the bucket; write back what the block changed.

    Raises:
        StateError: Another command holds it, or the bucket cannot be written.
    """
    begun = not lease.held
    if begun:
        _take(copy, lease)
    try:
        yield
        lease.check()
        copy.write_back()
    finally:
        if begun:
            lease.release()


def _take(copy: StateCopy, lease: Lease) -> None:
    """Take the lock, and bring the copy up to date with what the former holder wrote."""
    remote = copy.list_remote()
    copy.refuse_to_replace(remote, TABLES)
    try:
        lease.take(remote.get("lock"))
    except ObjectError as error:
        raise copy.cannot_write_there(error) from None
    copy.update(remote)


def _is_folder(root: object) -> bool:
    try:
        return isinstance(root, (str, os.PathLike)) and Path(root).exists()
    except (OSError, ValueError):
        return False


def _place_of_copy(address: Address) -> Path:
    """Return where this machine has its copy of the state of a data set in a bucket."""
    # two servers may each have a bucket of this name
    server = os.environ.get("AWS_ENDPOINT_URL", "") if address.scheme == "s3" else ""
    which = hashlib.sha256(f"{server} {address.url}".encode()).hexdigest()[:16]
    return _cache_folder() / "buckets" / which / f"{address.name}{SUFFIX}"


def _cache_folder() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).resolve() / "catsclean"
