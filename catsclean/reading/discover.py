"""Lists every file below a root: no link is followed, nothing is opened, nothing blocks."""

from __future__ import annotations

import os
import stat
from array import array
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from catsclean.evidence import Outcome
from catsclean.reading import files, junk, names

_LARGEST_TIME_NS = 2**63 - 1


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


def discover(root: Path) -> Listing:
    """List the files below `root`, each folder in order of name, folders after files."""
    listing = Listing()
    pending: list[tuple[str, str]] = [(os.fspath(root), "")]
    while pending:
        native, folder = pending.pop()
        try:
            with os.scandir(native) as iterator:
                # by the escaped name, whose order is the same in every locale
                entries = sorted(((names.encode(e.name), e) for e in iterator), key=itemgetter(0))
        except OSError as error:
            listing.unreadable_folders.append((folder or ".", error.strerror or str(error)))
            continue
        inner: list[tuple[str, str]] = []
        prefix = f"{folder}/" if folder else ""
        for name, entry in entries:
            _take(listing, entry, prefix + name, folder, root, inner)
        pending.extend(reversed(inner))
    return listing


def _take(
    listing: Listing,
    entry: os.DirEntry[str],
    path: str,
    folder: str,
    root: Path,
    inner: list[tuple[str, str]],
) -> None:
    try:
        is_junction = getattr(entry, "is_junction", None)
        if entry.is_symlink() or (is_junction is not None and is_junction()):
            _take_link(listing, entry, path, folder, root)
            return
        if entry.is_dir(follow_symlinks=False):
            reason = junk.closed_reason(entry.name)
            if reason:
                listing.skipped_folders.append((path, reason))
            else:
                listing.folders.append(path)
                inner.append((entry.path, path))
            return
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            return  # gone between listing and asking: it is not part of the data set any more
        _add(listing, path, folder, None, (Outcome.UNREADABLE, error.strerror or str(error)))
        return
    preset = None
    if not stat.S_ISREG(status.st_mode):
        preset = (Outcome.SPECIAL, f"a {files.kind_of(status.st_mode)}, never opened")
    _add(listing, path, folder, status, preset)


def _take_link(
    listing: Listing, entry: os.DirEntry[str], path: str, folder: str, root: Path
) -> None:
    try:
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError):
        preset = (Outcome.SPECIAL, "a link that leads nowhere")
    else:
        inside = target.is_relative_to(root)
        if target.is_dir():
            where = "inside of the data set" if inside else "out of the data set"
            listing.skipped_folders.append((path, f"a link to a folder {where}, not followed"))
            return
        if inside:
            # resolved names come from the file system, as those of the listing do
            inner = names.encode(target.relative_to(root).as_posix())
            preset = (Outcome.LINKED, f"a link to {inner}")
        else:
            preset = (Outcome.SPECIAL, "a link that leads out of the data set, not followed")
    _add(listing, path, folder, entry.stat(follow_symlinks=False), preset)


def _add(
    listing: Listing,
    path: str,
    folder: str,
    status: os.stat_result | None,
    preset: tuple[Outcome, str] | None,
) -> None:
    if preset is not None:
        listing.presets[len(listing.paths)] = preset
    listing.paths.append(path)
    listing.folders_of.append(folder)
    listing.sizes_bytes.append(status.st_size if status else 0)
    # some file systems keep times of some hundred billion years
    mtime_ns = status.st_mtime_ns if status else 0
    listing.mtimes_ns.append(max(-_LARGEST_TIME_NS, min(mtime_ns, _LARGEST_TIME_NS)))
    # a 64-bit file number above the signed range keeps its bits
    inode = status.st_ino if status else 0
    listing.inodes.append(inode if inode < 1 << 63 else inode - (1 << 64))
    listing.links.append(status.st_nlink if status else 1)
