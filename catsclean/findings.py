"""Keeps findings as a table: one row each, in Parquet and CSV beside the manifest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from catsclean.arrow import list_array, text_array
from catsclean.errors import ManifestError, StateError
from catsclean.model import Finding, Fix, Severity
from catsclean.reading import names
from catsclean.state import arrow_file, replacing
from catsclean.written import Written

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
        {**_plain_columns(findings), "related": list_array(f.related for f in findings)}
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


def save_audit(audit: Audit, *, remember: bool = True) -> None:
    """Write manifest, findings and summary to the state folder, each complete or not at all.

    Args:
        audit: What is written.
        remember: Leave tables alone that the last audit wrote just so, and note for the next one
            what was written.

    Raises:
        StateError: The state folder cannot be written, or another process holds it.
    """
    state = audit.state
    with state.lock():
        written = Written(state.written if remember else None)
        try:
            manifest = audit.manifest.to_arrow()
            written.write(manifest, state.manifest)
            written.write(manifest, state.manifest.with_suffix(".csv"))
            written.write(to_table(audit.findings), state.findings)
            written.write(_to_flat_table(audit.findings), state.findings.with_suffix(".csv"))
            written.save()
            with replacing(state.path / "audit.json") as temporary:
                temporary.write_text(json.dumps(audit.summary, indent=1), encoding="utf-8")
        except OSError as error:
            raise StateError(
                f"cannot write to the state folder {str(state.path)!r}: {error.strerror or error}."
                " Make room, or name another --state-dir (state_dir=)."
            ) from error


def _to_flat_table(findings: Sequence[Finding]) -> pa.Table:
    import pyarrow as pa

    related = text_array([_RELATED_SEPARATOR.join(f.related) for f in findings])
    return pa.table({**_plain_columns(findings), "related": related})


def _plain_columns(findings: Sequence[Finding]) -> dict[str, pa.Array]:
    return {
        "validator": text_array([f.validator for f in findings]),
        "severity": text_array([f.severity.value for f in findings]),
        "fix": text_array([f.fix.value for f in findings]),
        "path": text_array([f.path for f in findings]),
        "label": text_array([f.label for f in findings]),
        "message": text_array([f.message for f in findings]),
    }
