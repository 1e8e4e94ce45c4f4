"""The copies that the last audit kept: a new copy must not take their place."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from catsclean.core.arrow import rows_of, rows_with
from catsclean.core.evidence import Evidence
from catsclean.core.manifest import read_parquet
from catsclean.core.state import StateFolder
from catsclean.validators.registry import leaves_as_copy

_COLUMNS: Final = ["path", "sha256", "reason"]


def with_known_before(evidence: Evidence, state: StateFolder) -> Evidence:
    """Add to evidence which copies the last audit had and kept, by path and bytes.

    One that it reported as a copy of another does not count: the same one stays audit after audit.
    Nothing is known if there was no audit, or if its manifest cannot be read.
    """
    rows = evidence.rows.where(evidence.rows["group"] != "")
    if not len(rows):
        return evidence
    now = dict(zip(rows["path"].tolist(), rows["sha256"].tolist(), strict=True))
    try:
        table = read_parquet(state.manifest, _COLUMNS)
        # most pictures are in no group, and their texts would take much memory
        table = rows_of(table, rows_with(table.column("path"), now.keys()))
        columns = [table.column(name).to_pylist() for name in _COLUMNS]
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return evidence
    known = {
        path
        for path, sha256, reason in zip(*columns, strict=True)
        if sha256 and now.get(path) == sha256 and not leaves_as_copy(reason or "")
    }
    return evidence.replaced(known_before=frozenset(known))
