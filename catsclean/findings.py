"""Keeps findings as a table: one row each, in Parquet and CSV beside the manifest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from catsclean.arrow import list_array, text_array
from catsclean.errors import ManifestError, StateError
from catsclean.manifest import Manifest, check_path, read_parquet
from catsclean.model import Finding, Fix, Severity
from catsclean.name_calls import make_durable
from catsclean.reading import names
from catsclean.same_audit import audit_id_of, check_same_audit, describe
from catsclean.state import METADATA_KEY, replacing
from catsclean.written import Written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from catsclean.auditing import Audit
    from catsclean.state import StateFolder

_RELATED_SEPARATOR = " | "


def to_table(findings: Sequence[Finding]) -> pa.Table:
    """Give findings as an Arrow table with the columns that docs/manifest.md describes."""
    import pyarrow as pa

    return pa.table(
        {**_plain_columns(findings), "related": list_array(f.related for f in findings)}
    )


def read_findings(state: StateFolder) -> tuple[tuple[Finding, ...], str | None]:
    """Read the findings of the last audit and check every row; a state folder can come in a zip.

    Returns:
        The findings, and the id of their audit; None if they carry none.

    Raises:
        ManifestError: They are missing or damaged, or a row cannot be trusted; it is named.
    """
    import pyarrow as pa

    where = repr(names.text(str(state.findings)))
    try:
        table = read_parquet(state.findings)
        header = json.loads((table.schema.metadata or {}).get(METADATA_KEY, b"{}"))
        rows = table.to_pylist()
    except FileNotFoundError as error:
        raise ManifestError(
            f"no findings at {where}. Run: catsclean audit {state.arguments}"
        ) from error
    except (OSError, ValueError, RecursionError, pa.ArrowException) as error:
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
        summary: Its ``audit.json``; None: it is read.

    Raises:
        ManifestError: Manifest or findings are missing, damaged or cannot be trusted.
        StateError: There was no audit, it was cut short, or ``audit.json`` is damaged.
    """
    summary = state.read_summary() if summary is None else summary
    if not summary:
        raise StateError(state.never_audited)
    manifest = Manifest.load(state.manifest, state.root)
    findings, findings_id = read_findings(state)
    check_same_audit(state, manifest, summary=summary, findings_id=findings_id or "")
    return manifest, findings


def _finding(row: dict[str, Any]) -> Finding:
    path = row["path"]
    return Finding(
        validator=_text(row["validator"]),
        severity=Severity(row["severity"]),
        fix=Fix(row["fix"]),
        path=None if path is None else names.encode(check_path(path)),
        label=None if row["label"] is None else _text(row["label"]),
        message=_text(row["message"]),
        related=tuple(_text(other) for other in row["related"] or ()),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected. Received: {value!a:.40}")
    return names.text(value)


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
    manifest, findings = audit.manifest.to_arrow(), to_table(audit.findings)
    audit_id = audit_id_of(manifest, findings)
    tied = Manifest(manifest, audit.root, audit_id)
    summary = {**audit.summary, "audit": describe(tied, audit_id)}
    with state.lock():
        written = Written(state.written if remember else None)
        try:
            written.write(tied.to_arrow(), state.manifest)
            written.write(manifest, state.manifest.with_suffix(".csv"))
            header = {METADATA_KEY: json.dumps({"audit": audit_id}).encode()}
            written.write(findings.replace_schema_metadata(header), state.findings)
            written.write(_to_flat_table(audit.findings), state.findings.with_suffix(".csv"))
            written.save()
            # the last: until it is there, the tables do not count as those of this audit
            with replacing(state.path / "audit.json") as temporary:
                temporary.write_text(json.dumps(summary, indent=1), encoding="utf-8")
            make_durable(state.path)
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
