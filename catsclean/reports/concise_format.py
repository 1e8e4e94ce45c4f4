"""One unwrapped line per finding, for pipes: ``Cat/666.jpg: zero-length: 0 bytes``.

Errors come first, because people pipe this into ``head``.  Files that a person decided to keep come
last, marked as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from catsclean.auditing.result import Audit
from catsclean.core.model import Finding, Severity
from catsclean.core.text import count


def render(audit: Audit) -> str:
    """Render a line per finding, errors first; empty if there are none."""
    return "".join(f"{_line(audit, finding)}\n" for finding in _ordered(audit))


def render_short(audit: Audit, most_notes: int) -> str:
    """Render it for a person: of each validator at most so many notes, and how to see the others.

    Args:
        audit: What was found.
        most_notes: Largest number of notes of one validator.  Errors and warnings are all shown.
    """
    return "".join(f"{line}\n" for line in _short(audit, most_notes))


def _short(audit: Audit, most_notes: int) -> Iterator[str]:
    total = Counter(f.validator for f in audit.findings if f.severity is Severity.NOTE)
    seen: Counter[str] = Counter()
    for finding in _ordered(audit):
        if finding.severity is not Severity.NOTE:
            yield _line(audit, finding)
            continue
        name = finding.validator
        seen[name] += 1
        if seen[name] <= most_notes:
            yield _line(audit, finding)
        elif seen[name] == total[name]:
            more = count(total[name] - most_notes, "more note")
            yield f"{name}: {more}. Add --format concise to see all."


def _ordered(audit: Audit) -> list[Finding]:
    return sorted(audit.findings, key=lambda one: (audit.is_decided(one), -one.severity.rank))


def _line(audit: Audit, finding: Finding) -> str:
    return f"{finding}{' (decided by you)' * audit.is_decided(finding)}"
