"""What validators share that need a network: why nobody looked at what the pictures show."""

from __future__ import annotations

from catsclean.core.evidence import Evidence

# not "content": the family of this name has validators that need no network, and these ran
_NOT_EXAMINED = "what the pictures show was not examined"


def why_not_examined(evidence: Evidence) -> str:
    """Say why nobody looked at what the pictures show; empty if somebody did."""
    content = evidence.content
    if content is None:
        return f"{_NOT_EXAMINED} (--no-content)"
    return content.missing and f"{_NOT_EXAMINED}: {content.missing}"
