"""Keeps findings as a table: one row each, in Parquet and CSV beside the manifest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from catsclean.errors import ManifestError, StateError
from catsclean.manifest import write_table
from catsclean.model import Finding, Fix, Severity
from catsclean.reading import names
from catsclean.state import arrow_file, replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from catsclean.auditing import Audit

_RELATED_SEPARATOR = " | "


def to_table(findings: Sequence[Finding]) -> pa.Table:
    """Give findings as an Arrow table with the columns that docs/manifest.md describes."""
    import pyarrow as pa

    return pa.table(
        {
            "validator": pa.array([f.validator for f in findings], pa.string()),
            "severity": pa.array([f.severity.value for f in findings], pa.string()),
            "fix": pa.array([f.fix.value for f in findings], pa.string()),
            "path": pa.array([f.path for f in findings], pa.string()),
            "label": pa.array([f.label for f in findings], pa.string()),
            "message": pa.array([f.message for f in findings], pa.string()),
            "related": pa.array([list(f.related) for f in findings], pa.list_(pa.string())),
        }
    )


def load_findings(path: Path) -> tuple[Finding, ...]:
    """Read the findings of an audit back.

    Raises:
        ManifestError: The file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with arrow_file(path, "rb") as stream:
            rows = pq.read_table(stream).to_pylist()
        return tuple(
            Finding(
                validator=row["validator"],
                severity=Severity(row["severity"]),
                fix=Fix(row["fix"]),
                path=row["path"],
                label=row["label"],
                message=row["message"],
                related=tuple(row["related"]),
            )
            for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise ManifestError(
            f"cannot read the findings {str(path)!r}: {names.text(str(error))}."
            " Run the audit again."
        ) from error


def save_audit(audit: Audit) -> None:
    """Write manifest, findings and summary to the state folder, each complete or not at all.

    Raises:
        StateError: The state folder cannot be written, or another process holds it.
    """
    state = audit.state
    with state.lock():
        try:
            audit.manifest.save(state.manifest)
            audit.manifest.save(state.manifest.with_suffix(".csv"))
            table = to_table(audit.findings)
            with replacing(state.findings) as temporary:
                write_table(table, temporary, csv=False)
            with replacing(state.findings.with_suffix(".csv")) as temporary:
                write_table(_flat(table), temporary, csv=True)
            with replacing(state.path / "audit.json") as temporary:
                temporary.write_text(json.dumps(audit.summary, indent=1), encoding="utf-8")
        except OSError as error:
            raise StateError(
                f"cannot write to the state folder {str(state.path)!r}: {error.strerror or error}."
                " Make room, or name another --state-dir."
            ) from error


def _flat(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    joined = [_RELATED_SEPARATOR.join(paths) for paths in table.column("related").to_pylist()]
    index = table.column_names.index("related")
    return table.set_column(index, "related", pa.array(joined, pa.string()))
