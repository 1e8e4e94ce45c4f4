"""One unwrapped line per finding, for pipes: ``Cat/666.jpg: zero-length: 0 bytes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catsclean.auditing import Audit


def render(audit: Audit) -> str:
    """Render every finding on a line of its own; empty where there is none."""
    return "".join(f"{finding}\n" for finding in audit.findings)
