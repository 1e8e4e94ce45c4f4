"""Save findings as a table: one row each, in Parquet and CSV beside the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from catsclean.core import names
from catsclean.core.arrow import list_array, text_array
from catsclean.core.files import METADATA_KEY
from catsclean.core.manifest import Manifest, check_path, check_text, read_parquet
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.parse_json import parse_json
from catsclean.core.same_audit import check_same_audit
from catsclean.core.state import StateFolder
from catsclean.errors import ManifestError, StateError

_RELATED_SEPARATOR = " | "


def to_table(findings: Sequence[Finding]) -> pa.Table:
    """Return findings as an Arrow table with the columns that docs/manifest.md describes."""
    return pa.table(
        {**_plain_columns(findings), "related": list_array(f.related for f in findings)}
    )


def read_findings(state: StateFolder) -> tuple[tuple[Finding, ...], str | None]:
    """Read the findings of the last audit and check every row: the folder may come from anywhere.

    Returns:
        The findings, and the id of their audit; None if they have none.

    Raises:
        ManifestError: They are missing or damaged, or a row cannot be trusted; it is named.
    """
    where = repr(names.text(str(state.findings)))
    try:
        table = read_parquet(state.findings)
        header = parse_json((table.schema.metadata or {}).get(METADATA_KEY, b"{}"))
        rows = table.to_pylist()
    except FileNotFoundError as error:
        raise ManifestError(
            f"no findings at {where}. Run: catsclean audit {state.arguments}"
        ) from error
    except (OSError, ValueError, pa.ArrowException) as error:
        text = names.text(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise ManifestError(
            f"cannot read the findings {where}: {text}. Run: catsclean audit {state.arguments}"
        ) from error
    findings = []
    for number, row in enumerate(rows, 1):
        try:
            findings.append(_finding(row))
        except (KeyError, TypeError, ValueError) as error:
            reason = f"no column {error}" if isinstance(error, KeyError) else str(error)
            raise ManifestError(
                f"{where}, row {number}: {reason}. Run: catsclean audit {state.arguments}"
            ) from None
    audit_id = header.get("audit") if isinstance(header, dict) else None
    return tuple(findings), audit_id if isinstance(audit_id, str) else None


def read_audit(
    state: StateFolder, summary: Mapping[str, Any] | None = None
) -> tuple[Manifest, tuple[Finding, ...]]:
    """Read manifest and findings of the last audit, and check that they belong together.

    Args:
        state: The state folder.
        summary: Its ``audit.json``; None: read it.

    Raises:
        ManifestError: Manifest or findings are missing, damaged or cannot be trusted.
        StateError: There was no audit, it was cut short, or ``audit.json`` is damaged.
    """
    summary = state.read_summary() if summary is None else summary
    if not summary:
        raise StateError(state.never_audited)
    manifest = Manifest.load(state.manifest, state.root)
    findings, findings_id = read_findings(state)
    table = manifest.packed
    check_same_audit(
        state, table, manifest.audit_id, summary=summary, findings_id=findings_id or ""
    )
    return manifest, findings


def _finding(row: dict[str, Any]) -> Finding:
    path = row["path"]
    return Finding(
        validator=check_text(row["validator"]),
        severity=Severity(row["severity"]),
        fix=Fix(row["fix"]),
        path=None if path is None else names.encode(check_path(path)),
        label=None if row["label"] is None else check_text(row["label"]),
        message=check_text(row["message"]),
        related=tuple(check_text(other) for other in row["related"] or ()),
    )


def to_flat_table(findings: Sequence[Finding]) -> pa.Table:
    """Return findings as a table for CSV, with all related samples in one text."""
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
