"""What validators of content share: why content was not examined."""

from __future__ import annotations

from catsclean.core.evidence import Evidence

_NOT_ASKED = "content was not examined"


def why_not_examined(evidence: Evidence) -> str:
    """Say why the pictures' content was not examined; empty if it was."""
    content = evidence.content
    if content is None:
        return _NOT_ASKED
    return content.missing and f"{_NOT_ASKED}: {content.missing}"
