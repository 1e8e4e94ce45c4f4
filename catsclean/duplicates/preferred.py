"""Find the copies that a user prefers: patterns of paths, as those of a ``.gitignore``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from pathspec import GitIgnoreSpec

from catsclean.core import names
from catsclean.core.evidence import Evidence
from catsclean.errors import ConfigError

# Returns the index of the first pattern that a sample path matches; None if none does.
Preferences = Callable[[str], int | None]

_MOST_PATTERNS: Final = 1_000


def preferences_of(patterns: str | Iterable[str]) -> Preferences | None:
    """Make a function that finds preferred paths; None if there are no patterns.

    Args:
        patterns: One or several, relative to the data set; the first counts most.

    Raises:
        ConfigError: A pattern is invalid, or there are more than 1,000.
    """
    listed = [patterns] if isinstance(patterns, str) else list(patterns or ())
    if not listed:
        return None
    specs = []
    for pattern in listed:
        try:
            if not isinstance(pattern, str) or not pattern.strip() or pattern[0] in "!#":
                raise TypeError
            specs.append(GitIgnoreSpec.from_lines([pattern]))
        except (ValueError, TypeError):
            raise ConfigError(
                "prefer must list .gitignore patterns, such as 'Sorted/' or '*_original.jpg'."
                f" Received: {pattern!r}."
            ) from None
    if len(specs) > _MOST_PATTERNS:
        raise ConfigError(f"prefer may list at most 1,000 patterns. Received: {len(specs):,}.")

    def find(path: str) -> int | None:
        native = names.decode(path)
        return next((at for at, spec in enumerate(specs) if spec.match_file(native)), None)

    return find


def find_preferred(evidence: Evidence, preferences: Preferences | None) -> dict[str, int]:
    """Return, by path, the index of the first pattern that each sample of a group matches."""
    if preferences is None:
        return {}
    rows = evidence.rows.where(evidence.rows["group"] != "")
    found = ((path, preferences(path)) for path in rows["path"].tolist())
    return {path: at for path, at in found if at is not None}
