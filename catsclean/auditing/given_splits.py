"""What the last ``split`` of a data set held out: later copies must not take its place."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from catsclean.core.evidence import Evidence
from catsclean.core.manifest import read_parquet
from catsclean.core.split_names import ASKED, is_held_out
from catsclean.core.state import StateFolder

_COLUMNS: Final = ["path", "sha256", "split", ASKED]


def given_splits(state: StateFolder) -> dict[tuple[str, str], str]:
    """Return the split of what the last split held out, by path and sha256.

    Nothing where no split was made, or where it cannot be read: the next split says so.
    """
    try:
        table = read_parquet(state.split, _COLUMNS)
        columns = [table.column(name).to_pylist() for name in _COLUMNS]
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return {}
    return {
        (path, sha256): str(split)
        for path, sha256, split, asked in zip(*columns, strict=True)
        if asked is not None and split is not None and sha256 is not None and is_held_out(split)
    }


def with_given_splits(evidence: Evidence, state: StateFolder) -> Evidence:
    """Tell evidence what the last split held out, where there are copies to choose among."""
    rows = evidence.rows.where(evidence.rows["group"] != "")
    given = given_splits(state) if len(rows) else {}
    if not given:
        return evidence
    samples = zip(rows["path"].tolist(), rows["sha256"].tolist(), strict=True)
    return evidence.replaced(
        held_out={path: given[path, sha256] for path, sha256 in samples if (path, sha256) in given}
    )
