"""To which data set a state folder belongs: by where it was recorded to lie, or by its files.

A data set may be moved, renamed, or looked at from another machine: its pictures tell that it is
the same.  One state folder for two data sets would carry the files of one into the other.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catsclean.errors import StateError, UsageError
from catsclean.reading import names
from catsclean.reading.links import allowed_folders
from catsclean.state import (
    METADATA_KEY,
    SUFFIX,
    StateFolder,
    arrow_file,
    find_audited,
    unreadable,
)

if TYPE_CHECKING:
    from catsclean.reading.links import Folders

_SAMPLES: Final = 500
_ENOUGH: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What a state folder says of its data set.

    Attributes:
        name: Name of the folder, escaped.
        root: Where it lay; None where that is not known.
        manifest: The manifest, which names the files.
    """

    name: str
    root: Path | None
    manifest: Path

    @property
    def shown(self) -> str:
        """Where it lay, or at least its name, safe to show."""
        return self.name if self.root is None else names.text(str(self.root))

    def fits(self, root: Path) -> bool | None:
        """Tell whether most of the files lie in a folder; None where no files are known."""
        files = _some_files(self.manifest)
        there = sum(_size(root, path) == size for path, size in files)
        return there >= _ENOUGH * len(files) if files else None


def locate(
    root: str | os.PathLike[str] | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
) -> StateFolder:
    """Find the state folder that is meant: of a data set, of a state folder, or the one near here.

    `follow_links_to` are folders outside of the data set that links may lead into.

    Raises:
        DatasetError: `root` is no folder, or `state_dir` lies inside of it.
        StateError: `state_dir` belongs to another data set.
        UsageError: Neither is given, and there is no one audited data set below the working folder;
            or the data set of `state_dir` is not known, or not there.
    """
    allowed = allowed_folders(follow_links_to)
    if root is not None:
        return StateFolder.of(root, state_dir, allowed)
    if state_dir is None:
        return replace(find_audited(), follow_links_to=allowed)
    path = Path(state_dir).resolve()
    shown = f"Received: {names.text(os.fspath(state_dir))!r}."
    recorded = _read(path)
    if recorded is None:
        raise UsageError(f"no audit in this state folder. {shown} Name the data set, too.")
    beside = path.with_name(path.name.removesuffix(SUFFIX))
    known = [folder for folder in (beside, recorded.root) if folder is not None and folder != path]
    for folder in known:
        if folder.is_dir() and recorded.fits(folder) is not False:
            return StateFolder(folder, path, (str(folder), os.fspath(state_dir)), allowed)
    raise UsageError(
        f"the data set of this state folder is no longer where it was, {recorded.shown!r}. {shown}"
        " Name the data set, too."
    )


def check_belonging(root: Path, path: Path) -> None:
    """Refuse a state folder that is another data set's.

    Args:
        root: The data set, absolute.
        path: The state folder, absolute; it need not exist.

    Raises:
        StateError: It belongs to another one.
    """
    recorded = _read(path)
    if recorded is None or recorded.root == root or _belongs(recorded, root):
        return
    raise StateError(
        f"the state folder {names.text(str(path))!r} belongs to another data set,"
        f" {recorded.shown!r}. Received: {names.text(str(root))!r}."
        " Name another --state-dir (state_dir=)."
    )


def _belongs(recorded: _Recorded, root: Path) -> bool:
    before = recorded.root
    still = before is not None and before.is_dir()
    if before is not None and still:
        if before.samefile(root):
            return True
        if recorded.fits(before):
            return False
    # under its own name it may have come anew, to a place of another name
    alike = recorded.name == names.encode(root.name) and not still
    return alike or bool(recorded.fits(root))


def _read(path: Path) -> _Recorded | None:
    """Read what a state folder says; None where it says nothing: there was no audit."""
    manifest = path / "manifest.parquet"
    known = _header(manifest).get("root")
    root = _native(known) if isinstance(known, str) and known else None
    name = names.encode(root.name) if root is not None else _name(path / "audit.json")
    return _Recorded(name, root, manifest) if name else None


def _header(manifest: Path) -> dict[str, Any]:
    try:
        if not manifest.exists():
            return {}
        import pyarrow.parquet as pq

        with arrow_file(manifest, "rb") as stream:
            header = json.loads((pq.read_metadata(stream).metadata or {}).get(METADATA_KEY, b"{}"))
    except PermissionError as error:
        raise unreadable(manifest.parent, error) from error
    except (OSError, ValueError, RecursionError):  # as those of Arrow are
        return {}  # who reads the manifest itself says what is wrong with it
    return header if isinstance(header, dict) else {}


def _name(path: Path) -> str:
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
        name = summary["dataset"]["root"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return name if isinstance(name, str) else ""


def _some_files(manifest: Path) -> list[tuple[str, int]]:
    """Give native path and size of some files that are there, if nothing has changed."""
    try:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        with arrow_file(manifest, "rb") as stream:
            table = pq.read_table(stream, columns=["path", "size_bytes", "status"])
        # what was set aside is no longer there
        table = table.filter(pc.not_equal(table.column("status"), "drop"))
        step = max(1, len(table) // _SAMPLES)
        rows = table.take(pa.array(range(0, len(table), step), pa.int64())).to_pylist()
        found = ((_native(row["path"]), row["size_bytes"]) for row in rows)
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return []
    return [(str(path), size) for path, size in found if path is not None]


def _native(path: object) -> Path | None:
    try:
        return Path(names.decode(str(path)))
    except ValueError:
        return None


def _size(root: Path, path: str) -> int:
    try:
        return (root / path).lstat().st_size
    except (OSError, ValueError):
        return -1
