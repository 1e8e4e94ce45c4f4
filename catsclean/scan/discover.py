"""List every file below a root: no file is opened, nothing blocks, links are checked."""

from __future__ import annotations

import os
import stat
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from catsclean.core import names, state_names
from catsclean.core.evidence import Outcome
from catsclean.core.leftovers import SPLIT_MARKER
from catsclean.core.links import Reach
from catsclean.core.path_patterns import Excluded
from catsclean.images import read_file
from catsclean.images.formats import sniff
from catsclean.scan import junk, own_splits, own_states

if TYPE_CHECKING:
    from concurrent.futures import Executor

LEADS_NOWHERE: Final = "a broken link"
#: How the reason ends why a link is not read.
NOT_FOLLOWED: Final = "not followed"
#: The place of a file that lies in no container.
OUTSIDE: Final = -1
_LARGEST = 2**63 - 1
# The status of the first files is requested one by one.  If half of these requests take longer than
# this, as on a network share, several threads request the rest; on a local disk a thread costs more
# than the request.
_SLOW_S: Final = 0.0003
_MEASURED: Final = 64
_THREADS: Final = 16
_NAMES_PER_TASK: Final = 16
# in a large folder, request the statuses in batches, because each one takes memory
_NAMES_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Stands for the status of a file that the system refuses."""

    st_size: int = 0
    st_mtime_ns: int = 0
    st_ino: int = 0
    st_nlink: int = 1


_Status = os.stat_result | _Unknown


def _integers() -> array[int]:
    # 8 bytes each; the integers of a list take 40 bytes, which counts with millions of files
    return array("q")


@dataclass(slots=True)
class Listing:
    """The files and folders below a root, as columns of equal length, sorted by path.

    Attributes:
        paths: Escaped paths, relative to the root.
        folders_of: Escaped path of the folder that holds each file; empty for the root.  Of a file
            in a container, the folder that decides about label and split.
        sizes_bytes: Sizes.
        mtimes_ns: Times of the last change.
        inodes: Inode numbers.
        links: Numbers of hard links.
        presets: Files that will not be opened: row → (outcome, detail).
        folders: Escaped paths of all folders that were entered, without the root.
        skipped_folders: Folders that were not entered, with the reason.
        unreadable_folders: Folders that could not be listed, with the reason.
        linked_folders: Skipped links to folders that are not listed otherwise.
        links_lead_out: Whether some of the links that are not read lead out of the root.
        excluded: Number of files and folders that were left out; the contents of such a folder
            are not counted.
        containers: Escaped paths of the containers whose files are listed; one that is empty is
            the data set itself.
        places: Place of each file in its container, :data:`OUTSIDE` for others; empty if no
            container is read.
        folders_meant: Folder of files in containers, as their paths have it → what it stands for
            in `folders_of`, if that differs.
        labels: Label that a container records for each file, escaped; None if none does.
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
    linked_folders: list[tuple[str, str]] = field(default_factory=list)
    links_lead_out: bool = False
    excluded: int = 0
    containers: tuple[str, ...] = ()
    places: array[int] = field(default_factory=_integers)
    folders_meant: dict[str, str] = field(default_factory=dict)
    labels: list[str] | None = None

    @classmethod
    def of_container(cls, size_bytes: int, mtime_ns: int, inode: int) -> Self:
        """Return the listing of a data set that is one container: a row whose path is empty.

        Args:
            size_bytes: Its size.
            mtime_ns: Time of its last change.
            inode: Its inode number, or another number that changes with the file; signed.
        """
        listing = cls(paths=[""], folders_of=[""])
        listing.sizes_bytes.append(size_bytes)
        listing.mtimes_ns.append(mtime_ns)
        listing.inodes.append(inode)
        listing.links.append(1)
        return listing


@dataclass(slots=True)
class _Links:
    """The links that a listing encounters.

    Attributes:
        reach: Where they may lead.
        files: Files that lie elsewhere: row → the file itself, links resolved.
        folders: Links to folders that were not entered → the folder itself.
        entered: Folders that were entered through a link.
    """

    reach: Reach
    files: dict[int, Path] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    entered: set[Path] = field(default_factory=set)


class _Asking:
    """Requests the status of files: one by one, or several at once if that takes long."""

    def __init__(self, slow_s: float) -> None:
        self._slow_s = slow_s
        self._seconds: list[float] = []
        self._pool: Executor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def statuses(
        self, ask: Callable[[str], os.stat_result], native: list[str]
    ) -> Iterator[os.stat_result | None]:
        """Yield the status of each name, in their order; None if the system refuses."""
        first = _MEASURED - len(self._seconds)
        for name in native[:first]:
            begun = time.perf_counter()
            status = _ask(ask, name)
            self._seconds.append(time.perf_counter() - begun)
            yield status
        rest = native[first:] if first else native
        # the median, because a single request that waited for the disk would distort the mean
        if not rest or sorted(self._seconds)[len(self._seconds) // 2] < self._slow_s:
            for name in rest:
                yield _ask(ask, name)
            return
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor  # only on slow file systems

            self._pool = ThreadPoolExecutor(_THREADS)
        for at in range(0, len(rest), _NAMES_AT_ONCE):
            some = rest[at : at + _NAMES_AT_ONCE]
            tasks = [some[n : n + _NAMES_PER_TASK] for n in range(0, len(some), _NAMES_PER_TASK)]
            for found in self._pool.map(lambda task: [_ask(ask, name) for name in task], tasks):
                yield from found


def _ask(ask: Callable[[str], os.stat_result], name: str) -> os.stat_result | None:
    try:
        return ask(name)
    except OSError:  # the caller asks again and reports it
        return None


def discover(
    root: Path | Reach, excluded: Excluded | None = None, *, slow_s: float = _SLOW_S
) -> Listing:
    """List the files below `root`: folder by folder, sorted by name, files before folders.

    Args:
        root: The folder; a reach says where links may lead.
        excluded: Decides which files and folders are left out, as if they were not there.
        slow_s: If requesting the status of a file takes longer, several are requested at once;
            in seconds.
    """
    listing = Listing()
    links = _Links(Reach.of(root))
    pending: list[tuple[str, str]] = [(os.fspath(links.reach.root), "")]
    with _Asking(slow_s) as asking:
        while pending:
            native, folder = pending.pop()
            inner: list[tuple[str, str]] = []
            try:
                _list_folder(listing, native, folder, links, inner, excluded, asking)
            except OSError as error:
                listing.unreadable_folders.append((folder or ".", error.strerror or str(error)))
            if excluded is not None:
                inner = _without(listing, inner, excluded)
            pending.extend(reversed(inner))
    _judge_links(listing, links)
    return listing


def _judge_links(listing: Listing, links: _Links) -> None:
    """Decide about links once the whole listing is known.

    A link to a file that is listed as well is the same picture under a second name.  Any other
    link is read if it may be followed; if not, a picture remains unread.
    """
    if not links.files and not links.folders:
        return
    reach = links.reach
    native = {path: row for row, path in enumerate(listing.paths) if row not in links.files}
    for row, target in links.files.items():
        place = reach.place(target)
        own = place is not None and place[0] == reach.root
        if place is not None and own and place[1] in native:
            listing.presets[row] = (Outcome.LINKED, f"a link to {place[1]}")
        elif place is None or not reach.follow:
            inside = target.is_relative_to(reach.root)
            where = "into a folder that is not entered" if inside else "out of the data set"
            outcome = Outcome.LINK_NOT_READ
            if not may_be_picture(listing.paths[row]):
                outcome = Outcome.SPECIAL
            elif not inside:
                listing.links_lead_out = True
            listing.presets[row] = (outcome, f"a link that leads {where}, {NOT_FOLLOWED}")
    listed = {"", *listing.folders}
    for path, target in links.folders.items():
        inside = target.is_relative_to(reach.root)
        if inside and _escaped(target, reach.root) in listed:
            continue
        listing.linked_folders += [pair for pair in listing.skipped_folders if pair[0] == path]
        listing.links_lead_out |= not inside


def may_be_picture(path: str) -> bool:
    """Return whether a file may be a picture by its extension; one without any may be."""
    stem, dot, extension = path.rpartition("/")[2].rpartition(".")
    return not (dot and stem) or f".{extension.lower()}" in sniff.EXTENSIONS


def _escaped(target: Path, root: Path) -> str:
    relative = target.relative_to(root).as_posix()
    return "" if relative == "." else names.encode(relative)


def _without(
    listing: Listing, inner: list[tuple[str, str]], excluded: Excluded
) -> list[tuple[str, str]]:
    """Leave out folders by patterns that match only folders, before anybody enters them."""
    kept = [(native, path) for native, path in inner if not excluded(f"{names.decode(path)}/")]
    if left_out := {path for _, path in inner} - {path for _, path in kept}:
        listing.folders = [path for path in listing.folders if path not in left_out]
        listing.excluded += len(left_out)
    return kept


def _list_folder(
    listing: Listing,
    native: str,
    folder: str,
    links: _Links,
    inner: list[tuple[str, str]],
    excluded: Excluded | None,
    asking: _Asking,
) -> None:
    """Add a folder's files to a listing, and its folders to `inner`: native and escaped paths.

    Raises:
        OSError: The folder cannot be listed.
    """
    with _opened(native) as opened:
        is_state = own_states.is_state(Path(native), opened.names)
        if folder and (
            reason := _reason_to_skip(opened.names, native, folder, links, is_state=is_state)
        ):
            listing.folders.remove(folder)
            listing.skipped_folders.append((folder, reason))
            return
        prefix = f"{folder}/" if folder else ""
        add_path, add_folder = listing.paths.append, listing.folders_of.append
        add_size, add_time = listing.sizes_bytes.append, listing.mtimes_ns.append
        add_inode, add_links = listing.inodes.append, listing.links.append
        # the folder was entered through a link, so its files lie elsewhere
        elsewhere = None if _lies_at(native, folder, links.reach.root) else Path(native)
        own_names = _without_state(listing, opened.names, prefix) if is_state else opened.names
        if excluded is not None:
            inside, before = names.decode(prefix), len(own_names)
            own_names = [name for name in own_names if not excluded(inside + name)]
            listing.excluded += before - len(own_names)
        escaped, native_names = _in_order(own_names)
        found = asking.statuses(opened.status_of, native_names)
        for name, own, asked in zip(escaped, native_names, found, strict=True):
            status: _Status
            if asked is not None and stat.S_ISREG(asked.st_mode):
                status = asked
                if elsewhere is not None:
                    links.files[len(listing.paths)] = elsewhere / own
            else:
                entry = opened.entry_of(own)
                if entry is None:
                    continue
                other, preset = _take_other(listing, entry, prefix + name, links, inner)
                if other is None:
                    continue
                status = other
                if preset is not None:
                    listing.presets[len(listing.paths)] = preset
            add_path(prefix + name)
            add_folder(folder)
            add_size(status.st_size)
            # some file systems store times billions of years away
            time_ns = status.st_mtime_ns
            add_time(time_ns if -_LARGEST <= time_ns <= _LARGEST else _nearest(time_ns))
            add_inode(signed_inode(status.st_ino))
            add_links(status.st_nlink)


def _reason_to_skip(
    inside: list[str], native: str, folder: str, links: _Links, *, is_state: bool
) -> str:
    """Say why a folder with these names is not entered after all; empty if it is."""
    here = Path(native)
    if (
        SPLIT_MARKER in inside
        # a folder that a link led to may be anybody's
        and _lies_at(native, folder, links.reach.root)
        and (reason := own_splits.reason_to_skip(here, links.reach.root))
    ):
        return reason
    only_state = is_state and not own_states.holds_more(here, inside)
    return junk.STATE_FOLDER if only_state else ""


def _without_state(listing: Listing, inside: list[str], prefix: str) -> list[str]:
    """Return the names in a state folder that data share, without its own."""
    own = sorted(state_names.FOLDERS.intersection(inside))
    listing.skipped_folders += [(prefix + name, junk.STATE_FOLDER) for name in own]
    return [name for name in inside if name not in state_names.NAMES]


def _in_order(native: list[str]) -> tuple[list[str], list[str]]:
    """Return escaped and native names, sorted by the escaped one: the order fits every locale."""
    escaped = names.encode_all(native)
    if escaped is native:
        ordered = sorted(native)
        return ordered, ordered
    pairs = sorted(zip(escaped, native, strict=True), key=itemgetter(0))
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _take_other(
    listing: Listing,
    entry: os.DirEntry[str],
    path: str,
    links: _Links,
    inner: list[tuple[str, str]],
) -> tuple[_Status | None, tuple[Outcome, str] | None]:
    """Return status and outcome of an entry that is not a plain file; None for folders."""
    try:
        if entry.is_symlink() or _is_junction(entry):
            return _take_link(listing, entry, path, links, inner)
        if entry.is_dir(follow_symlinks=False):
            _take_folder(listing, entry, path, inner)
            return None, None
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None, None  # removed since the listing: not part of the data set any more
    except OSError as error:
        return _Unknown(), (Outcome.UNREADABLE, error.strerror or str(error))
    if stat.S_ISREG(status.st_mode):
        return status, None
    return status, (Outcome.SPECIAL, f"a {read_file.kind_of(status.st_mode)}, never opened")


def _take_folder(
    listing: Listing, entry: os.DirEntry[str], path: str, inner: list[tuple[str, str]]
) -> None:
    reason = junk.closed_reason(entry.name)
    if reason:
        listing.skipped_folders.append((path, reason))
    else:
        listing.folders.append(path)
        inner.append((entry.path, path))


def target_of(link: Path) -> tuple[Path, os.stat_result] | None:
    """Return where a link leads, links resolved, and the status there; None: it leads nowhere."""
    try:
        target = link.resolve(strict=True)
        return target, target.lstat()
    except (OSError, RuntimeError):
        return None


def special_target(status: os.stat_result) -> tuple[Outcome, str]:
    """Return the outcome of a link to something that is not a file, with the reason."""
    return Outcome.SPECIAL, f"a link to a {read_file.kind_of(status.st_mode)}, never opened"


def _take_link(
    listing: Listing,
    entry: os.DirEntry[str],
    path: str,
    links: _Links,
    inner: list[tuple[str, str]],
) -> tuple[_Status | None, tuple[Outcome, str] | None]:
    """Return the status of a link's target; :func:`_judge_links` decides whether it is read."""
    found = target_of(Path(entry.path))
    if found is None:
        return entry.stat(follow_symlinks=False), (Outcome.SPECIAL, LEADS_NOWHERE)
    target, status = found
    if stat.S_ISDIR(status.st_mode):
        _take_linked_folder(listing, entry, path, target, links, inner)
        return None, None
    if not stat.S_ISREG(status.st_mode):
        return entry.stat(follow_symlinks=False), special_target(status)
    links.files[len(listing.paths)] = target
    followed = links.reach.follow and links.reach.place(target) is not None
    return status if followed else entry.stat(follow_symlinks=False), None


def _take_linked_folder(
    listing: Listing,
    entry: os.DirEntry[str],
    path: str,
    target: Path,
    links: _Links,
    inner: list[tuple[str, str]],
) -> None:
    """Enter a folder through a link, or note why not; each folder is entered at most once."""
    reach = links.reach
    if reason := junk.closed_reason(entry.name):
        listing.skipped_folders.append((path, reason))
        return
    if not reach.follow or reach.place(target) is None:
        where = "inside" if target.is_relative_to(reach.root) else "outside"
        reason = f"a link to a folder {where} the data set, not followed"
        links.folders[path] = target
    elif Path(entry.path).parent.is_relative_to(target) or reach.root.is_relative_to(target):
        # a loop: everything below it is listed anyway
        reason = "a link back to a folder above it, not followed"
    elif target in links.entered:
        reason = "a link to a folder that another link leads to, not followed"
    else:
        links.entered.add(target)
        listing.folders.append(path)
        inner.append((os.fspath(target), path))
        return
    listing.skipped_folders.append((path, reason))


def _lies_at(native: str, folder: str, root: Path) -> bool:
    """Return whether a folder lies at its path; False if a link led to it."""
    place = os.path.join(root, names.decode(folder)) if folder else os.fspath(root)  # noqa: PTH118
    return native == place


class _Opened(NamedTuple):
    """The names in a folder, and functions to look them up.

    Attributes:
        names: Native names, in any order.
        status_of: Returns the status of a name; for a link, of the link itself.
        entry_of: Returns the directory entry of a name that is not a plain file; None: it is gone.
    """

    names: list[str]
    status_of: Callable[[str], os.stat_result]
    entry_of: Callable[[str], os.DirEntry[str] | None]


@contextmanager
def _opened(folder: str) -> Iterator[_Opened]:
    """Open a folder and yield its names.

    With an open descriptor, the system looks up one name for each status instead of a whole path.
    """
    if os.stat not in os.supports_dir_fd:
        held = _entries(folder)
        yield _Opened(list(held), lambda name: held[name].stat(follow_symlinks=False), held.get)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        known: dict[str, os.DirEntry[str]] = {}

        def entry_of(name: str) -> os.DirEntry[str] | None:
            if not known:  # most folders hold only plain files
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


def signed_inode(inode: int) -> int:
    """Return an inode number as 64 signed bits: one above that range keeps its bits."""
    return inode if inode <= _LARGEST else inode - (1 << 64)


def _nearest(time_ns: int) -> int:
    return max(-_LARGEST, min(time_ns, _LARGEST))
