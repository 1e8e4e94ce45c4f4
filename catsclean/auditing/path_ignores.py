"""Findings that a user ignores by the path of their file: ``{"raw/**": ["blurry"]}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pathspec import GitIgnoreSpec

from catsclean.core import names
from catsclean.core.model import Finding
from catsclean.core.path_patterns import Excluded, exclusion
from catsclean.errors import ConfigError
from catsclean.validators.registry import names_of, validator_of

PerPathIgnores = Mapping[str, "str | Iterable[str]"]
_SETTING: Final = "per-path-ignores"


@dataclass(frozen=True, slots=True)
class PathIgnores:
    """Rules that say which findings do not count.

    Attributes:
        rules: Each has a test of native paths and the names of the validators to ignore there.
        anywhere: The patterns may count from any folder on the way to a file, because paths are
            relative to a folder above the data set.
    """

    rules: tuple[tuple[Excluded, frozenset[str]], ...]
    anywhere: bool = False

    def __call__(self, finding: Finding) -> bool:
        """Return whether a finding is ignored; one about the whole set never is."""
        if finding.path is None:
            return False
        matching = [matches for matches, about in self.rules if finding.validator in about]
        if not matching:
            return False
        paths = [names.decode(finding.path)]
        while self.anywhere and (inner := paths[-1].partition("/")[2]):
            paths.append(inner)
        return any(matches(path) for matches in matching for path in paths)


def path_ignores(
    patterns: PerPathIgnores | None, validators: Iterable[str] = (), *, anywhere: bool = False
) -> PathIgnores | None:
    """Make the rules; None if there are none.

    Args:
        patterns: Patterns of paths as those of a ``.gitignore``, each with the names or families
            of validators to ignore there.
        validators: Known names in addition to those of the installed validators.
        anywhere: See :class:`PathIgnores`.

    Raises:
        ConfigError: The table, a pattern, or the name of a validator is invalid.
    """
    if not patterns:
        return None
    if not isinstance(patterns, Mapping):
        raise ConfigError(
            f"{_SETTING} must be a table of patterns, each with the validators to ignore, such as"
            f' {{"raw/**" = ["blurry"]}}. Received: {names.received(patterns)}.'
        )
    known = tuple(validators)
    rules = []
    for pattern, ignored in patterns.items():
        matches = exclusion([pattern], _SETTING)
        if matches is None or not _names_paths(pattern):
            raise ConfigError(
                f"{_SETTING}: this pattern matches no path. Received: {pattern!r}."
                " Write one such as 'raw/**'."
            )
        if not isinstance(ignored, str) and not _is_list_of_names(ignored):
            raise ConfigError(
                f"{_SETTING}: {pattern!r} must have a list of validators or families, such as"
                f' ["blurry"]. Received: {names.received(ignored)}.'
            )
        about = names_of(ignored, known)
        # an audit whose validator failed is incomplete, whatever path the validator failed at
        never = {name for name in about if validator_of(name).makes_incomplete}
        if about == never:
            raise ConfigError(
                f"{_SETTING}: {min(never)!r} cannot be ignored, because then the audit is"
                " incomplete. Ignore the validator that fails (--ignore)."
            )
        rules.append((matches, about - never))
    return PathIgnores(tuple(rules), anywhere)


def _names_paths(pattern: str) -> bool:
    """Return whether a pattern matches anything by itself: comments and ``!`` patterns do not."""
    return any(one.include for one in GitIgnoreSpec.from_lines([pattern]).patterns)


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, (list, tuple, set, frozenset)) and all(
        isinstance(name, str) for name in value
    )
