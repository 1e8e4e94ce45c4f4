"""The samples that the last ``split`` held out: later copies must not take their place."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from catsclean.core.evidence import Evidence
from catsclean.core.manifest import read_parquet
from catsclean.core.split_names import ASKED, is_held_out
from catsclean.core.state import StateFolder

_COLUMNS: Final = ["path", "sha256", "split", ASKED]


def given_splits(state: StateFolder) -> dict[tuple[str, str], str]:
    """Return the split of each sample that the last split held out, by path and sha256.

    The result is empty if no split was made, or if it cannot be read: the next split reports that.
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
    """Add to evidence which samples the last split held out, if there are copies to choose from."""
    rows = evidence.rows.where(evidence.rows["group"] != "")
    given = given_splits(state) if len(rows) else {}
    if not given:
        return evidence
    samples = zip(rows["path"].tolist(), rows["sha256"].tolist(), strict=True)
    return evidence.replaced(
        held_out={path: given[path, sha256] for path, sha256 in samples if (path, sha256) in given}
    )
