"""Save evidence between audits.

A file with the same size, time and inode is not read again.  A file with the same bytes is read,
but not decoded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import PIL
import pyarrow as pa
import simplejpeg
from numpy.typing import NDArray

from catsclean.core.arrow import rows_of, to_numpy
from catsclean.core.columns import PACKED
from catsclean.core.evidence import READING, Outcome, Scalar
from catsclean.core.files import arrow_file, replacing
from catsclean.core.limits import Limits
from catsclean.images.formats import sniff
from catsclean.scan.inspector import Inspector

VERSION: Final = 3
_KEY: Final = b"catsclean-cache"
_NAME: Final = "evidence.arrow"
# a file that changed just before it was read may change again within one tick of the clock
_CLOCK_GRAIN_NS: Final = 1_000_000_000
_NOT_KEPT: Final = (
    Outcome.CHANGED, Outcome.UNREADABLE, Outcome.CRASHED, Outcome.TIMEOUT, Outcome.MEMORY,
)  # fmt: skip


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
    """

    table: pa.Table
    trusted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cache:
    """The evidence cache in a state folder.

    Attributes:
        folder: Its folder.
        fingerprint: Result of :func:`fingerprint`; caches with another one are skipped.
    """

    folder: Path
    fingerprint: str

    def load(self) -> CachedEvidence | None:
        """Read the cached evidence; None if none of it can be used.

        A damaged cache counts as missing: it only repeats what reading the files would find.
        """
        found = []
        for path in (self.folder / _NAME, *sorted(self.folder.glob("part-*.arrow"))):
            try:
                with arrow_file(path, "rb") as stream:
                    table = pa.ipc.open_file(stream).read_all()
                header = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
                if header.get("fingerprint") != self.fingerprint:
                    continue
                table.validate(full=True)
                started = int(header["started_ns"])
            except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException):
                continue
            found.append(_usable(table, started))
        if not found:
            return None
        return CachedEvidence(
            pa.concat_tables([table for table, _ in found], promote_options="default"),
            np.concatenate([trusted for _, trusted in found]),
        )

    def save(self, table: pa.Table, started_ns: int) -> None:
        """Write the evidence of a whole audit, in place of all earlier caches."""
        parts = list(self.folder.glob("part-*.arrow"))
        self._write(self.folder / _NAME, table, started_ns)
        for part in parts:
            part.unlink(missing_ok=True)

    def save_part(self, number: int, table: pa.Table, started_ns: int) -> None:
        """Write the evidence that an audit has so far, so that it survives an interruption."""
        self._write(
            self.folder / f"part-{started_ns}-{os.getpid()}-{number:06d}.arrow", table, started_ns
        )

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
        patterns = ("*.arrow", "*.bin", "*.json", "vectors/*/*.npy")
        return [path for pattern in patterns for path in self.folder.glob(pattern)]

    def _write(self, path: Path, table: pa.Table, started_ns: int) -> None:
        header = {"fingerprint": self.fingerprint, "started_ns": started_ns}
        table = table.replace_schema_metadata({_KEY: json.dumps(header).encode()})
        self.folder.mkdir(parents=True, exist_ok=True)
        with (
            replacing(path) as temporary,
            arrow_file(temporary, "wb") as stream,
            pa.ipc.new_file(stream, table.schema) as writer,
        ):
            writer.write_table(table)


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


def _usable(table: pa.Table, started_ns: int) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Drop the rows without evidence about the bytes; return which of the others are trusted."""
    outcomes = to_numpy(table.column("outcome"))
    usable = np.ones(len(table), np.bool_)
    for outcome in _NOT_KEPT:
        usable &= outcomes != outcome.value
    trusted = to_numpy(table.column("mtime_ns")) < started_ns - _CLOCK_GRAIN_NS
    if usable.all():
        return table, trusted
    return rows_of(table, np.flatnonzero(usable)), trusted[usable]
