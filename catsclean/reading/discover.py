"""Lists every file below a root: no link is followed, nothing is opened, nothing blocks."""

from __future__ import annotations

import os
import stat
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catsclean.evidence import Outcome
from catsclean.reading import files, junk, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from catsclean.reading.exclusion import Excluded

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Stands for the status of a file that cannot be asked for it."""

    st_size: int = 0
    st_mtime_ns: int = 0
    st_ino: int = 0
    st_nlink: int = 1


_Status = os.stat_result | _Unknown


def _integers() -> array[int]:
    # 8 bytes each; the integers of a list take 40, which counts where there are millions of files
    return array("q")


@dataclass(slots=True)
class Listing:
    """What lies below a root, as columns of equal length, sorted by path.

    Attributes:
        paths: Escaped paths, relative to the root.
        folders_of: Escaped path of the folder that holds each file; empty for the root.
        sizes_bytes: Sizes.
        mtimes_ns: Times of the last change.
        inodes: Inode numbers.
        links: Numbers of hard links.
        presets: Outcome and detail of what will not be opened: row → (outcome, detail).
        folders: Escaped paths of all folders that were entered, without the root.
        skipped_folders: Folders that were not entered, with the reason.
        unreadable_folders: Folders that could not be listed, with the reason.
        excluded: Number of files and folders that were left out; what lies in such a folder is
            not counted.
    """

    paths: list[str] = field(default_factory=list)
    folders_of: list[str] = field(default_factory=list)
    sizes_bytes: array[int] = field(default_factory=_integers)
    mtimes_ns: array[int] = field(default_factory=_integers)
    inodes: array[int] = field(default_factory=_integers)
    links: array[int] = field(default_factory=_integers)
    presets: dict[int, tuple[Outcome, str]] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    skipped_folders: list[tuple[str, str]] = field(default_factory=list)
    unreadable_folders: list[tuple[str, str]] = field(default_factory=list)
    excluded: int = 0


def discover(root: Path, excluded: Excluded | None = None) -> Listing:
    """List the files below `root`, each folder in order of name, folders after files.

    Args:
        root: The folder.
        excluded: Tells which files and folders are left out, as if they were not there.
    """
    listing = Listing()
    pending: list[tuple[str, str]] = [(os.fspath(root), "")]
    while pending:
        native, folder = pending.pop()
        inner: list[tuple[str, str]] = []
        try:
            _list_folder(listing, native, folder, root, inner, excluded)
        except OSError as error:
            listing.unreadable_folders.append((folder or ".", error.strerror or str(error)))
        if excluded is not None:
            inner = _without(listing, inner, excluded)
        pending.extend(reversed(inner))
    return listing


def _without(
    listing: Listing, inner: list[tuple[str, str]], excluded: Excluded
) -> list[tuple[str, str]]:
    """Leave out folders that a pattern for folders alone names; nobody has entered them yet."""
    kept = [(native, path) for native, path in inner if not excluded(f"{names.decode(path)}/")]
    if left_out := {path for _, path in inner} - {path for _, path in kept}:
        listing.folders = [path for path in listing.folders if path not in left_out]
        listing.excluded += len(left_out)
    return kept


def _list_folder(
    listing: Listing,
    native: str,
    folder: str,
    root: Path,
    inner: list[tuple[str, str]],
    excluded: Excluded | None,
) -> None:
    """Add a folder's files to a listing, and its folders to `inner`: native and escaped paths.

    Raises:
        OSError: The folder cannot be listed.
    """
    with _opened(native) as opened:
        prefix = f"{folder}/" if folder else ""
        add_path, add_folder = listing.paths.append, listing.folders_of.append
        add_size, add_time = listing.sizes_bytes.append, listing.mtimes_ns.append
        add_inode, add_links = listing.inodes.append, listing.links.append
        status_of = opened.status_of
        own_names = opened.names
        if excluded is not None:
            inside = names.decode(prefix)
            own_names = [name for name in own_names if not excluded(inside + name)]
            listing.excluded += len(opened.names) - len(own_names)
        for name, own in _in_order(own_names):
            status: _Status | None
            try:
                status = status_of(own)
            except OSError:  # asked again, and told of, below
                status = None
            if status is None or not stat.S_ISREG(status.st_mode):
                entry = opened.entry_of(own)
                if entry is None:
                    continue
                status, preset = _take_other(listing, entry, prefix + name, root, inner)
                if status is None:
                    continue
                if preset is not None:
                    listing.presets[len(listing.paths)] = preset
            add_path(prefix + name)
            add_folder(folder)
            add_size(status.st_size)
            # some file systems keep times of some hundred billion years
            time_ns = status.st_mtime_ns
            add_time(time_ns if -_LARGEST <= time_ns <= _LARGEST else _nearest(time_ns))
            # a 64-bit file number above the signed range keeps its bits
            inode = status.st_ino
            add_inode(inode if inode <= _LARGEST else inode - (1 << 64))
            add_links(status.st_nlink)


def _in_order(native: list[str]) -> Iterable[tuple[str, str]]:
    """Give escaped and native names, by the escaped one: its order is the same in every locale."""
    escaped = names.encode_all(native)
    if escaped is native:
        ordered = sorted(native)
        return zip(ordered, ordered, strict=True)
    return sorted(zip(escaped, native, strict=True), key=itemgetter(0))


def _take_other(
    listing: Listing, entry: os.DirEntry[str], path: str, root: Path, inner: list[tuple[str, str]]
) -> tuple[_Status | None, tuple[Outcome, str] | None]:
    """Give the status of what is no plain file, None where it is no file, and its outcome."""
    try:
        if entry.is_symlink() or _is_junction(entry):
            preset = _take_link(listing, entry, path, root)
            return entry.stat(follow_symlinks=False) if preset else None, preset
        if entry.is_dir(follow_symlinks=False):
            _take_folder(listing, entry, path, inner)
            return None, None
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None, None  # gone between listing and asking: not part of the data set any more
    except OSError as error:
        return _Unknown(), (Outcome.UNREADABLE, error.strerror or str(error))
    if stat.S_ISREG(status.st_mode):
        return status, None
    return status, (Outcome.SPECIAL, f"a {files.kind_of(status.st_mode)}, never opened")


def _take_folder(
    listing: Listing, entry: os.DirEntry[str], path: str, inner: list[tuple[str, str]]
) -> None:
    reason = junk.closed_reason(entry.name)
    if reason:
        listing.skipped_folders.append((path, reason))
    else:
        listing.folders.append(path)
        inner.append((entry.path, path))


def _take_link(
    listing: Listing, entry: os.DirEntry[str], path: str, root: Path
) -> tuple[Outcome, str] | None:
    try:
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError):
        return Outcome.SPECIAL, "a link that leads nowhere"
    inside = target.is_relative_to(root)
    if target.is_dir():
        where = "inside of the data set" if inside else "out of the data set"
        listing.skipped_folders.append((path, f"a link to a folder {where}, not followed"))
        return None
    if inside:
        # resolved names come from the file system, as those of the listing do
        return Outcome.LINKED, f"a link to {names.encode(target.relative_to(root).as_posix())}"
    return Outcome.SPECIAL, "a link that leads out of the data set, not followed"


class _Opened(NamedTuple):
    """What a folder holds, and what answers for it.

    Attributes:
        names: Native names, in any order.
        status_of: Gives the status of one of them, of a link its own.
        entry_of: Gives what is known of one that is no plain file; None: it is gone.
    """

    names: list[str]
    status_of: Callable[[str], os.stat_result]
    entry_of: Callable[[str], os.DirEntry[str] | None]


@contextmanager
def _opened(folder: str) -> Iterator[_Opened]:
    """Yield what a folder holds.

    A file asked by its whole path has it looked up; the folder held open looks up no more than a
    name.
    """
    if os.stat not in os.supports_dir_fd:
        held = _entries(folder)
        yield _Opened(list(held), lambda name: held[name].stat(follow_symlinks=False), held.get)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        known: dict[str, os.DirEntry[str]] = {}

        def entry_of(name: str) -> os.DirEntry[str] | None:
            if not known:  # few folders hold anything but plain files
                known.update(_entries(folder))
            return known.get(name)

        ask = partial(os.stat, dir_fd=descriptor, follow_symlinks=False)
        with os.scandir(folder) as entries:
            own = [entry.name for entry in entries]
        yield _Opened(own, ask, entry_of)
    finally:
        os.close(descriptor)


def _entries(folder: str) -> dict[str, os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return {entry.name: entry for entry in entries}


def _is_junction(entry: os.DirEntry[str]) -> bool:
    is_junction = getattr(entry, "is_junction", None)
    return is_junction is not None and is_junction()


def _nearest(time_ns: int) -> int:
    return max(-_LARGEST, min(time_ns, _LARGEST))
