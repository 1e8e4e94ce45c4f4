"""Decide to which data set a state folder belongs: by its recorded place, or by its files.

A data set may be moved, renamed, or used from another machine: its pictures show that it is the
same.  If one state folder served two data sets, cleaning could move files from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from catsclean.core import names
from catsclean.core.files import METADATA_KEY, arrow_file
from catsclean.core.name_calls import NOT_ALLOWED
from catsclean.core.parse_json import parse_json
from catsclean.errors import StateError

_SAMPLES: Final = 500
_ENOUGH: Final = 0.5


@dataclass(frozen=True, slots=True)
class Recorded:
    """The data set of a state folder, as recorded in it.

    Attributes:
        name: Name of the folder, escaped.
        root: Where it was; None if that is unknown.
        manifest: The manifest, which names the files.
    """

    name: str
    root: Path | None
    manifest: Path

    @property
    def shown(self) -> str:
        """Where it was, or at least its name, safe to show."""
        return self.name if self.root is None else names.text(str(self.root))

    def fits(self, root: Path) -> bool | None:
        """Return whether most of the files exist in a folder; None if no files are known."""
        files = _some_files(self.manifest)
        there = sum(_size(root, path) == size for path, size in files)
        return there >= _ENOUGH * len(files) if files else None


def unreadable(path: Path, error: OSError) -> StateError:
    """Make the error for a state folder that cannot be read."""
    return StateError(
        f"cannot read the state folder {str(path)!r}: {error.strerror or error}."
        " Run this as a user who can."
    )


def unwritable(path: Path, error: OSError) -> StateError:
    """Make the error for a state folder that cannot be written."""
    advice = "Make it writable" if error.errno in NOT_ALLOWED else "Make room"
    return StateError(
        f"cannot write to the state folder {str(path)!r}: {error.strerror or error}. {advice}, or"
        " audit with another --state-dir (state_dir=)."
    )


def check_belonging(root: Path, path: Path) -> None:
    """Refuse a state folder that belongs to another data set.

    Args:
        root: The data set, absolute.
        path: The state folder, absolute; it need not exist.

    Raises:
        StateError: It belongs to another one.
    """
    recorded = read_recorded(path)
    if recorded is None or recorded.root == root or _belongs(recorded, root):
        return
    raise StateError(
        f"the state folder {names.text(str(path))!r} belongs to another data set,"
        f" {recorded.shown!r}. Received: {names.text(str(root))!r}."
        " Name another --state-dir (state_dir=)."
    )


def _belongs(recorded: Recorded, root: Path) -> bool:
    before = recorded.root
    still = before is not None and before.exists()
    if before is not None and still:
        if before.samefile(root):
            return True
        if recorded.fits(before):
            return False
    # same name, and the old place is gone: probably the data set itself, moved here
    alike = recorded.name == names.encode(root.name) and not still
    return alike or bool(recorded.fits(root))


def read_recorded(path: Path) -> Recorded | None:
    """Read which data set a state folder belongs to; None if there was no audit."""
    manifest = path / "manifest.parquet"
    known = _header(manifest).get("root")
    root = _native(known) if isinstance(known, str) and known else None
    name = names.encode(root.name) if root is not None else _name(path / "audit.json")
    return Recorded(name, root, manifest) if name else None


def _header(manifest: Path) -> dict[str, Any]:
    try:
        if not manifest.exists():
            return {}
        from catsclean.core.parquet_file import open_parquet

        with arrow_file(manifest, "rb") as stream:
            metadata = open_parquet(stream).metadata.metadata or {}
        header = parse_json(metadata.get(METADATA_KEY, b"{}"))
    except PermissionError as error:
        raise unreadable(manifest.parent, error) from error
    except (OSError, ValueError):  # as those of Arrow are
        return {}  # the code that reads the manifest itself reports the fault
    return header if isinstance(header, dict) else {}


def _name(path: Path) -> str:
    try:
        summary = parse_json(path.read_text(encoding="utf-8"))
        name = summary["dataset"]["root"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return name if isinstance(name, str) else ""


def _some_files(manifest: Path) -> list[tuple[str, int]]:
    """Return native path and size of some files that must be there if nothing has changed."""
    try:
        import pyarrow as pa
        import pyarrow.compute as pc

        from catsclean.core.parquet_file import open_parquet

        with arrow_file(manifest, "rb") as stream:
            table = open_parquet(stream).read(["path", "size_bytes", "status"])
        # files that were set aside are not there any more
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
