"""List a data set in a bucket as a folder is listed: no object is read."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter
from typing import Final, NamedTuple

from catsclean.core.evidence import Outcome
from catsclean.core.path_patterns import Excluded
from catsclean.errors import DatasetError
from catsclean.objects.bucket_client import HostileKeyError, ObjectError, StoredObject
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


def list_bucket(opened: OpenBucket, excluded: Excluded | None = None) -> Listing:
    """List the objects of a data set, sorted by path; from now on the spool finds them.

    Args:
        opened: The data set.
        excluded: Decides which files and folders are left out, as if they were not there.

    Raises:
        DatasetError: The bucket cannot be listed, or no key begins with the address.
        MissingExtraError: Listing it needs a driver that is not installed.
    """
    listing = Listing()
    folders = _Folders(listing, excluded)
    rows: list[_Row] = []
    empty: list[_Row] = []
    count, start = 0, len(opened.address.folder)
    for one in _objects(opened):
        count += 1
        inside = one.key[start:]
        if not inside:  # it marks the data set itself as a folder
            continue
        if inside.endswith("/") and not one.size_bytes and not hostile_reason(inside[:-1]):
            folders.enter(inside[:-1])
            continue
        reason = hostile_reason(inside)
        row = _Row(path_of_hostile(inside) if reason else path_of(inside), one, reason)
        if row.hostile and folders.leave_out(inside):
            continue
        if not row.hostile and not folders.take(inside):
            continue
        if one.size_bytes or row.hostile or "." in inside:
            rows.append(row)
        else:
            empty.append(row)
    if not count:
        raise DatasetError(
            f"no object lies there. Received: {opened.address.shown()!r}. Check the spelling of the"
            " bucket and the folder."
        )
    rows += [row for row in empty if not _marks_folder(opened, row, folders)]
    rows = _without_twins(sorted(rows, key=itemgetter(0)))
    _fill(listing, rows, folders)
    etags = [_packed(row.listed.etag) for row in rows]
    opened.renew(_Listed(opened.address.folder, listing, etags))
    return listing


class _Row(NamedTuple):
    """A sample: its path, its object, and why that is never opened; empty if it is."""

    path: str
    listed: StoredObject
    hostile: str


class _Listed:
    """Finds the objects of a listing by their sample paths, in little memory."""

    def __init__(self, folder: str, listing: Listing, etags: list[bytes | str]) -> None:
        self._folder = folder
        self._listing = listing
        self._etags = etags

    def find(self, path: str) -> ListedObject | None:
        paths = self._listing.paths
        row = bisect_left(paths, path)
        if row == len(paths) or paths[row] != path or row in self._listing.presets:
            return None
        etag = self._etags[row]
        whole = f'"{etag.hex()}"' if isinstance(etag, bytes) else etag
        return ListedObject(key_of(self._folder, path), whole, self._listing.sizes_bytes[row])


class _Folders:
    """The folders that the keys of a listing have in them, without their prefix."""

    def __init__(self, listing: Listing, excluded: Excluded | None) -> None:
        self._listing = listing
        self._excluded = excluded
        self._entered: dict[str, bool] = {"": True}

    @property
    def entered(self) -> list[str]:
        """All folders that are part of the data set, sorted by their escaped paths."""
        return sorted(path_of(one) for one, entered in self._entered.items() if entered and one)

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


def _objects(opened: OpenBucket) -> Iterator[StoredObject]:
    """Yield all objects of a data set, once each.

    Raises:
        DatasetError: The bucket cannot be listed.
    """
    address = opened.address
    try:
        # a hostile key is met anywhere: what was listed before it counts only if there is none
        yield from list(opened.bucket.list(address.folder))
    except HostileKeyError:
        yield from list_hostile(address, address.folder)
    except ObjectError as error:
        raise DatasetError(
            f"cannot list {address.shown()!r}: {error.reason}. Check the address, the permissions,"
            " and which credentials your environment has."
        ) from None


def _marks_folder(opened: OpenBucket, row: _Row, folders: _Folders) -> bool:
    """Tell whether an empty object without an extension only marks a folder: ``Cat/``.

    The client lists such a key without its slash.  Consoles make it for every folder.
    """
    inside = row.listed.key[len(opened.address.folder) :]
    if folders.has(inside):
        return True
    try:
        is_file = opened.bucket.exists(row.listed.key)
    except ObjectError:
        is_file = True
    return not is_file and (folders.enter(inside) or True)


def _without_twins(rows: list[_Row]) -> list[_Row]:
    """Leave one of two rows with the same path: ``1.jpg`` and ``1.jpg/`` are listed alike."""
    alone: list[_Row] = []
    for row in rows:
        if alone and alone[-1].path == row.path:
            alone[-1] = row._replace(hostile="is that of another object, but for a last slash")
        else:
            alone.append(row)
    return alone


def _fill(listing: Listing, rows: list[_Row], folders: _Folders) -> None:
    """Put the rows into a listing."""
    listing.folders = folders.entered
    both = set(listing.folders)
    for number, (path, listed, hostile) in enumerate(rows):
        reason = hostile
        if not hostile and path in both:
            reason = "is also the folder of other keys"
        if reason:
            outcome = Outcome.UNREADABLE if may_be_picture(path) else Outcome.SPECIAL
            key = path_of(listed.key)
            listing.presets[number] = (outcome, f"its key '{key}' {reason}, so it is never opened")
        listing.paths.append(path)
        listing.folders_of.append("" if hostile else path.rpartition("/")[0])
        listing.sizes_bytes.append(listed.size_bytes)
        listing.mtimes_ns.append(listed.modified_ns)
        listing.inodes.append(identity_of(listed.etag))
        listing.links.append(1)


def _packed(etag: str) -> bytes | str:
    return bytes.fromhex(etag[1:-1]) if _MD5.fullmatch(etag) else etag
