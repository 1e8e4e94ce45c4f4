"""The audit as GitLab Code Quality JSON: the widget of a merge request, and its changes.

Findings that a person decided to keep are left out.  GitLab drops entries whose fingerprint it has
seen, so several findings of one validator about one file get different ones.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any, Final

from catsclean.auditing.baseline import fingerprints
from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Finding, Severity
from catsclean.reports.repository_paths import RepositoryPaths
from catsclean.reports.tally import incompleteness

# GitLab reads at most 10 MB of a report
MAX_ENTRIES: Final = 10_000
_SEVERITIES: Final = {
    Severity.ERROR: "major",
    Severity.WARNING: "minor",
    Severity.NOTE: "info",
}
_DIGITS: Final = 32


def render(audit: Audit) -> str:
    """Render the undecided findings as one list, the worst first."""
    paths = RepositoryPaths(audit)
    entries = []
    if why := incompleteness(audit):
        text = f"The audit is incomplete: {why}. Do not trust a clean result."
        entries.append(_entry("audit-incomplete", text, "blocker", paths.shown(None)))
    numbered = sorted(_numbered(audit), key=lambda one: -one[0].severity.rank)
    for finding, own in numbered[:MAX_ENTRIES]:
        text, place = finding.message or finding.validator, paths.shown(finding.path)
        entries.append(_entry(finding.validator, text, _SEVERITIES[finding.severity], place, own))
    if len(numbered) > MAX_ENTRIES:
        text = f"{MAX_ENTRIES:,} of {len(numbered):,} findings are in this report, the worst first."
        entries.append(_entry("report-shortened", text, "info", paths.shown(None)))
    return json.dumps(entries, indent=1, ensure_ascii=True) + "\n"


def _numbered(audit: Audit) -> list[tuple[Finding, str]]:
    """Return the undecided findings, each with a fingerprint that no other one has."""
    seen: Counter[str] = Counter()
    found = []
    for finding, own in zip(
        audit.findings, fingerprints(audit.manifest, audit.findings), strict=True
    ):
        number = seen[own]
        seen[own] += 1
        if not audit.is_decided(finding):
            found.append((finding, own if number == 0 else _digest(own, str(number))))
    return found


def _entry(
    check: str, text: str, severity: str, path: str, fingerprint: str | None = None
) -> dict[str, Any]:
    return {
        "description": names.text(text),
        "check_name": check,
        "fingerprint": fingerprint or _digest(check, path),
        "severity": severity,
        # GitLab needs a line, and a picture has only one
        "location": {"path": path, "lines": {"begin": 1}},
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_DIGITS]
