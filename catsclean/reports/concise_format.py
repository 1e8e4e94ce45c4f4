"""One unwrapped line per finding, for pipes: ``Cat/666.jpg: zero-length: 0 bytes``.

Errors come first, because people pipe this into ``head``.  Files that a person decided to keep come
last, marked as such.
"""

from __future__ import annotations

from catsclean.auditing.result import Audit


def render(audit: Audit) -> str:
    """Render a line per finding, errors first; empty if there are none."""
    decided = audit.is_decided
    ordered = sorted(audit.findings, key=lambda one: (decided(one), -one.severity.rank))
    return "".join(
        f"{finding}{' (kept by your decision)' * decided(finding)}\n" for finding in ordered
    )
