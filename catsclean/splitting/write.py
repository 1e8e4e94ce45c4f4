"""Write a split as folders: a picture lies in ``train/Cat/...``, and its folder is its label."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from catsclean.core import names
from catsclean.core.folder_handle import sync_folder
from catsclean.core.leftovers import SPLIT_MARKER
from catsclean.core.links import Reach
from catsclean.core.manifest import Manifest
from catsclean.core.name_calls import read_link
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.split_marker import read_marker
from catsclean.core.split_names import SOURCE
from catsclean.errors import SplitError, UsageError
from catsclean.scan.sidecar_files import check_endings
from catsclean.splitting import linking
from catsclean.splitting.descriptions import MANIFEST, write_descriptions
from catsclean.splitting.linking import LinkMode, NoSuchLinkError
from catsclean.splitting.packed_pictures import PictureSource, copied_from, open_pictures
from catsclean.splitting.place_sidecars import Beside, place_sidecars
from catsclean.splitting.places import Item, digests_of, find_places, items_at, rows_to_write
from catsclean.splitting.target_folder import (
    describe_call,
    find_target,
    lies_there,
    making,
    refuse_changed,
    remove_temporaries,
    reporting,
    write_marker,
)
from catsclean.splitting.unchanged_sources import ChangedSinceAuditError, check_sources
from catsclean.splitting.verify_written import describe_flaws
from catsclean.splitting.written_split import Progress, WrittenSplit

if TYPE_CHECKING:
    import pandas as pd

# no links: a training tool that saves a picture of the split must not change the original
_AUTO: Final = (LinkMode.REFLINK, LinkMode.COPY)
# above this many copies, one sync of the whole system is cheaper than one fsync for each
_FSYNC_EACH: Final = 200


def write_split(
    manifest: Manifest,
    folder: str | os.PathLike[str],
    link: LinkMode | str = LinkMode.AUTO,
    progress: Progress | None = None,
    *,
    state: Path | None = None,
    reach: Reach | None = None,
    sidecars: Iterable[str] | None = None,
) -> WrittenSplit:
    """Write the samples of a manifest that have a split; see :meth:`Split.write`.

    Args:
        manifest: The samples.
        folder: Where to write them.
        link: How to place the pictures.
        progress: Called with the number of files done and their total.
        state: The state folder; it records where a split is being made.  After a crash the next
            command removes that folder, or continues if it is the same call.
        reach: Where links in the data set may lead; None: a link is never followed.
        sidecars: Extensions of the files to place beside the picture of the same name.

    Raises:
        SplitError: The folder exists, the disk is full, or a picture changed since the audit.
        UsageError: `link` is unknown, or the folder lies inside the data set.
    """
    mode, target, rows, items, result = _prepare(manifest, folder, link)
    endings = check_endings(sidecars)
    with reporting(target):
        beside = place_sidecars(manifest.root, items, endings)
        items += beside.items
        marker = describe_call(manifest.root, items, mode.value, rows)
        if lies_there(target, marker, _made_by(mode)):
            return _use_written(target, mode, items, manifest.root, beside)
        with making(target, marker, state) as made_in:
            with open_pictures(manifest.root, items[0].source, reach, digests_of(items)) as data:
                used = _fill(items, mode, data, made_in, progress)
            sizes = write_descriptions(result, made_in.path)
            write_marker(made_in, {**marker, "made_by": used.value, "descriptions": sizes})
            _settle(items, used, made_in)
    copied = sum(item.size_bytes or 0 for item in items) if used is LinkMode.COPY else 0
    more = (copied, len(beside.items), beside.warnings)
    return WrittenSplit(target, result, used, False, *more)  # noqa: FBT003


def check_split(
    manifest: Manifest,
    folder: str | os.PathLike[str],
    link: LinkMode | str = LinkMode.AUTO,
    *,
    reach: Reach | None = None,
    sidecars: Iterable[str] | None = None,
) -> None:
    """Refuse what :func:`write_split` would refuse before it places a picture; write nothing."""
    mode, target, rows, items, _ = _prepare(manifest, folder, link)
    with reporting(target):
        beside = place_sidecars(manifest.root, items, check_endings(sidecars))
        items += beside.items
        marker = describe_call(manifest.root, items, mode.value, rows)
        if lies_there(target, marker, _made_by(mode)):
            _use_written(target, mode, items, manifest.root, beside)
            return
        with open_pictures(manifest.root, items[0].source, reach) as data:
            check_sources(items, data)


def _prepare(
    manifest: Manifest, folder: str | os.PathLike[str], link: LinkMode | str
) -> tuple[LinkMode, Path, pd.DataFrame, list[Item], Manifest]:
    """Return the kind of link, the target, the rows to write, their places, and their manifest."""
    try:
        mode = LinkMode(link)
    except ValueError:
        known = ", ".join(LinkMode)
        raise UsageError(f"unknown kind of link. Received: {link!r}. Known: {known}.") from None
    target = find_target(folder, manifest.root)
    rows = rows_to_write(manifest)
    places = find_places(rows)
    items = items_at(rows, places)
    if origin := copied_from(manifest.root, items[0].source):
        if mode not in {LinkMode.AUTO, LinkMode.COPY}:
            raise UsageError(
                f"pictures in {origin} can only be copied. Received: {mode.value!r}."
                " Leave out --link (link=), or say copy."
            )
        mode = LinkMode.COPY
    shown = rows.assign(**{SOURCE: rows["path"], "path": [names.encode(p) for p in places]})
    result = Manifest(shown.sort_values("path", ignore_index=True), target)
    return mode, target, rows, items, result


def _use_written(
    target: Path, mode: LinkMode, items: Sequence[Item], root: Path, beside: Beside
) -> WrittenSplit:
    """Return the split that an earlier call wrote; refuse it if it has changed."""
    found = read_marker(target) or {}
    made = LinkMode(found.get("made_by", mode))
    descriptions = found.get("descriptions", {})
    refuse_changed(target, describe_flaws(target, items, root, descriptions))
    there = Manifest.load(target / MANIFEST, target)
    more = (0, len(beside.items), beside.warnings)
    return WrittenSplit(target, there, made, True, *more)  # noqa: FBT003


def _fill(
    items: Sequence[Item],
    mode: LinkMode,
    data: PictureSource,
    target: Folder,
    progress: Progress | None,
) -> LinkMode:
    """Put every picture into its place; return the kind of link that was used last."""
    found = check_sources(items, data)
    kinds = list(_kinds(mode))
    fresh = not any(name != SPLIT_MARKER for name in target.names())
    for number, (item, status) in enumerate(zip(items, found, strict=True), 1):
        while fresh or not _is_made(item, status, data, target, kinds):
            try:
                linking.place(kinds[0], data, item.source, target, item.place)
                _check_linked(kinds[0], item, status, target)
                break
            except NoSuchLinkError as error:
                if len(kinds) == 1:
                    raise SplitError(
                        f"cannot {kinds[0]} from {names.text(str(data.path))!r} to"
                        f" {names.text(str(target.path.parent))!r}: {error.strerror}."
                        " Choose another --link (link=)."
                    ) from error
                del kinds[0]
            except NotAsRecordedError as error:
                raise ChangedSinceAuditError(f"{item.shown} {error}.") from error
        if progress is not None:
            progress(number, len(items))
    return kinds[0]


def _check_linked(mode: LinkMode, item: Item, status: os.stat_result, target: Folder) -> None:
    if mode is LinkMode.HARDLINK:
        made = target.lstat(item.place)
        if made is None or not os.path.samestat(made, status):
            target.unlink(item.place)
            raise NotAsRecordedError("was replaced while it was linked")


def _kinds(mode: LinkMode) -> tuple[LinkMode, ...]:
    """Return the kinds of link to try, in order."""
    return _AUTO if mode is LinkMode.AUTO else (mode,)


def _made_by(mode: LinkMode) -> tuple[LinkMode, ...]:
    """Return how an existing split may have been made that is to be used again."""
    # AUTO once made hard links: a request for copies must not reuse those
    return (mode, *_kinds(mode))


def _is_made(
    item: Item,
    status: os.stat_result,
    data: PictureSource,
    target: Folder,
    kinds: Collection[LinkMode],
) -> bool:
    """Return whether an interrupted call made this picture; remove it if it is wrong."""
    made = target.lstat(item.place)
    if made is None:
        return False
    if os.path.samestat(made, status):
        if LinkMode.HARDLINK in kinds:
            return True
    elif stat.S_ISLNK(made.st_mode):
        parent, name = target.locate(item.place)
        to = Path(read_link(name, parent))
        here = (target.path / item.place).parent
        if Path(os.path.normpath(here / to)) == data.path / item.source:
            return True
    elif stat.S_ISREG(made.st_mode):
        # after a power cut, a file may have its name and size but not its bytes
        with contextlib.suppress(NotAsRecordedError):
            target.check(item.place, item.sha256)
            return True
    target.unlink(item.place)
    return False


def _settle(items: Sequence[Item], used: LinkMode, target: Folder) -> None:
    """Make everything durable, and remove files that do not belong there."""
    folders = {""} | {item.place.rpartition("/")[0] for item in items}
    remove_temporaries(target)
    for folder in sorted(folders):
        if target.lstat(f"{folder}/{linking.PART}".lstrip("/")) is not None:
            target.unlink(f"{folder}/{linking.PART}")
    if used in {LinkMode.COPY, LinkMode.REFLINK}:
        if len(items) > _FSYNC_EACH and hasattr(os, "sync"):
            os.sync()
        else:
            for item in items:
                target.sync_file(item.place)
    above = set(folders)
    for folder in folders:
        while folder := folder.rpartition("/")[0]:
            above.add(folder)
    for folder in sorted(above):
        sync_folder(target.handle(folder))
