"""A data set in a bucket, and its quarantine, as folders that cleaning works on.

Cleaning knows :class:`~catsclean.core.safe_folder.Folder`.  Here the files of such a folder are
objects, which are asked for in the bucket, one request each.  Folders do not exist in a bucket:
nothing is made or removed for them.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, NamedTuple

from catsclean.core import names
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.objects.bucket_client import (
    Bucket,
    BusyError,
    HostileKeyError,
    ObjectError,
    RefusedError,
    StoredObject,
)
from catsclean.objects.hostile_listing import list_hostile
from catsclean.objects.object_keys import hostile_reason, identity_of, path_of
from catsclean.objects.requests_in_threads import in_threads

#: Requests of so many objects are under way at a time.
THREADS: Final = 16
# more objects than this are looked up in a listing, 1,000 a request
_MOST_LOOKED_UP: Final = 500
# what lies in the quarantine as objects; journals are files of the copy of the state
_SET_ASIDE: Final = re.compile(r"[^/]+/files/.+", re.DOTALL)
# the ETag of one upload without encryption by a key is the MD5 of the bytes
_DIGEST: Final = re.compile(r'"?[0-9a-f]{32}"?')


class AuditedBytes(NamedTuple):
    """What an audit read of a file.

    Attributes:
        identity: That of its ETag, as :func:`.object_keys.identity_of` returns it.
        sha256: Digest of its bytes.
    """

    identity: int
    sha256: str


class KnownBytes:
    """The digests of objects that need not be read to know them; may be used from several threads.

    An ETag stands for the same bytes for as long as the object has it.
    """

    def __init__(self, *, same_everywhere: bool) -> None:
        """Begin with nothing.

        Args:
            same_everywhere: A digest that is an ETag means the same bytes under every key.
        """
        self._same_everywhere = same_everywhere
        self._known: dict[tuple[str, str], str] = {}

    def note(self, one: StoredObject, sha256: str) -> None:
        """Note the digest of an object."""
        if one.etag:
            self._known[self._place(one)] = sha256

    def of(self, one: StoredObject) -> str:
        """Return the digest of an object; empty if it is not known."""
        return self._known.get(self._place(one), "")

    def _place(self, one: StoredObject) -> tuple[str, str]:
        anywhere = self._same_everywhere and _DIGEST.fullmatch(one.etag)
        return ("" if anywhere else one.key, one.etag)


class ObjectFolder(Folder):
    """A folder whose files are objects; see :class:`Folder` for what its methods do.

    Attributes:
        bucket: The client.
        guard: Called directly before an object is deleted; raises if this process may not any more.
        refusal: Why the bucket lets nothing be deleted here; empty as far as known.
    """

    def __init__(
        self,
        folder: Path,
        bucket: Bucket,
        prefix: str,
        known: KnownBytes,
        guard: Callable[[], None],
        recorded: Callable[[str], AuditedBytes | None] = lambda _: None,
    ) -> None:
        """Open it; nothing is requested yet.

        Args:
            folder: The folder on this machine that stands for it.
            bucket: The client.
            prefix: What the keys of the files begin with: empty, or with a last slash.
            known: Digests that are known.
            guard: See above.
            recorded: Returns what the last audit read of a sample (escaped path).
        """
        super().__init__(folder)
        self.bucket = bucket
        self.guard = guard
        self.refusal = ""
        self._prefix = prefix
        self._known = known
        self._recorded = recorded

    def key(self, path: str) -> str:
        """Return the key of a file.

        Raises:
            NotAsRecordedError: It would not be a safe path.
        """
        inside = names.unescape(names.encode(path))
        if reason := hostile_reason(inside):
            raise NotAsRecordedError(f"is never opened: its key {reason}")
        return self._prefix + inside

    def find(self, path: str) -> StoredObject | None:
        """Return the object of a file as it is now; None if there is none.

        Raises:
            NotAsRecordedError: The bucket refuses to say.
            ObjectError: The bucket does not say.
        """
        try:
            return self.bucket.find(self.key(path))
        except RefusedError as error:
            raise NotAsRecordedError(f"cannot be read: {error.reason}") from None

    def lstat(self, path: str) -> os.stat_result | None:
        """Return what is known of a file; None if there is none."""
        found = self.find(path)
        return None if found is None else _status(found)

    def present(self, paths: Collection[str]) -> set[str]:
        """Return those of some paths at which an object lies, or may lie."""
        if len(paths) > _MOST_LOOKED_UP:
            start, wanted = len(self._prefix), set(paths)
            listed = (names.native(one.key[start:]) for one in self._list(self._prefix))
            return {path for path in listed if path in wanted}
        asked = list(paths)
        found = in_threads(self._may_have, asked, THREADS)
        return {path for path, there in zip(asked, found, strict=True) if there}

    def files(self, folder: str) -> list[str]:
        """List the files in a folder, sorted."""
        above = self._prefix + (f"{names.unescape(names.encode(folder))}/" if folder else "")
        inside = (one.key[len(above) :] for one in self._list(above))
        return sorted(names.native(name) for name in inside if name and "/" not in name)

    def digest(self, path: str, *, size: int | None = None) -> tuple[str, os.stat_result]:
        """Return the digest of a file; it is read if its ETag does not tell."""
        found = self.find(path)
        if found is None:
            raise NotAsRecordedError("is gone")
        return self.digest_of(found, size), _status(found)

    def digest_of(self, found: StoredObject, size: int | None = None) -> str:
        """Return the digest of an object; it is read if its ETag does not tell.

        Raises:
            NotAsRecordedError: The size differs, or it cannot be read.
        """
        if size is not None and found.size_bytes != size:
            raise NotAsRecordedError(
                f"changed since the audit: {found.size_bytes} bytes, recorded {size}"
            )
        digest = self._known.of(found) or self._recorded_digest(found)
        if not digest:
            reading = hashlib.sha256()
            try:
                for piece in self.bucket.pieces(found.key, found.etag, found.size_bytes):
                    reading.update(piece)
            except BusyError:
                raise
            except ObjectError as error:
                raise NotAsRecordedError(f"cannot be read: {error.reason}") from None
            digest = reading.hexdigest()
            self._known.note(found, digest)
        return digest

    def trust(self, path: str, etag: str, sha256: str) -> None:
        """Note the digest of a file for as long as it has this ETag."""
        self._known.note(StoredObject(self.key(path), 0, etag, 0), sha256)

    def _recorded_digest(self, found: StoredObject) -> str:
        recorded = self._recorded(path_of(found.key[len(self._prefix) :])) if found.etag else None
        if recorded is None or recorded.identity != identity_of(found.etag):
            return ""
        self._known.note(found, recorded.sha256)
        return recorded.sha256

    def link_text(self, path: str) -> str | None:  # noqa: ARG002 - a bucket has no links
        """Return None: a bucket has no links."""
        return None

    def target_inside(self, path: str) -> str | None:  # noqa: ARG002 - as above
        """Return None: a bucket has no links."""
        return None

    def _list(self, prefix: str) -> list[StoredObject]:
        try:
            return list(self.bucket.list(prefix))
        except HostileKeyError:
            return list(list_hostile(self.bucket.address, prefix))


class ObjectQuarantine(ObjectFolder):
    """The quarantine of a data set in a bucket.

    What was set aside are objects.  Journals are files of the copy of the state, and are written
    to the bucket at once.
    """

    def __init__(
        self,
        folder: Path,
        bucket: Bucket,
        prefix: str,
        known: KnownBytes,
        guard: Callable[[], None],
        write_back: Callable[[], None],
    ) -> None:
        """Open it; see :class:`ObjectFolder`.

        Args:
            folder: The folder of the journals.
            bucket: The client.
            prefix: What the keys of the quarantine begin with.
            known: Digests that are known.
            guard: See there.
            write_back: Writes what changed in the copy of the state to the bucket.
        """
        super().__init__(folder, bucket, prefix, known, guard)
        self._write_back = write_back

    def lstat(self, path: str) -> os.stat_result | None:
        """Return what is known of a file; None if there is none."""
        return super().lstat(path) if _SET_ASIDE.fullmatch(path) else Folder.lstat(self, path)

    def write(self, path: str, data: bytes) -> None:
        """Replace a journal, here and in the bucket; what it tells of was written before it."""
        super().write(path, data)
        self._write_back()


def _status(one: StoredObject) -> os.stat_result:
    seconds = one.modified_ns // 1_000_000_000
    return os.stat_result(
        (stat.S_IFREG | 0o600, 0, 0, 1, 0, 0, one.size_bytes, seconds, seconds, seconds)
    )
