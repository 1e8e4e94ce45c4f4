"""A working copy of a state that lies in a bucket.

Commands read and write the state folder of a data set as plain files.  If the data set is in a
bucket, so is its state, and this machine has a copy of it.  The copy is brought up to date before a
command, and what the command changed is written back after it: ``audit.json`` last, and each object
only if nobody else changed it in the meantime.  A clean writes its journal back at once, after what
the journal tells of; the files in the quarantine are objects only, and no part of the copy.  The
state in the bucket counts; only the cache may be ahead of it, because what it holds is checked
against the listing anyway.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from catsclean.core.files import replacing
from catsclean.core.leftovers import JOURNAL, RUN, TEMPORARY, TEMPORARY_MODEL
from catsclean.core.parse_json import parse_json
from catsclean.core.state_names import AUDIT, LOCK, LOCKS
from catsclean.errors import StateError
from catsclean.objects.bucket_client import (
    Bucket,
    ConditionError,
    HostileKeyError,
    Mark,
    MissingBucketError,
    ObjectError,
    RefusedError,
    StoredObject,
    missing_bucket,
)

_CACHE: Final = "cache/"
# Names that catsclean writes.  Whoever can write to the bucket chooses the keys: no other one ever
# becomes a path on this machine.
_PART: Final = "[A-Za-z0-9_][A-Za-z0-9._+-]{0,120}"
_NAME: Final = re.compile(rf"(?:{_PART}/){{0,3}}{_PART}")
# small pictures are made again sooner than they are fetched
_ELSEWHERE: Final = ("quarantine/", "runs/", "cache/thumbnails.")
_JOURNALS: Final = re.compile(rf"quarantine/{RUN.pattern}/{re.escape(JOURNAL)}")


class _Synced(NamedTuple):
    """A file that was the same on both sides: its mark in the bucket, and its status here."""

    mark: Mark
    status: tuple[int, int, int]


class StateCopy:
    """The working copy of one state.

    Attributes:
        folder: The copy.
        prefix: What the keys of the state begin with, with a last slash.
        lock_key: Key of the lock.
    """

    def __init__(self, bucket: Bucket, prefix: str, folder: Path) -> None:
        """Prepare; nothing is requested yet.

        Args:
            bucket: Where the state is.
            prefix: What its keys begin with, with a last slash.
            folder: The copy; need not exist.
        """
        self.folder = folder
        self.lock_key = f"{prefix}lock"
        self._bucket = bucket
        self.prefix = prefix
        self._index = folder.with_name(f"{folder.name}.index.json")

    def list_remote(self) -> dict[str, StoredObject]:
        """Return the objects of the state by their names in it.

        Raises:
            DatasetError: There is no such bucket.
            StateError: The bucket cannot be listed.
        """
        try:
            listed = list(self._bucket.list(self.prefix))
        except MissingBucketError:
            raise missing_bucket(self._bucket.address) from None
        except HostileKeyError:
            raise StateError(
                f"the state in {self._shown!r} has keys that catsclean did not write, such as one"
                " with '//'. Delete them, or name another --state-dir (state_dir=)."
            ) from None
        except ObjectError as error:
            raise StateError(
                f"cannot read the state in {self._shown!r}: {error.reason}. Check the address and"
                " the permissions, or name a --state-dir (state_dir=) on this machine."
            ) from None
        found = {one.key.removeprefix(self.prefix): one for one in listed}
        return {name: one for name, one in found.items() if _is_ours(name)}

    def refuse_to_replace(self, remote: Collection[str], tables: Iterable[str]) -> None:
        """Refuse to replace tables that catsclean did not write: it makes its lock before them.

        Args:
            remote: Names of the objects of the state.
            tables: Names of the tables.

        Raises:
            StateError: There are tables without a lock.
        """
        strange = [name for name in tables if name in remote]
        if strange and LOCK not in remote and AUDIT not in remote:
            raise StateError(
                f"{strange[0]} in {self._shown!r} was not written by catsclean, but would be"
                " replaced. Name another --state-dir (state_dir=)."
            )

    def update(self, remote: dict[str, StoredObject]) -> None:
        """Bring the copy up to date.

        Args:
            remote: The objects of the state.

        Raises:
            StateError: One of them cannot be read, or the copy cannot be written.
        """
        synced = self._load()
        here = dict(self._local())
        known: dict[str, _Synced] = {}
        try:
            for name, one in remote.items():
                if name in LOCKS:
                    continue
                before, status = synced.get(name), here.get(name)
                if before is not None and status is not None and before.mark.etag == one.etag:
                    known[name] = before
                    if status == before.status or name.startswith(_CACHE):
                        continue
                known[name] = self._fetch(name, one)
            for name in here.keys() - remote.keys():
                # what was never written back is kept if it only saves time
                if name in synced or not name.startswith(_CACHE):
                    (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._cannot_write(error) from error
        if known != synced:
            self._save(known)

    def write_back(self) -> None:
        """Write the files that changed since :meth:`update` to the bucket.

        Raises:
            StateError: Another command changed one of them, or the bucket cannot be written.
        """
        synced = self._load()
        here = dict(self._local())
        changed = [n for n in here if n not in synced or synced[n].status != here[n]]
        gone = [name for name in synced if name not in here]
        if not changed and not gone:
            return
        name = ""
        try:
            for name in sorted(changed, key=_order):
                data = (self.folder / name).read_bytes()
                before = synced.get(name)
                mark = self._write(self.prefix + name, data, before and before.mark)
                synced[name] = _Synced(mark, here[name])
            for name in gone:
                self._bucket.delete(self.prefix + name)
                del synced[name]
        except ConditionError:
            raise StateError(
                f"another command changed {name} in {self._shown!r} meanwhile, so nothing more was"
                " written. Audit again."
            ) from None
        except ObjectError as error:
            raise self.cannot_write_there(error) from None
        except OSError as error:
            raise self._cannot_write(error) from error
        finally:
            self._save(synced)

    def _write(self, key: str, data: bytes, before: Mark | None) -> Mark:
        try:
            if before is None:
                return self._bucket.put_new(key, data)
            return self._bucket.put_same(key, data, before)
        except ConditionError:
            # a write whose answer got lost is repeated, and meets itself
            found, mark = self._bucket.read(key, len(data))
            if found != data:
                raise
            return mark

    def cannot_write_there(self, error: ObjectError) -> StateError:
        """Make the error for a state that cannot be written."""
        return StateError(
            f"cannot write to the state in {self._shown!r}: {error.reason}."
            + (" Ask for permission to write there, or name" if _refused(error) else " Name")
            + " a --state-dir (state_dir=) on this machine."
        )

    @property
    def _shown(self) -> str:
        return self._bucket.address.shown(self.prefix.rstrip("/"))

    def _fetch(self, name: str, one: StoredObject) -> _Synced:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        mark = Mark(one.etag)
        try:
            with replacing(target) as temporary:
                self._bucket.fetch(one.key, mark, temporary)
        except ObjectError as error:
            raise StateError(
                f"cannot read {name} of the state in {self._shown!r}: {error.reason}. Try again."
            ) from None
        return _Synced(mark, _status(target))

    def _local(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if name in LOCKS or not _is_ours(name) or path.is_symlink() or not path.is_file():
                continue
            if not name.endswith((TEMPORARY, TEMPORARY_MODEL)):
                yield name, _status(path)

    def _load(self) -> dict[str, _Synced]:
        try:
            rows = parse_json(self._index.read_text(encoding="utf-8"))
            return {
                str(name): _Synced(Mark(*map(str, mark)), (int(a), int(b), int(c)))
                for name, (mark, (a, b, c)) in rows.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _save(self, synced: dict[str, _Synced]) -> None:
        with suppress(OSError):  # then everything is compared again
            self._index.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._index) as temporary:
                temporary.write_text(json.dumps(synced), encoding="utf-8")

    def _cannot_write(self, error: OSError) -> StateError:
        return StateError(
            f"cannot use the copy of the state in {str(self.folder)!r}: {error.strerror or error}."
            " Make room, or name a --state-dir (state_dir=)."
        )


def _is_ours(name: str) -> bool:
    if _JOURNALS.fullmatch(name):
        return True
    return _NAME.fullmatch(name) is not None and not name.startswith(_ELSEWHERE)


def _order(name: str) -> tuple[bool, bool, str]:
    """Return the place of a file among those that are written: after what it tells of."""
    return name == AUDIT, _JOURNALS.fullmatch(name) is not None, name


def _status(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _refused(error: ObjectError) -> bool:
    return isinstance(error, RefusedError)
