"""Save evidence between audits.

A file with the same size, time and inode is not read again.  A file with the same bytes is read,
but not decoded again.

The folder holds ``evidence.arrow``, the evidence of the last whole audit; ``part-*.arrow``, what
interrupted audits and the tasks of plans read since; ``plan-*.arrow``, what tasks are to read; and
``ended.json``, which says whether the audit that wrote ``evidence.arrow`` has ended.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import PIL
import pyarrow as pa
import simplejpeg
from numpy.typing import NDArray

from catsclean.core.arrow import to_numpy
from catsclean.core.cache_files import open_tables, writing_tables
from catsclean.core.columns import PACKED
from catsclean.core.evidence import READING, Outcome, Scalar
from catsclean.core.files import again_if_taken, arrow_file, replacing
from catsclean.core.limits import Limits
from catsclean.core.parse_json import parse_json
from catsclean.core.stored_table import (
    ColumnTable,
    StoredTable,
    left_in_file,
    open_table,
    table_rows,
    whole_table,
)
from catsclean.images.formats import sniff
from catsclean.scan.inspector import Inspector

VERSION: Final = 4
#: Key of a file's schema metadata under which it describes itself, as JSON.
METADATA_KEY: Final = b"catsclean-cache"
#: Names of the files of plans.
PLANS: Final = "plan-*.arrow"
_NAME: Final = "evidence.arrow"
_IDENTITY: Final = pa.schema(
    [("path", pa.string()), *((name, pa.int64()) for name in ("size_bytes", "mtime_ns", "inode"))]
)
_PARTS: Final = "part-*.arrow"
_ENDED: Final = "ended.json"
#: What reading a file of the cache may raise, whoever wrote it.
DAMAGED: Final = (
    OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
    pa.ArrowException,
)  # fmt: skip
# a file that changed just before it was read may change again within one tick of the clock
_CLOCK_GRAIN_NS: Final = 1_000_000_000
# Evidence that another try may improve.  An audit that continues a killed one does not repeat
# crashes, but it may reach files that the machine of a task could not.  Once an audit has ended,
# the next one tries again what crashed.
_NOT_REACHED: Final = (Outcome.CHANGED, Outcome.UNREADABLE)
_NOT_KEPT: Final = (*_NOT_REACHED, Outcome.CRASHED, Outcome.TIMEOUT, Outcome.MEMORY)


def fingerprint(limits: Limits, validators: Sequence[Inspector]) -> str:
    """Return a digest of everything that evidence depends on, except the files themselves."""
    parts = {
        "cache": VERSION,
        "columns": list(READING),
        "limits": [getattr(limits, name) for name in limits.__slots__],
        "pillow": PIL.__version__,
        "simplejpeg": simplejpeg.__version__,
        # an extra that was installed since decodes what was reported before
        "formats": sorted(sniff.DECODABLE),
        "validators": sorted([v.name, v.version, sorted(v.columns)] for v in validators),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CachedEvidence:
    """Evidence that earlier audits gathered.

    Attributes:
        table: Path, size, time, inode and all columns of evidence, one row per file.  If an audit
            was interrupted, a path may occur twice; its last row is the newest.
        trusted: (N,) whether size, time and inode are enough to recognise the bytes.  The other
            rows are reused only if the digest of the bytes matches.
        in_parts: Some of it is not in the file of the last whole audit.
    """

    table: ColumnTable
    trusted: NDArray[np.bool_]
    in_parts: bool = False

    def in_memory(self) -> CachedEvidence:
        """Return it with a table in memory, where any rows are at hand."""
        return replace(self, table=whole_table(self.table))


@dataclass(frozen=True, slots=True)
class Cache:
    """The evidence cache in a state folder.

    Attributes:
        folder: Its folder.
        fingerprint: Result of :func:`fingerprint`; caches with another one are skipped.
    """

    folder: Path
    fingerprint: str

    def load(self, schema: pa.Schema | None = None) -> CachedEvidence | None:
        """Read the cached evidence; None if none of it can be used.

        A damaged cache counts as missing: it only repeats what reading the files would find.

        Args:
            schema: The columns of evidence that it must have; None: those of every audit.
        """
        whole = self._read(self.folder / _NAME, schema)
        parts = [self._read(path, schema) for path in sorted(self.folder.glob(_PARTS))]
        found = [file for file in (whole, *parts) if file is not None]
        if not found:
            return None
        # of several rows about a file the last one counts, so the newest come last
        found.sort(key=lambda file: int(file.header["started_ns"]))
        ended = whole is not None and self._ended_ns() == whole.header["started_ns"]
        usable = [
            _usable(file, _NOT_KEPT if file is whole and ended else _NOT_REACHED) for file in found
        ]
        in_parts = len(found) > (whole is not None)
        if len(usable) == 1:
            return CachedEvidence(*usable[0], in_parts=in_parts)
        return CachedEvidence(
            pa.concat_tables(
                [whole_table(table) for table, _ in usable], promote_options="default"
            ),
            np.concatenate([trusted for _, trusted in usable]),
            in_parts=in_parts,
        )

    def stored(self) -> StoredTable | None:
        """Return what :meth:`save` wrote, without reading it; None if it needs little memory."""
        return left_in_file(self.folder / _NAME)

    def load_task(self, plan: str, number: int) -> pa.Table | None:
        """Read what a task of a plan committed; None if there is nothing whole."""
        part = self._read(self._part_of(plan, number))
        return None if part is None else whole_table(part.table)

    def _read(self, path: Path, schema: pa.Schema | None = None) -> _CacheFile | None:
        try:
            table = open_table(path)
            header = parse_json((table.schema.metadata or {}).get(METADATA_KEY, b"{}"))
            known = {field.name: field.type for field in table.schema}
            wanted = [*_IDENTITY, *(schema or arrow_schema(READING))]
            if header.get("fingerprint") != self.fingerprint or any(
                known.get(field.name) != field.type for field in wanted
            ):
                return None
            int(header["started_ns"])
        except DAMAGED:
            return None
        return _CacheFile(table, header)

    def save(self, table: pa.Table | Iterator[pa.Table], started_ns: int) -> None:
        """Write the evidence of a whole audit, in place of all earlier caches and their plans.

        Plans with other settings stay, with what their tasks committed.

        Args:
            table: The evidence, or tables with some rows each.
            started_ns: Time when the audit began.
        """
        replaced = self._replaced()
        self._write(self.folder / _NAME, table, started_ns)
        for path in replaced:
            path.unlink(missing_ok=True)

    def note_end(self) -> None:
        """Note that the audit that saved the evidence has ended, so that the next one is a new one.

        If it cannot be noted, the next audit does not try again the files that crashed.
        """
        started_ns = read_header(self.folder / _NAME).get("started_ns")
        if started_ns is not None and started_ns != self._ended_ns():
            with contextlib.suppress(OSError), replacing(self.folder / _ENDED) as temporary:
                temporary.write_text(json.dumps({"started_ns": started_ns}), encoding="utf-8")

    def _ended_ns(self) -> int | None:
        """Return when the last audit began that has ended; None if that is not known."""
        try:
            found = parse_json((self.folder / _ENDED).read_text(encoding="utf-8"))["started_ns"]
        except DAMAGED:
            return None
        return found if isinstance(found, int) else None

    def _replaced(self) -> list[Path]:
        parts, plans = list(self.folder.glob(_PARTS)), []
        for path in self.folder.glob(PLANS):
            if read_header(path).get("fingerprint") in {self.fingerprint, None}:
                plans.append(path)
            else:
                own = f"part-{plan_id(path)}-"
                parts = [part for part in parts if not part.name.startswith(own)]
        return [*plans, *parts]

    def save_part(self, number: int, table: pa.Table, started_ns: int) -> None:
        """Write the evidence that an audit has so far, so that it survives an interruption."""
        self._write(
            self.folder / f"part-{started_ns}-{os.getpid()}-{number:06d}.arrow", table, started_ns
        )

    def save_task(self, plan: str, number: int, table: pa.Table, made_ns: int) -> None:
        """Write the evidence of one task of a plan, which was made at a time.

        If several processes run the same task at once, one part remains.

        Raises:
            OSError: It cannot be written.
        """
        path = self._part_of(plan, number)
        again_if_taken(lambda: self._write(path, table, made_ns))

    def _part_of(self, plan: str, number: int) -> Path:
        return self.folder / f"part-{plan}-{number:06d}.arrow"

    def size_bytes(self) -> int:
        """Return the size of the cache in bytes."""
        total = 0
        for path in self._files():
            with contextlib.suppress(OSError):
                total += path.stat().st_size
        return total

    def clear(self) -> int:
        """Delete the cache; return the number of bytes that were freed."""
        freed = 0
        for path in self._files():
            with contextlib.suppress(OSError):
                size = path.stat().st_size
                path.unlink()
                freed += size
        return freed

    def _files(self) -> list[Path]:
        patterns = ("*.arrow", "*.bin", "*.json", "vectors/*/*.npy", "thumbnails.sqlite*")
        return [path for pattern in patterns for path in self.folder.glob(pattern)]

    def _write(self, path: Path, table: pa.Table | Iterator[pa.Table], started_ns: int) -> None:
        header = {"fingerprint": self.fingerprint, "started_ns": started_ns}
        tables = iter([table]) if isinstance(table, pa.Table) else table
        first = next(tables).replace_schema_metadata({METADATA_KEY: json.dumps(header).encode()})
        with writing_tables(path, first.schema) as writer:
            writer.write_table(first)
            for some in tables:
                writer.write_table(some)


def arrow_schema(defaults: dict[str, Scalar]) -> pa.Schema:
    """Return the Arrow schema of evidence columns, from the values that stand for "not known"."""
    kinds: dict[type, Any] = {
        str: pa.string(),
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float32(),
    }
    return pa.schema(
        [
            pa.field(name, pa.binary(PACKED[name]) if name in PACKED else kinds[type(value)])
            for name, value in defaults.items()
        ]
    )


class _CacheFile(NamedTuple):
    """A file of the cache: its rows, and what it says about itself."""

    table: ColumnTable
    header: dict[str, Any]


def read_header(path: Path) -> dict[str, Any]:
    """Read what a file of the cache says about itself; empty if it is damaged."""
    try:
        with arrow_file(path, "rb") as stream:
            metadata = open_tables(stream).schema.metadata or {}
        header = parse_json(metadata.get(METADATA_KEY, b"{}"))
    except DAMAGED:
        return {}
    return header if isinstance(header, dict) else {}


def read_evidence(folder: Path) -> ColumnTable | None:
    """Return the evidence of the last whole audit, whatever its settings; None if it is damaged."""
    try:
        return open_table(folder / _NAME)
    except (OSError, ValueError, pa.ArrowException):
        return None


def plan_id(path: Path) -> str:
    """Return the id of a plan, by which its tasks name their parts, from the name of its file."""
    return path.stem.partition("-")[2]


def _usable(file: _CacheFile, dropped: Sequence[Outcome]) -> tuple[ColumnTable, NDArray[np.bool_]]:
    """Drop the rows with some outcomes; return which of the others are trusted."""
    table = file.table
    outcomes = to_numpy(table.column("outcome"))
    usable = np.ones(len(table), np.bool_)
    for outcome in dropped:
        usable &= outcomes != outcome.value
    started_ns = int(file.header["started_ns"])
    trusted = to_numpy(table.column("mtime_ns")) < started_ns - _CLOCK_GRAIN_NS
    if usable.all():
        return table, trusted
    return table_rows(table, np.flatnonzero(usable)), trusted[usable]
