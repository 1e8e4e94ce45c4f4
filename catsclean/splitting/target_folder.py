"""The folder that a split is written to: it appears when it is complete, or not at all.

A split is made in ``.<name>.catsclean-part`` beside the target.  When everything is there and on
disk, this folder is renamed to the target in one step.  Its ``split.json`` describes the call: the
same call after a crash finds the folder and continues; another call starts from scratch.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from catsclean.core import names, stand_ins
from catsclean.core.leftovers import (
    SPLIT_KIND,
    SPLIT_MARKER,
    claim,
    forget_unfinished_split,
    note_unfinished_split,
    part_of,
    remove_unfinished_split,
)
from catsclean.core.name_calls import (
    NOT_ALLOWED,
    make_durable,
    make_folder,
    remove_folder,
    replace_name,
)
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.split_marker import SCHEMA_VERSION, read_marker
from catsclean.core.split_names import ASKED
from catsclean.errors import CatscleanError, ManifestError, SplitError, UsageError
from catsclean.splitting.places import Item

_SAME: Final = ("plan", "link", "root")
# a disk error may be temporary; a folder that cannot be removed twice stays and is named
_TRIES: Final = 2


class _NotOursError(SplitError):
    """The folder in which the split is to be made belongs to another program or process."""


def find_target(folder: str | os.PathLike[str], root: Path) -> Path:
    """Return the absolute path of a target folder.

    Args:
        folder: The folder as the caller named it.
        root: The data set.

    Raises:
        UsageError: The folder lies inside the data set, or around it.
    """
    target = Path(os.path.abspath(folder))  # noqa: PTH100  resolve() would follow the last part
    target = target.parent.resolve() / target.name
    if target.is_relative_to(root) or root.is_relative_to(target):
        raise UsageError(
            "a split must not be inside its data set, or around it."
            f" Received: {names.text(str(target))!r}."
        )
    return target


def describe_call(root: Path, items: Iterable[Item], how: str, rows: Any) -> dict[str, Any]:
    """Return the content of ``split.json``: the same call always has the same.

    Args:
        root: The data set.
        items: The files of the split.
        how: How they are placed.
        rows: The samples, as rows of the manifest.
    """
    digest = hashlib.sha256()
    for item in items:
        line = f"{item.source}\0{item.place}\0{item.sha256}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    asked = rows[ASKED].dropna().unique() if ASKED in rows.columns else []
    return {
        "kind": SPLIT_KIND,
        "schema_version": SCHEMA_VERSION,
        "root": names.encode(stand_ins.shown(root)),
        "asked": [str(text) for text in asked],
        "link": how,
        "pictures": len(rows),
        "plan": digest.hexdigest(),
    }


def lies_there(target: Path, marker: dict[str, Any], made_by: Collection[str]) -> bool:
    """Return whether the same split exists already; refuse anything else there.

    Args:
        target: The target folder.
        marker: As :func:`describe_call` returns it.
        made_by: Ways of placing pictures that the existing split may have used.

    Raises:
        SplitError: Something else has the name of the target.
    """
    if not os.path.lexists(target):
        return False
    if not target.is_symlink() and target.is_dir():
        if not _names(target):
            return False
        found = read_marker(target)
        if (
            found is not None
            and all(found.get(key) == marker[key] for key in _SAME)
            and found.get("made_by", marker["link"]) in made_by
        ):
            return True
    raise SplitError(
        f"{names.text(str(target))!r} exists and is not this split, so it is not overwritten."
        " Write to another folder (-o OTHER), write to the manifest only (--no-files, Split.save),"
        " or move this folder away."
    )


@contextlib.contextmanager
def making(target: Path, marker: dict[str, Any], state: Path | None) -> Iterator[Folder]:
    """Open the folder in which the split is made; on success it becomes the target.

    After a crash the folder stays, and the same call uses it again.  After an error it is removed.

    Args:
        target: The target folder.
        marker: As :func:`describe_call` returns it.
        state: The state folder, which records where a split is being made; may be None.

    Raises:
        SplitError: Another process writes this split, or the folder is not ours.
        OSError: The disk is full or failing.
    """
    part = part_of(target)
    with _noted(part, state), _parents(target):
        with _removed_if_it_fails(part), _begin(part, marker) as folder:
            yield folder
            replace_name(os.fspath(part), os.fspath(target))
        make_durable(target.parent)


def write_marker(folder: Folder, marker: dict[str, Any]) -> None:
    """Write ``split.json``."""
    folder.write(SPLIT_MARKER, json.dumps(marker, indent=1).encode() + b"\n")


def remove_temporaries(folder: Folder) -> None:
    """Remove temporary files: a file system may make one and still report an error."""
    for name in folder.names():
        if name.startswith("."):
            folder.unlink(name)


def refuse_changed(target: Path, flaws: str) -> None:
    """Refuse an existing split that has changed since it was written.

    Args:
        target: The split.
        flaws: How it has changed; empty if it has not.

    Raises:
        SplitError: It has changed.
    """
    if flaws:
        raise SplitError(
            f"{names.text(str(target))!r} exists and has changed since it was written: {flaws}."
            " Nothing was changed. Move it away, or write to another folder (-o OTHER)."
            " `catsclean verify` lists all of its files that differ from its manifest."
        )


@contextlib.contextmanager
def reporting(target: Path) -> Iterator[None]:
    """Convert the error of a failing disk into a SplitError."""
    part = part_of(target)
    try:
        yield
    except (OSError, ManifestError, NotAsRecordedError) as error:
        code = getattr(error, "errno", None) or getattr(error.__cause__, "errno", None)
        advice = " Free some space first." if code in {errno.ENOSPC, errno.EDQUOT} else ""
        if code in NOT_ALLOWED:
            advice = " Write to a folder that can be written (-o OTHER)."
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
            f"cannot write {names.text(str(target))!r}: {reason}. {left}{advice}"
        ) from error


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
        found = read_marker(part)
        ours = found is not None or not _names(part) - {f"{SPLIT_MARKER}.new"}
        if part.is_symlink() or not part.is_dir() or not ours:
            raise _NotOursError(
                f"{names.text(str(part))!r} exists and is not an interrupted split. Remove it."
            )
        if found is None or any(found.get(key) != marker[key] for key in _SAME):
            shutil.rmtree(part)
    make_folder(os.fspath(part))
    with Folder(part) as folder:
        if not claim(folder.handle()):
            raise _NotOursError(
                f"another catsclean is writing {names.text(str(part))!r}. Wait for it to end."
            )
        write_marker(folder, marker)
        yield folder


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else {"?"}


def _is_complete(target: Path) -> bool:
    """Return whether a split has its final name, which it gets after everything else is done."""
    return read_marker(target) is not None
