"""One unwrapped line per finding, for pipes: ``Cat/666.jpg: zero-length: 0 bytes``.

Errors come first: what follows in a pipe may be ``head``.  What a person decided to keep comes
last, and says so.
"""

from __future__ import annotations

from catsclean.auditing.result import Audit


def render(audit: Audit) -> str:
    """Render every finding on a line of its own, errors first; empty where there is none."""
    decided = audit.is_decided
    ordered = sorted(audit.findings, key=lambda one: (decided(one), -one.severity.rank))
    return "".join(
        f"{finding}{' (kept by your decision)' * decided(finding)}\n" for finding in ordered
    )
