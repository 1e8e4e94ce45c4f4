"""The files of the last audit that are gone, though catsclean did not move them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core import names
from catsclean.core.arrow import ROWS_AT_ONCE, rows_of
from catsclean.core.evidence import Evidence
from catsclean.core.manifest import read_parquet
from catsclean.core.model import Status
from catsclean.core.same_audit import has_last_samples
from catsclean.core.stand_ins import is_stand_in
from catsclean.core.state import StateFolder

NAMED: Final = 20
_COLUMNS: Final = ["path", "sha256", "status"]


def find_gone(evidence: Evidence, manifest: pa.Table, state: StateFolder) -> dict[str, Any]:
    """Return how many files of the last audit are gone, and the first of them.

    A file whose bytes are under another name now was renamed.  One that the last audit set aside
    may be in the quarantine, and one that is still on the disk was left out of this audit.

    Args:
        evidence: What this audit read.
        manifest: Its manifest.
        state: The state folder, with the manifest of the last audit.

    Returns:
        For the summary: ``files_gone``, their number, and ``gone``, at most 20 paths.
    """
    # reading a manifest takes longer than an audit of unchanged files
    found = [] if has_last_samples(state, manifest) else sorted(_gone(evidence, state))
    return {"files_gone": len(found), "gone": found[:NAMED]}


def _gone(evidence: Evidence, state: StateFolder) -> Iterator[str]:
    dataset = evidence.dataset
    # part of the containers was read, or nobody knows what is left out of a bucket
    if dataset.containers or (is_stand_in(state.root) and dataset.excluded):
        return
    try:
        earlier = read_parquet(state.manifest, _COLUMNS).select(_COLUMNS)
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return
    now = _hashes(evidence.rows.texts("path"))
    before = _hashes(_texts(earlier.column("path")))
    missing = np.flatnonzero(~np.isin(before, now))
    if not len(missing):
        return
    new = np.flatnonzero(~np.isin(now, before))
    renamed = set(evidence.rows.where(new)["sha256"].tolist())
    has_quarantine = state.quarantine.exists()
    columns = (column.to_pylist() for column in rows_of(earlier, missing).columns)
    for path, sha256, status in zip(*columns, strict=True):
        moved = status == Status.DROP.value and has_quarantine
        if not moved and not (sha256 and sha256 in renamed) and not _is_there(state.root, path):
            yield path


def _is_there(root: Path, path: str) -> bool:
    try:
        return not is_stand_in(root) and os.path.lexists(root / names.decode(path))
    except ValueError:
        return False


def _texts(column: pa.ChunkedArray) -> Iterator[str]:
    for start in range(0, len(column), ROWS_AT_ONCE):
        yield from map(str, column.slice(start, ROWS_AT_ONCE).to_pylist())


def _hashes(texts: Iterable[str]) -> NDArray[np.int64]:
    # a set of millions of paths would take more memory than the audit
    return np.fromiter(map(hash, texts), np.int64)
