"""The audit as JSON; docs/formats.md describes its schema."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from catsclean.auditing.leaks import Leak
from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Finding, Severity

JSON_SCHEMA_VERSION: Final = 1
_DIGITS: Final = 4
# the parts of the summary that are the same for every run over the same files
_STABLE: Final = ("catsclean", "files", "pictures", "bytes", "incomplete", "not_judged", "outcomes",
                  "limits", "validators", "unjudged", "several_sets", "layout_doubt",
                  "dataset", "ignored_by_path", "jfif_filter_would_delete")  # fmt: skip


def render(audit: Audit) -> str:
    """Render the audit as one JSON object, the same bytes for the same files and settings."""
    content: dict[str, Any] = {"schema_version": JSON_SCHEMA_VERSION}
    content.update({key: audit.summary[key] for key in _STABLE if key in audit.summary})
    content["content"] = _rounded(audit.summary.get("content"))
    by = audit.severities()
    content["counts"] = {
        "findings": len(audit.findings),
        **{f"{severity.value}s": by[severity] for severity in reversed(Severity)},
        "decided": len(audit.findings) - sum(by.values()),
        "by_validator": audit.counts(),
    }
    content["leaks"] = [leak_fields(leak) for leak in audit.leaks]
    content["findings"] = [finding_fields(audit, finding) for finding in audit.findings]
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def _rounded(value: Any) -> Any:
    """Round the figures of what the pictures show, so that they are the same on every machine."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items() if name != "key"}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def leak_fields(leak: Leak) -> dict[str, Any]:
    """Return the fields of a leak for JSON and SARIF."""
    return {
        "split": leak.split,
        "other": leak.other,
        "pictures": leak.pictures,
        "of": leak.total,
        "share": round(leak.share, 6),
        "message": names.text(f"{leak}."),
    }


def finding_fields(audit: Audit, finding: Finding) -> dict[str, Any]:
    """Return the fields of a finding for JSON."""
    content: dict[str, Any] = {
        "validator": finding.validator,
        "severity": finding.severity.value,
        "fix": finding.fix.value,
        "path": finding.path,
        "label": finding.label,
        "message": finding.message,
        "related": list(finding.related),
        "decided": "keep" if audit.is_decided(finding) else None,
    }
    if finding.path is not None and not names.is_text(finding.path):
        content["path_base64"] = base64.b64encode(names.raw_bytes(finding.path)).decode("ascii")
    return content
