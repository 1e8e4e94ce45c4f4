"""The audit as SARIF 2.1.0, for code scanning and for viewers in editors."""

from __future__ import annotations

import json
from typing import Any, Final

from catsclean.auditing.baseline import fingerprints
from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Finding, Severity
from catsclean.core.version import __version__
from catsclean.reports.json_format import leak_fields
from catsclean.reports.repository_paths import RepositoryPaths
from catsclean.reports.tally import Tally, incompleteness, leak_lines, tally
from catsclean.reports.validator_page import address_of
from catsclean.validators.base import Validator
from catsclean.validators.registry import all_validators

# GitHub shows 5,000 results of a run, and rejects a file with more than 25,000
MAX_RESULTS: Final = 5_000
MAX_RELATED: Final = 20
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_SITE: Final = "https://github.com/catsclean/catsclean"
_SUPPRESSED: Final = {
    "suppressions": [{"kind": "external", "justification": "kept by decision of a person"}]
}
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render(audit: Audit) -> str:
    """Render the audit as one run, its worst 5,000 findings as results."""
    tallies = tally(audit)
    positions = {one.validator: index for index, one in enumerate(tallies)}
    prints = dict(
        zip(map(id, audit.findings), fingerprints(audit.manifest, audit.findings), strict=True)
    )
    ordered = [finding for one in tallies for finding in one.findings]
    ordered.sort(key=lambda finding: (audit.is_decided(finding), -finding.severity.rank))
    shown = ordered[:MAX_RESULTS]
    paths = RepositoryPaths(audit)
    run = {
        "tool": {
            "driver": {
                "name": "catsclean",
                "version": __version__,
                "informationUri": _SITE,
                "rules": _rules(tallies),
            }
        },
        "invocations": [_invocation(audit, len(shown))],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, positions[finding.validator], prints[id(finding)], paths)
            | (_SUPPRESSED if audit.is_decided(finding) else {})
            for finding in shown
        ],
        "properties": {
            "findings": len(ordered),
            "resultsShown": len(shown),
            "leaks": [leak_fields(leak) for leak in audit.leaks],
        },
    }
    content = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def _rules(tallies: list[Tally]) -> list[dict[str, Any]]:
    known = all_validators()
    return [_rule(one, known.get(one.validator)) for one in tallies]


def _rule(one: Tally, validator: type[Validator] | None) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": one.validator,
        "defaultConfiguration": {"level": _LEVELS[one.severity]},
    }
    if validator is not None:
        page = validator.page()
        rule["shortDescription"] = {"text": validator.summary()}
        rule["help"] = {"text": page, "markdown": page}
        if address := address_of(validator):
            rule["helpUri"] = address
        rule["properties"] = {"tags": [validator.family, f"fix-{one.fix.value}"]}
    return rule


def _invocation(audit: Audit, shown: int) -> dict[str, Any]:
    notes = [{"level": "error", "message": {"text": line}} for line in leak_lines(audit)]
    if shown < len(audit.findings):
        text = f"{shown:,} of {len(audit.findings):,} findings are in this file, the worst first."
        notes.append({"level": "warning", "message": {"text": text}})
    if why := incompleteness(audit):
        text = f"The audit is incomplete: {names.text(why)}. Do not trust a clean result."
        notes.append({"level": "error", "message": {"text": text}})
    return {
        "executionSuccessful": not audit.incomplete,
        "toolExecutionNotifications": notes,
    }


def _result(
    finding: Finding, rule: int, fingerprint: str, paths: RepositoryPaths
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.validator,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": names.text(finding.message) or finding.validator},
        "locations": [_location(finding.path, paths)],
        "partialFingerprints": {"catscleanFinding/v1": fingerprint},
        "properties": {"fix": finding.fix.value, "path": finding.path, "label": finding.label},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": path}, **_location(path, paths)}
            for number, path in enumerate(finding.related[:MAX_RELATED], 1)
        ]
    return result


def _location(path: str | None, paths: RepositoryPaths) -> dict[str, Any]:
    # viewers need a line, and a picture has only one
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": paths.address(path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 1},
        }
    }
