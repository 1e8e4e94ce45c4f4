"""List a data set in a bucket as a folder is listed: no object is read."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from catsclean.core.evidence import Outcome
from catsclean.core.path_patterns import Excluded
from catsclean.errors import DatasetError
from catsclean.objects.bucket_client import (
    HostileKeyError,
    MissingBucketError,
    ObjectError,
    StoredObject,
    missing_bucket,
)
from catsclean.objects.bucket_state import OpenBucket
from catsclean.objects.hostile_listing import list_hostile
from catsclean.objects.object_keys import (
    hostile_reason,
    identity_of,
    key_of,
    path_of,
    path_of_hostile,
)
from catsclean.objects.spool import ListedObject
from catsclean.scan import junk
from catsclean.scan.discover import Listing, may_be_picture

# the ETag of nearly every object: 16 bytes in place of 34 characters count with millions of objects
_MD5: Final = re.compile(r'"[0-9a-f]{32}"')
_DIGEST_BYTES: Final = 16


def list_bucket(opened: OpenBucket, excluded: Excluded | None = None) -> Listing:
    """List the objects of a data set, sorted by path; from now on the spool finds them.

    Args:
        opened: The data set.
        excluded: Decides which files and folders are left out, as if they were not there.

    Raises:
        DatasetError: The bucket cannot be listed, or no key begins with the address.
        MissingExtraError: Listing it needs a driver that is not installed.
    """
    address = opened.address
    made = _BucketListing(opened, excluded)
    try:
        if opened.whole is not None:
            return _list_whole(opened)
        try:
            made.add_all(opened.bucket.list(address.folder))
        except HostileKeyError:
            # the page with such a key is lost, whatever else it has
            made = _BucketListing(opened, excluded)
            made.add_all(list_hostile(address, address.folder))
    except MissingBucketError:
        raise missing_bucket(address) from None
    except ObjectError as error:
        raise DatasetError(
            f"cannot list {address.shown()!r}: {error.reason}. Check the address, the permissions,"
            " and which credentials your environment has."
        ) from None
    if not made.count:
        raise DatasetError(
            f"no object lies there. Received: {address.shown()!r}. Check the spelling of the bucket"
            " and the folder."
        )
    listing = made.finished()
    opened.renew(_Listed(address.folder, listing, made.etags))
    return listing


def _list_whole(opened: OpenBucket) -> Listing:
    """List a data set that is one container: a row whose path is empty."""
    whole = opened.renew_whole()
    if whole is None:
        raise DatasetError(f"the object is gone. Received: {opened.address.shown()!r}.")
    return Listing.of_container(whole.size_bytes, whole.modified_ns, identity_of(whole.etag))


class _Etags:
    """The ETags of many objects, in little memory."""

    def __init__(self) -> None:
        self._digests = bytearray()
        self._others: dict[int, str] = {}

    def append(self, etag: str) -> None:
        """Add the ETag of the next object."""
        if _MD5.fullmatch(etag):
            self._digests += bytes.fromhex(etag[1:-1])
        else:
            self._others[len(self._digests) // _DIGEST_BYTES] = etag
            self._digests += bytes(_DIGEST_BYTES)

    def __getitem__(self, row: int) -> str:
        found = self._others.get(row)
        start = row * _DIGEST_BYTES
        return f'"{self._digests[start : start + _DIGEST_BYTES].hex()}"' if found is None else found

    def taken(self, rows: Sequence[int]) -> _Etags:
        """Return the ETags of some rows, in their order."""
        found = _Etags()
        for row in rows:
            found.append(self[row])
        return found


class _Listed:
    """Finds the objects of a listing by their sample paths."""

    def __init__(self, folder: str, listing: Listing, etags: _Etags) -> None:
        self._folder = folder
        self._listing = listing
        self._etags = etags

    def find(self, path: str) -> ListedObject | None:
        paths = self._listing.paths
        row = bisect_left(paths, path)
        if row == len(paths) or paths[row] != path or row in self._listing.presets:
            return None
        key = key_of(self._folder, path)
        return ListedObject(key, self._etags[row], self._listing.sizes_bytes[row])


class _BucketListing:
    """The listing, while it is made.

    Attributes:
        count: Number of objects, those that are left out included.
        etags: ETag of each row.
    """

    def __init__(self, opened: OpenBucket, excluded: Excluded | None) -> None:
        self.count = 0
        self.etags = _Etags()
        self._opened = opened
        self._listing = Listing()
        self._folders = _Folders(self._listing, excluded)
        self._never: dict[int, str] = {}  # row -> why it is never opened
        self._empty: list[StoredObject] = []

    def add_all(self, objects: Iterable[StoredObject]) -> None:
        """Add objects; each is a row, or a folder, or left out."""
        start = len(self._opened.address.folder)
        folders = self._folders
        for one in objects:
            self.count += 1
            inside = one.key[start:]
            if not inside:  # it marks the data set itself as a folder
                continue
            reason = hostile_reason(inside)
            if reason:
                if not one.size_bytes and inside.endswith("/") and not hostile_reason(inside[:-1]):
                    folders.enter(inside[:-1])
                elif not folders.leave_out(inside):
                    self._never[len(self._listing.paths)] = f"its key '{path_of(one.key)}' {reason}"
                    self._add(path_of_hostile(inside), "", one)
            elif folders.take(inside):
                if one.size_bytes or "." in inside:
                    self._add(path_of(inside), folders.path_above(inside), one)
                else:
                    self._empty.append(one)

    def _add(self, path: str, folder: str, one: StoredObject) -> None:
        listing = self._listing
        listing.paths.append(path)
        listing.folders_of.append(folder)
        listing.sizes_bytes.append(one.size_bytes)
        listing.mtimes_ns.append(one.modified_ns)
        listing.inodes.append(identity_of(one.etag))
        listing.links.append(1)
        self.etags.append(one.etag)

    def finished(self) -> Listing:
        """Return the listing."""
        start = len(self._opened.address.folder)
        for one in self._empty:
            inside = one.key[start:]
            if not self._marks_folder(inside, one):
                self._add(path_of(inside), self._folders.path_above(inside), one)
        listing = self._listing
        listing.folders = self._folders.entered
        both = set(listing.folders)
        for row, path in enumerate(listing.paths):
            if path in both and row not in self._never:
                key = path_of(self._opened.address.folder + path)
                self._never[row] = f"its key '{key}' is also the folder of other keys"
        if any(one >= other for one, other in pairwise(listing.paths)):
            self._sort()
        for row, reason in self._never.items():
            outcome = Outcome.SPECIAL
            if may_be_picture(listing.paths[row]):
                outcome = Outcome.UNREADABLE
            listing.presets[row] = (outcome, f"{reason}, so it is never opened")
        return listing

    def _sort(self) -> None:
        """Sort the rows by path, and leave one of two with the same path.

        The keys ``1.jpg`` and ``1.jpg/`` are listed alike.
        """
        listing = self._listing
        paths = listing.paths
        order = sorted(range(len(paths)), key=paths.__getitem__)
        kept: list[int] = []
        for row in order:
            if kept and paths[kept[-1]] == paths[row]:
                self._never[kept[-1]] = "its key is that of another object, but for a last slash"
            else:
                kept.append(row)
        for name in ("paths", "folders_of"):
            setattr(listing, name, [getattr(listing, name)[row] for row in kept])
        for name in ("sizes_bytes", "mtimes_ns", "inodes", "links"):
            column = getattr(listing, name)
            setattr(listing, name, array("q", (column[row] for row in kept)))
        self.etags = self.etags.taken(kept)
        place = {row: number for number, row in enumerate(kept)}
        self._never = {place[row]: why for row, why in self._never.items() if row in place}

    def _marks_folder(self, inside: str, one: StoredObject) -> bool:
        """Tell whether an empty object without an extension only marks a folder: ``Cat/``.

        The client lists such a key without its slash.  Consoles make it for every folder.
        """
        if self._folders.has(inside):
            return True
        try:
            is_file = self._opened.bucket.exists(one.key)
        except ObjectError:
            is_file = True
        return not is_file and (self._folders.enter(inside) or True)


class _Folders:
    """The folders that the keys of a listing have in them, without their prefix."""

    def __init__(self, listing: Listing, excluded: Excluded | None) -> None:
        self._listing = listing
        self._excluded = excluded
        self._entered: dict[str, bool] = {"": True}
        self._paths: dict[str, str] = {}

    @property
    def entered(self) -> list[str]:
        """All folders that are part of the data set, sorted by their escaped paths."""
        return sorted(path_of(one) for one, entered in self._entered.items() if entered and one)

    def path_above(self, inside: str) -> str:
        """Return the escaped path of the folder of a key, the same object for each key in it."""
        folder = inside.rpartition("/")[0]
        return self._paths.setdefault(folder, path_of(folder))

    def has(self, folder: str) -> bool:
        """Tell whether other keys lie in a folder."""
        return self._entered.get(folder, False)

    def enter(self, folder: str) -> bool:
        """Add a folder and those above it; return False if it is left out or not entered."""
        known = self._entered.get(folder)
        if known is not None:
            return known
        above, _, name = folder.rpartition("/")
        self._entered[folder] = entered = self.enter(above) and not self._is_closed(folder, name)
        return entered

    def take(self, inside: str) -> bool:
        """Return whether an object is part of the data set, and add its folders."""
        return self.enter(inside.rpartition("/")[0]) and not self.leave_out(inside)

    def leave_out(self, inside: str) -> bool:
        """Return whether the user leaves an object out, and count it then."""
        left_out = self._excluded is not None and self._excluded(inside)
        self._listing.excluded += left_out
        return left_out

    def _is_closed(self, folder: str, name: str) -> bool:
        if self._excluded is not None and (self._excluded(folder) or self._excluded(f"{folder}/")):
            self._listing.excluded += 1
            return True
        reason = junk.closed_reason(name)
        if reason:
            self._listing.skipped_folders.append((path_of(folder), reason))
        return bool(reason)
