"""Patterns of paths to leave out of a data set, as those of a ``.gitignore``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pathspec import GitIgnoreSpec

from catsclean.errors import ConfigError


class Excluded(Protocol):
    """Decides whether a path is left out."""

    def __call__(self, path: str, /) -> bool:
        """Decide about a native path relative to the data set; a folder's path may end in ``/``."""


def exclusion(patterns: str | Iterable[str], setting: str = "exclude") -> Excluded | None:
    """Make a function that decides which paths are left out; None if there are no patterns.

    Args:
        patterns: One or several, relative to the data set: ``*_mask.png`` anywhere, ``raw/`` every
            folder of that name, ``/Cat/old`` only that one; ``!`` in front includes it again.
        setting: Name of the setting or argument, for the message of an error.

    Raises:
        ConfigError: A pattern is invalid.
    """
    listed = [patterns] if isinstance(patterns, str) else list(patterns)
    if not listed:
        return None
    for pattern in listed:
        try:
            if not isinstance(pattern, str):
                raise TypeError
            GitIgnoreSpec.from_lines([pattern])
        except (ValueError, TypeError):
            raise ConfigError(
                f"{setting} must hold .gitignore patterns, such as '*_mask.png' or 'raw/'."
                f" Received: {pattern!r}."
            ) from None
    spec = GitIgnoreSpec.from_lines(listed)
    return lambda path: bool(spec.match_file(path))
