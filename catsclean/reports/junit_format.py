"""The audit as JUnit XML: one test case for each validator that ran.

Errors make a case fail.  Warnings, notes and findings that a person decided to keep are in its
output, so that a CI server shows them without failing.  A file that could not be judged makes one
case an error.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Finding, Severity
from catsclean.core.text import count
from catsclean.reports.repository_paths import RepositoryPaths
from catsclean.reports.tally import Tally, incompleteness, tally

MAX_LINES: Final = 1_000


def render(audit: Audit) -> str:
    """Render the audit as one ``<testsuite>``."""
    found = {one.validator: one for one in tally(audit)}
    validators = sorted({*audit.summary.get("validators", {}), *found})
    suite = ET.Element("testsuite", name="catsclean")
    paths = RepositoryPaths(audit)
    failures = sum(_case(suite, name, found.get(name), paths) for name in validators)
    why = incompleteness(audit)
    if why:
        case = ET.SubElement(suite, "testcase", classname="catsclean", name="audit-complete")
        ET.SubElement(case, "error", message=_text(why), type="incomplete")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", str(int(bool(why))))
    suite.set("skipped", "0")
    suite.set("time", f"{audit.summary.get('seconds', 0.0):.3f}")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, validator: str, one: Tally | None, paths: RepositoryPaths) -> bool:
    case = ET.SubElement(suite, "testcase", classname="catsclean", name=_text(validator))
    undecided = one.undecided if one is not None else ()
    findings = one.findings if one is not None else ()
    errors = [finding for finding in undecided if finding.severity is Severity.ERROR]
    others = findings[len(errors) :]  # worst first
    if errors:
        message = f"{count(len(errors), 'finding')}, first: {_line(errors[0], paths)}"
        failure = ET.SubElement(case, "failure", message=_text(message), type=Severity.ERROR.value)
        failure.text = _lines(errors, paths)
    if others:
        decided = len(findings) - len(undecided)
        ET.SubElement(case, "system-out").text = _lines(others, paths, decided)
    return bool(errors)


def _line(finding: Finding, paths: RepositoryPaths) -> str:
    return f"{paths.shown(finding.path)}: {finding.validator}: {finding.message}"


def _lines(
    findings: tuple[Finding, ...] | list[Finding], paths: RepositoryPaths, decided: int = 0
) -> str:
    """Write a line for each finding; the last `decided` ones were decided by a person."""
    lines = [
        f"{'decided by you: ' * (at >= len(findings) - decided)}{one.severity.value}:"
        f" {_line(one, paths)}"
        for at, one in enumerate(findings[:MAX_LINES])
    ]
    if len(findings) > MAX_LINES:
        lines.append(f"{MAX_LINES:,} of {len(findings):,} shown")
    return "\n".join(_text(line) for line in lines)


def _text(text: str) -> str:
    # XML cannot hold most control characters, escaped or not
    return names.text(text)
