"""What a user leaves out of a data set: patterns of paths, as those of a ``.gitignore``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pathspec import GitIgnoreSpec

from catsclean.errors import ConfigError


class Excluded(Protocol):
    """Tells whether a path is left out."""

    def __call__(self, path: str, /) -> bool:
        """Tell, of a native path relative to the data set; that of a folder may end in ``/``."""


def exclusion(patterns: str | Iterable[str], setting: str = "exclude") -> Excluded | None:
    """Make what tells which paths are left out; None where none are.

    Args:
        patterns: One or several, relative to the data set: ``*_mask.png`` anywhere, ``raw/`` every
            folder of that name, ``/Cat/old`` that one alone; ``!`` in front takes back.
        setting: Name of the setting or argument, for the message of an error.

    Raises:
        ConfigError: A pattern is invalid.
    """
    listed = [patterns] if isinstance(patterns, str) else list(patterns)
    if not listed:
        return None
    # here: most audits leave nothing out

    for pattern in listed:
        try:
            if not isinstance(pattern, str):
                raise TypeError
            GitIgnoreSpec.from_lines([pattern])
        except (ValueError, TypeError):
            raise ConfigError(
                f"{setting} holds patterns of paths, as a .gitignore has them, such as"
                f" '*_mask.png' or 'raw/'. Received: {pattern!r}."
            ) from None
    spec = GitIgnoreSpec.from_lines(listed)
    return lambda path: bool(spec.match_file(path))
