"""List the files in containers as if they lay in a folder: tar shards, zip archives, Parquet."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Final

from catsclean.containers.container import Container, Members, NoPicturesInsideError
from catsclean.containers.opened import new_container
from catsclean.core import names, stand_ins
from catsclean.core.container_names import is_container_name
from catsclean.core.evidence import Outcome
from catsclean.core.files import SUFFIX
from catsclean.core.links import Reach
from catsclean.core.path_patterns import Excluded
from catsclean.core.reading_errors import reason_of
from catsclean.images import read_file
from catsclean.scan import junk
from catsclean.scan.container_folders import FolderMeaning
from catsclean.scan.discover import (
    LEADS_NOWHERE,
    NOT_FOLLOWED,
    OUTSIDE,
    Listing,
    may_be_picture,
    signed_inode,
)
from catsclean.scan.known_members import ContainerIdentity, KnownMembers, ListedMembers, identity_in
from catsclean.scan.name_labels import is_picture_name
from catsclean.scan.webdataset_labels import find_beside, key_of, read_label

_LINK_OUT: Final = Outcome.SPECIAL, "a link that leads out of its archive, never followed"
_REPLACED: Final = "the archive has a later file of this name, which replaces it"


class _Builder:
    """The listing of the members, while it is made."""

    def __init__(self, listing: Listing, rows: Collection[int], *, only: bool, whole: bool) -> None:
        """Begin with the files of the folder that are not containers, or with none.

        Args:
            listing: The folder.
            rows: Its containers to read.
            only: Leave out all other files.
            whole: List the files beside pictures as well.
        """
        self.whole = whole
        self._base = listing
        self.listing = replace(
            listing,
            paths=[],
            folders_of=[],
            sizes_bytes=array("q"),
            mtimes_ns=array("q"),
            inodes=array("q"),
            links=array("q"),
            presets={},
            folders=[],
            containers=tuple(listing.paths[row] for row in rows),
            skipped_folders=_without_states(listing, rows),
        )
        self._pairs: list[tuple[str, str]] = []
        self._labels: list[str] = []
        self._folders: list[tuple[str, str]] = []
        if not only:
            for row in range(len(listing.paths)):
                if row not in rows:
                    self.add_file(row)

    def path_of(self, row: int) -> str:
        """Return the path of a file of the folder."""
        return self._base.paths[row]

    def add_file(self, row: int) -> None:
        """Add a file of the folder that is not read as a container."""
        base = self._base
        if row in base.presets:
            self.listing.presets[len(self.listing.paths)] = base.presets[row]
        self._add(base.paths[row], base.sizes_bytes[row], row, OUTSIDE)
        self._pairs.append(("", base.folders_of[row]))
        self._labels.append("")

    def _add(self, path: str, size_bytes: int, row: int, place: int) -> None:
        """Add a file with the identity of a row of the folder."""
        listing, base = self.listing, self._base
        listing.paths.append(path)
        listing.sizes_bytes.append(size_bytes)
        listing.mtimes_ns.append(base.mtimes_ns[row])
        listing.inodes.append(base.inodes[row])
        listing.links.append(1)
        listing.places.append(place)

    def add_members(
        self, row: int, members: Members, labels: dict[int, str], left_out: Collection[int]
    ) -> None:
        """Add the members of a container.

        Args:
            row: The container in the folder.
            members: Its members.
            labels: Row of a member → its label.
            left_out: Rows of members that are no samples.
        """
        own = self._base.paths[row]
        above = f"{own}/" if own else ""
        last = {name: at for at, name in enumerate(members.names)}
        folders: dict[str, tuple[str, str]] = {}
        for at, name in enumerate(members.names):
            if at in left_out:
                continue
            shown, preset = name, members.presets.get(at)
            if last[name] != at:
                shown, preset = f"{name}@{members.places[at]}", (Outcome.SPECIAL, _REPLACED)
            elif at in members.links:
                preset = _LINK_OUT
                if target := members.links[at]:
                    there = last.get(target, at) not in members.links
                    linked = Outcome.LINKED, f"a link to {above}{target}"
                    preset = linked if there else (Outcome.SPECIAL, LEADS_NOWHERE)
            if preset is not None:
                self.listing.presets[len(self.listing.paths)] = preset
            self._add(above + shown, members.sizes_bytes[at], row, members.places[at])
            folder = name.rpartition("/")[0]
            self._pairs.append(folders.setdefault(folder, (own, folder)))
            self._labels.append(labels.get(at, ""))
        self._folders += [(own, folder) for folder in members.folders]

    def finished(self) -> Listing:
        """Return the listing, with the folders that decide about labels and splits."""
        listing = self.listing
        inside = [place != OUTSIDE for place in listing.places]
        meaning = FolderMeaning.recognise(
            pair
            for pair, path, is_inside in zip(self._pairs, listing.paths, inside, strict=True)
            if is_inside and _may_be_sample(path)
        )
        for (own, folder), path, is_inside in zip(self._pairs, listing.paths, inside, strict=True):
            meant = meaning.of(own, folder) if is_inside else folder
            listing.folders_of.append(meant)
            named = path.rpartition("/")[0]
            if meant != named:
                listing.folders_meant[named] = meant
        folders = {*listing.folders_of, *(meaning.of(*pair) for pair in self._folders)}
        for folder in tuple(folders):
            while folder := folder.rpartition("/")[0]:
                folders.add(folder)
        listing.folders = sorted(folders - {""})
        if any(self._labels):
            listing.labels = self._labels
        return listing


def _without_states(listing: Listing, rows: Collection[int]) -> list[tuple[str, str]]:
    """Return the skipped folders without the state folders of single containers."""
    states = {f"{listing.paths[row]}{SUFFIX}" for row in rows}
    return [pair for pair in listing.skipped_folders if pair[0] not in states]


def list_members(
    reach: Reach,
    listing: Listing,
    wanted: Sequence[str] = (),
    excluded: Excluded | None = None,
    known: KnownMembers | None = None,
    *,
    beside: bool = False,
    whole: bool = False,
) -> Listing:
    """Replace the containers of a listing by the files in them.

    Args:
        reach: The data set: a folder, or a container itself.
        listing: The files of the folder; empty, or one row with an empty path, if the data set is a
            container.
        wanted: Containers that the user named, escaped: then only these are read.  If there are
            none, containers are read if the folder holds no pictures beside them.
        excluded: Decides which files in containers are left out.
        known: What earlier audits listed; containers that did not change are not opened.
        beside: Keep the other files, too, although containers are named.
        whole: List the labels and other files beside pictures as well.

    Returns:
        The listing itself if no container is read.
    """
    if not listing.paths and reach.root.is_file():
        status = reach.root.stat()
        inode = signed_inode(status.st_ino)
        listing = Listing.of_container(status.st_size, status.st_mtime_ns, inode)
    rows = find_containers(listing, wanted)
    if not rows:
        _note_links(listing)
        return listing
    known = known or KnownMembers()
    builder = _Builder(listing, rows, only=bool(wanted) and not beside, whole=whole)
    new = [row for row in rows if known.find(identity_in(listing, row)) is None]
    with stand_ins.bringing_ahead(reach.root, [listing.paths[row] for row in new], sys.maxsize):
        for row in rows:
            _take(builder, reach, row, excluded, known, identity_in(listing, row))
    return builder.finished()


def find_containers(listing: Listing, wanted: Collection[str] = ()) -> list[int]:
    """Return the rows of the containers to read, see :func:`list_members`."""
    if listing.paths == [""]:
        return [0]
    if wanted:
        return [row for row, path in enumerate(listing.paths) if path in wanted]
    found: list[int] = []
    for row, path in enumerate(listing.paths):
        if is_picture_name(path):
            return []
        if is_container_name(path) and row not in listing.presets and listing.sizes_bytes[row]:
            found.append(row)
    return found


def _note_links(listing: Listing) -> None:
    """Note that pictures remain unread if containers are links that are not followed."""
    if any(map(is_picture_name, listing.paths)):
        return
    for row, (outcome, detail) in listing.presets.items():
        unread = outcome is Outcome.SPECIAL and detail.endswith(NOT_FOLLOWED)
        if unread and is_container_name(listing.paths[row]):
            listing.presets[row] = (Outcome.LINK_NOT_READ, detail)


def _take(
    builder: _Builder,
    reach: Reach,
    row: int,
    excluded: Excluded | None,
    known: KnownMembers,
    identity: ContainerIdentity,
) -> None:
    """Add the members of one container, or why they cannot be listed."""
    path = builder.path_of(row)
    try:
        found = known.find(identity)
        if found is None:
            with stand_ins.holding(reach.root, path, sys.maxsize) as absence:
                read_file.check_brought(absence)
                found = _list_one(reach, path)
        known.note(identity, found)
        left_out = _excluded(builder, path, found.members, excluded)
        if not builder.whole:
            left_out |= found.left_out
        builder.add_members(row, found.members, found.labels, left_out)
        if damage := found.members.damage:
            builder.listing.unreadable_folders.append((path or ".", damage))
    except NoPicturesInsideError as error:
        if path:
            builder.add_file(row)  # a table of other things
        else:
            builder.listing.unreadable_folders.append((".", str(error)))
    except (OSError, ValueError) as error:
        builder.listing.unreadable_folders.append((path or ".", names.text(reason_of(error))))


def _list_one(reach: Reach, path: str) -> ListedMembers:
    """List the members of a container.

    Raises:
        OSError: It cannot be opened, or is damaged.
        ValueError: Its path is not one inside the data set.
    """
    descriptor = read_file.open_target(reach, path)
    with closing(new_container(descriptor, path or reach.root.name)) as container:
        members = container.members()
        return ListedMembers(members, *_read_labels(container, members))


def _read_labels(container: Container, members: Members) -> tuple[dict[int, str], set[int]]:
    """Return labels that are recorded beside pictures, and the rows of the files that do so."""
    pictures = [row for row, name in enumerate(members.names) if is_picture_name(name)]
    beside = find_beside(members, pictures)
    labels = dict(members.labels)
    if beside:
        for row in pictures:
            key, _ = key_of(members.names[row])
            if key in beside and (label := read_label(container, members, beside[key])):
                labels[row] = label
    return labels, {row for rows in beside.values() for row in rows.values()}


def _excluded(
    builder: _Builder, path: str, members: Members, excluded: Excluded | None
) -> set[int]:
    """Return the rows of members in folders that are never entered, or that the user excludes."""
    found: set[int] = set()
    closed: dict[str, tuple[str, str] | None] = {}
    skipped: dict[str, str] = {}
    above = f"{path}/" if path else ""
    for row, name in enumerate(members.names):
        folder = name.rpartition("/")[0]
        if folder not in closed:
            closed[folder] = _closed(folder)
        if (why := closed[folder]) is not None:
            skipped[why[0]] = why[1]
            found.add(row)
        elif excluded is not None and excluded(names.unescape(above + name)):
            found.add(row)
            builder.listing.excluded += 1
    builder.listing.skipped_folders += [(above + each, why) for each, why in skipped.items()]
    return found


def _closed(folder: str) -> tuple[str, str] | None:
    """Return the topmost folder of an (escaped) path that is never entered, and why."""
    parts = folder.split("/")
    for depth, part in enumerate(parts, start=1):
        if why := junk.closed_reason(names.unescape(part), packed=True):
            return "/".join(parts[:depth]), why
    return None


def _may_be_sample(path: str) -> bool:
    return may_be_picture(path) and not any(
        junk.is_junk_folder(part) for part in path.split("/")[:-1]
    )
