"""The audit as JSON Lines: one finding a line, for streams and tables."""

from __future__ import annotations

import json
from typing import Any

from catsclean.auditing.baseline import fingerprints
from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Finding, Fix, Severity
from catsclean.reports.json_format import finding_fields
from catsclean.reports.tally import incompleteness

#: The validator that a line names if not all files could be judged.
INCOMPLETE = "audit-incomplete"


def render(audit: Audit) -> str:
    """Render one object for each finding, with the fields of the format ``json`` and a fingerprint.

    If the audit is incomplete, the first line says so.
    """
    lines = [
        {**finding_fields(audit, finding), "fingerprint": own}
        for finding, own in zip(
            audit.findings, fingerprints(audit.manifest, audit.findings), strict=True
        )
    ]
    if why := incompleteness(audit):
        lines.insert(0, _incomplete(audit, why))
    return "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines)


def _incomplete(audit: Audit, why: str) -> dict[str, Any]:
    text = names.text(f"{why}: do not trust a clean result")
    finding = Finding(INCOMPLETE, Severity.ERROR, Fix.NONE, None, None, text)
    (own,) = fingerprints(audit.manifest, [finding])
    return {**finding_fields(audit, finding), "fingerprint": own}
