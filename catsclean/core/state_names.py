"""The names in a state folder, each once; :class:`catsclean.core.state.StateFolder` explains them.

A scan recognises by them which files of a folder are catsclean's own.
"""

from __future__ import annotations

from typing import Final

from catsclean.core.leftovers import UNFINISHED_SPLIT

AUDIT: Final = "audit.json"
#: A manifest lies under these names, in a state folder and beside the pictures of a split.
MANIFEST_NAMES: Final = ("manifest.parquet", "manifest.csv")
FINDINGS_NAMES: Final = ("findings.parquet", "findings.csv")
TABLES: Final = (AUDIT, *MANIFEST_NAMES, *FINDINGS_NAMES)
REPORT: Final = "report.html"
SPLIT: Final = "split.parquet"
KEPT: Final = "kept.json"
DECISION_JOURNAL: Final = "decisions.jsonl"
LABELS: Final = "labels.parquet"
LABEL_ROWS: Final = "label-rows.csv"
CONTENT: Final = "content.arrow"
LOCK: Final = "lock"
LOCK_HOLDER: Final = "lock.pid"
#: The files that are locked, and the one that says by whom.
LOCKS: Final = (LOCK, LOCK_HOLDER, f"{DECISION_JOURNAL}.lock")
QUARANTINE: Final = "quarantine"
CACHE: Final = "cache"
RUNS: Final = "runs"
#: The folders in a state folder, and all that it holds.
FOLDERS: Final = frozenset({QUARANTINE, CACHE, RUNS})
NAMES: Final = frozenset(
    {*TABLES, REPORT, SPLIT, KEPT, DECISION_JOURNAL, LABELS, LABEL_ROWS, CONTENT, *LOCKS, *FOLDERS,
     UNFINISHED_SPLIT}
)  # fmt: skip
