"""Write a split as folders: complete, or not at all.

All files are made in ``.<name>.catsclean-part`` beside the target.  When everything is there and on
disk, this folder is renamed to the target in one step.  Its ``split.json`` describes the call: the
same call after a crash finds it and continues; another call starts from scratch.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catsclean.core import names
from catsclean.core.leftovers import (
    PART_SUFFIX,
    SPLIT_KIND,
    SPLIT_MARKER,
    claim,
    forget_unfinished_split,
    note_unfinished_split,
    remove_unfinished_split,
)
from catsclean.core.links import Reach
from catsclean.core.manifest import Manifest
from catsclean.core.model import Status
from catsclean.core.name_calls import make_durable, make_folder, remove_folder, replace_name
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.split_names import ASKED
from catsclean.core.text import count
from catsclean.errors import CatscleanError, ManifestError, SplitError, UsageError
from catsclean.scan.sidecar_files import check_endings
from catsclean.splitting import linking
from catsclean.splitting.descriptions import MANIFEST, SOURCE, write_descriptions
from catsclean.splitting.linking import LinkMode, NoSuchLinkError
from catsclean.splitting.packed_pictures import PictureSource, are_packed, open_pictures
from catsclean.splitting.place_sidecars import Beside, place_sidecars
from catsclean.splitting.places import Item, find_places
from catsclean.splitting.verify_written import describe_flaws

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]

MARKER: Final = SPLIT_MARKER
KIND: Final = SPLIT_KIND
SCHEMA_VERSION: Final = 1
_MAX_MARKER: Final = 1 << 20
_NAMED: Final = 5
# no links: a training tool that saves a picture of the split must not change the original
_AUTO: Final = (LinkMode.REFLINK, LinkMode.COPY)
# a disk error may be temporary; a folder that cannot be removed twice stays and is named
_TRIES: Final = 2
# above this many copies, one sync of the whole system is cheaper than one fsync for each
_FSYNC_EACH: Final = 200


@dataclass(frozen=True)
class WrittenSplit:
    """A split on disk.

    Attributes:
        folder: Where it is.
        manifest: Its manifest: paths below `folder`; ``source_path`` is each picture's origin.
        link: How its pictures were placed: the kind that AUTO chose.
        reused: Whether the same split existed already, so that nothing was written.
        copied_bytes: Size of the copies that this call made; 0 for links and reflinks.
        sidecars: Number of sidecar files that lie beside their pictures.
        warnings: Warnings for users, one line each.
    """

    folder: Path
    manifest: Manifest
    link: LinkMode
    reused: bool
    copied_bytes: int = 0
    sidecars: int = 0
    warnings: tuple[str, ...] = ()


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
    with _told(target):
        beside = place_sidecars(manifest.root, items, endings)
        items += beside.items
        marker = _marker(manifest, items, mode, rows)
        if _lies_there(target, marker):
            return _use_written(target, mode, items, manifest.root, beside)
        part = target.with_name(f".{target.name}{PART_SUFFIX}")
        with _noted(part, state), _parents(target):
            # after a crash the folder stays, and the same call uses it again; after an error it is
            # removed
            with (
                _removed_if_it_fails(part),
                _begin(part, marker) as made_in,
                open_pictures(manifest.root, items[0].source, reach) as data,
            ):
                used = _fill(items, mode, data, made_in, progress)
                sizes = write_descriptions(result, part)
                _write_marker(made_in, {**marker, "made_by": used.value, "descriptions": sizes})
                _settle(items, used, made_in)
                replace_name(os.fspath(part), os.fspath(target))
            make_durable(target.parent)
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
    with _told(target):
        beside = place_sidecars(manifest.root, items, check_endings(sidecars))
        items += beside.items
        if _lies_there(target, _marker(manifest, items, mode, rows)):
            _use_written(target, mode, items, manifest.root, beside)
            return
        with open_pictures(manifest.root, items[0].source, reach) as data:
            _check_sources(items, data)


def _prepare(
    manifest: Manifest, folder: str | os.PathLike[str], link: LinkMode | str
) -> tuple[LinkMode, Path, pd.DataFrame, list[Item], Manifest]:
    """Return the kind of link, the target, the rows to write, their places, and their manifest."""
    try:
        mode = LinkMode(link)
    except ValueError:
        known = ", ".join(LinkMode)
        raise UsageError(f"unknown kind of link. Received: {link!r}. Known: {known}.") from None
    target = Path(os.path.abspath(folder))  # noqa: PTH100  resolve() would follow the last part
    target = target.parent.resolve() / target.name
    if target.is_relative_to(manifest.root) or manifest.root.is_relative_to(target):
        raise UsageError(
            "a split must not be inside its data set, or around it."
            f" Received: {names.text(str(target))!r}."
        )
    table = manifest.table
    used = table["split"].notna() & (table["status"] != Status.DROP.value)
    rows = table[used].sort_values("path", ignore_index=True)
    if rows.empty:
        raise SplitError("nothing to write: no sample of the manifest has a split.")
    places = find_places(rows)
    items = [
        Item(names.decode(path), place, path, sha256, size, mtime)
        for place, (path, sha256, size, mtime) in zip(
            places, _plain(rows[["path", "sha256", "size_bytes", "mtime_ns"]]), strict=True
        )
    ]
    if are_packed(manifest.root, items[0].source):
        if mode not in {LinkMode.AUTO, LinkMode.COPY}:
            raise UsageError(
                f"pictures in an archive can only be copied. Received: {mode.value!r}."
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
    found = _read_marker(target) or {}
    made = LinkMode(found.get("made_by", mode))
    if flaws := describe_flaws(target, items, root, found.get("descriptions", {})):
        raise SplitError(
            f"{names.text(str(target))!r} exists and has changed since it was written: {flaws}."
            " Nothing was changed. Move it away, or write to another folder (-o OTHER)."
        )
    there = Manifest.load(target / MANIFEST, target)
    more = (0, len(beside.items), beside.warnings)
    return WrittenSplit(target, there, made, True, *more)  # noqa: FBT003


@contextlib.contextmanager
def _noted(part: Path, state: Path | None) -> Iterator[None]:
    """Record in the state folder where a split is being made, while any of it exists."""
    if state is None or not state.is_dir():
        yield
        return
    with contextlib.suppress(OSError):
        remove_unfinished_split(state, unless=part)
    note_unfinished_split(state, part)
    try:
        yield
    finally:
        if not os.path.lexists(part):
            forget_unfinished_split(state)


@contextlib.contextmanager
def _removed_if_it_fails(part: Path) -> Iterator[None]:
    """Remove the unfinished folder after an error, unless it is not ours to remove."""
    try:
        yield
    except _NotOursError:
        raise
    except (OSError, CatscleanError, NotAsRecordedError):
        for _ in range(_TRIES):
            shutil.rmtree(part, ignore_errors=True)
        raise


class _NotOursError(SplitError):
    """The folder in which the split is to be made belongs to another program or process."""


def _fill(
    items: Sequence[Item],
    mode: LinkMode,
    data: PictureSource,
    target: Folder,
    progress: Progress | None,
) -> LinkMode:
    """Put every picture into its place; return the kind of link that was used last."""
    found = _check_sources(items, data)
    kinds = list(_kinds(mode))
    fresh = not any(name != MARKER for name in target.names())
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
                raise SplitError(f"{item.shown} {error}. Audit again.") from error
        if progress is not None:
            progress(number, len(items))
    return kinds[0]


def _check_sources(items: Sequence[Item], data: PictureSource) -> list[os.stat_result]:
    """Check, before the first picture is placed, that all are as the audit recorded them."""
    found: list[os.stat_result] = []
    bad: list[str] = []
    for item in items:
        try:
            status = _status_of(item, data)
            known = (item.size_bytes, item.mtime_ns)
            if (
                status is None
                or not stat.S_ISREG(status.st_mode)
                or (status.st_size, status.st_mtime_ns) != known
            ):
                # the time changed, for example because the data set was copied: compare the bytes
                status = data.check(item.source, item.sha256)
            found.append(status)
        except NotAsRecordedError as error:
            bad.append(f"{item.shown} {error}")
    if bad:
        more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
        raise SplitError(
            f"{count(len(bad), 'picture does', 'pictures do')} not match the audit:"
            f" {'; '.join(bad[:_NAMED])}{more}."
            " Nothing was written. Audit again."
        )
    return found


def _status_of(item: Item, data: PictureSource) -> os.stat_result | None:
    """Stat a picture; None if it is missing or behind a link: then its bytes decide."""
    try:
        return data.lstat(item.source)
    except NotAsRecordedError:
        return None


def _check_linked(mode: LinkMode, item: Item, status: os.stat_result, target: Folder) -> None:
    if mode is LinkMode.HARDLINK:
        made = target.lstat(item.place)
        if made is None or not os.path.samestat(made, status):
            target.unlink(item.place)
            raise NotAsRecordedError("was replaced while it was linked")


def _kinds(mode: LinkMode) -> tuple[LinkMode, ...]:
    """Return the kinds of link to try, in order."""
    return _AUTO if mode is LinkMode.AUTO else (mode,)


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
        to = Path(os.readlink(name, dir_fd=parent))
        here = (target.path / item.place).parent
        if Path(os.path.normpath(here / to)) == data.path / item.source:
            return True
    elif stat.S_ISREG(made.st_mode):
        # after a power cut, a file may have its name and size but not its bytes
        with contextlib.suppress(NotAsRecordedError):
            target.check(item.place, item.sha256, size=status.st_size)
            return True
    target.unlink(item.place)
    return False


def _settle(items: Sequence[Item], used: LinkMode, target: Folder) -> None:
    """Make everything durable, and remove files that do not belong there."""
    folders = {""} | {item.place.rpartition("/")[0] for item in items}
    for name in target.names():
        if name.startswith("."):
            target.unlink(name)
    for folder in sorted(folders):
        if target.lstat(f"{folder}/{linking.PART}".lstrip("/")) is not None:
            target.unlink(f"{folder}/{linking.PART}")
    if used in {LinkMode.COPY, LinkMode.REFLINK}:
        if len(items) > _FSYNC_EACH:
            os.sync()
        else:
            for item in items:
                descriptor = target.open(item.place)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
    above = set(folders)
    for folder in folders:
        while folder := folder.rpartition("/")[0]:
            above.add(folder)
    for folder in sorted(above):
        os.fsync(target.descriptor(folder))


def _marker(manifest: Manifest, items: Sequence[Item], mode: LinkMode, rows: Any) -> dict[str, Any]:
    digest = hashlib.sha256()
    for item in items:
        line = f"{item.source}\0{item.place}\0{item.sha256}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    asked = rows[ASKED].dropna().unique() if ASKED in rows.columns else []
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "root": names.encode(str(manifest.root)),
        "asked": [str(text) for text in asked],
        "link": mode.value,
        "pictures": len(rows),
        "plan": digest.hexdigest(),
    }


@contextlib.contextmanager
def _parents(target: Path) -> Iterator[None]:
    """Make the folders above the target; remove them again after an error."""
    missing = [folder for folder in target.parents if not folder.exists()]
    try:
        for folder in reversed(missing):
            make_folder(os.fspath(folder))
        yield
        for folder in missing:
            make_durable(folder.parent)
    except (OSError, CatscleanError, NotAsRecordedError):
        with contextlib.suppress(OSError):  # somebody else put something there
            for folder in missing:
                remove_folder(os.fspath(folder))
        raise


@contextlib.contextmanager
def _begin(part: Path, marker: dict[str, Any]) -> Iterator[Folder]:
    """Open the folder in which the split is made, new or left by the same call."""
    if os.path.lexists(part):
        found = _read_marker(part)
        ours = found is not None or not _names(part) - {f"{MARKER}.new"}
        if part.is_symlink() or not part.is_dir() or not ours:
            raise _NotOursError(
                f"{names.text(str(part))!r} exists and is not an interrupted split. Remove it."
            )
        if found is None or any(found.get(key) != marker[key] for key in ("plan", "link", "root")):
            shutil.rmtree(part)
    make_folder(os.fspath(part))
    with Folder(part) as folder:
        if not claim(folder.descriptor()):
            raise _NotOursError(
                f"another catsclean is writing {names.text(str(part))!r}. Wait for it to end."
            )
        _write_marker(folder, marker)
        yield folder


def _write_marker(folder: Folder, marker: dict[str, Any]) -> None:
    folder.write(MARKER, json.dumps(marker, indent=1).encode() + b"\n")


def _read_marker(folder: Path) -> dict[str, Any] | None:
    try:
        with Folder(folder) as opened:
            descriptor = opened.open(MARKER)
            with os.fdopen(descriptor, "rb") as stream:
                found = json.loads(stream.read(_MAX_MARKER))
    except (OSError, NotAsRecordedError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("kind") == KIND else None


def _lies_there(target: Path, marker: dict[str, Any]) -> bool:
    """Return whether the same split exists already; refuse anything else there."""
    if not os.path.lexists(target):
        return False
    if not target.is_symlink() and target.is_dir():
        if not _names(target):
            return False
        found = _read_marker(target)
        if found is not None and all(found.get(k) == marker[k] for k in ("plan", "link", "root")):
            mode = LinkMode(marker["link"])
            # AUTO once made hard links: a request for copies must not reuse those
            if found.get("made_by", mode) in [mode, *_kinds(mode)]:
                return True
    raise SplitError(
        f"{names.text(str(target))!r} exists and is not this split, so it is not overwritten."
        " Write to another folder (-o OTHER), write to the manifest only (--no-files, Split.save),"
        " or move this folder away."
    )


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else {"?"}


def _plain(rows: Any) -> Iterator[tuple[Any, ...]]:
    columns = rows.astype(object)
    yield from columns.where(columns.notna(), None).itertuples(index=False, name=None)


def _is_complete(target: Path) -> bool:
    """Return whether a split has its final name, which it gets after everything else is done."""
    return _read_marker(target) is not None


@contextlib.contextmanager
def _told(target: Path) -> Iterator[None]:
    """Convert the error of a failing disk into a SplitError."""
    part = target.with_name(f".{target.name}{PART_SUFFIX}")
    try:
        yield
    except (OSError, ManifestError, NotAsRecordedError) as error:
        code = getattr(error, "errno", None) or getattr(error.__cause__, "errno", None)
        space = " Free some space first." if code in {errno.ENOSPC, errno.EDQUOT} else ""
        reason = os.strerror(code) if code else str(error)
        left = (
            "It is complete, but a power cut may undo it: run the same command again."
            if _is_complete(target)
            else f"Its unfinished folder {names.text(str(part))!r} could not be removed: run the"
            " same command again to continue."
            if os.path.lexists(part)
            else "Nothing of it remains."
        )
        raise SplitError(
            f"cannot write {names.text(str(target))!r}: {reason}. {left}{space}"
        ) from error
