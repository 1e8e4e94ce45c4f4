"""Check what settings say about validators, for commands that run them.

It is checked whether or not a command would use it, and an error names the file or the variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from catsclean.core import names
from catsclean.errors import CatscleanError, ConfigError

_PATTERNS: Final = ("exclude", "prefer")
_NAMES: Final = ("select", "ignore")
_CHECKED: Final = frozenset({*_NAMES, *_PATTERNS, "per-path-ignores", "validators"})


def check_values(values: Mapping[str, Any], source: Callable[[str], str]) -> None:
    """Check names of validators, their options, and patterns.

    Args:
        values: By setting, as the readers of :mod:`catsclean.cli.config` return them.
        source: Returns how an error names a setting: the file with the key, or the variable.

    Raises:
        ConfigError: A name, an option, a value or a pattern is invalid.
    """
    if _CHECKED.isdisjoint(values):
        return
    # only now, because these need NumPy
    from catsclean.auditing.path_ignores import path_ignores
    from catsclean.core.path_patterns import exclusion
    from catsclean.validators import registry

    for key in _PATTERNS:
        exclusion(values.get(key, ()), source(key))
    for key in _NAMES:
        with _named(source(key)):
            registry.check_names(values.get(key, ()), added=key == "select")
    for pattern, ignored in values.get("per-path-ignores", {}).items():
        with _named(source(f"per-path-ignores, {names.text(pattern)!r}")):
            registry.check_names(ignored)
        with _named(source("per-path-ignores"), "per-path-ignores: "):
            path_ignores({pattern: ignored})
    for name, options in values.get("validators", {}).items():
        with _named(source(f"validators.{names.text(name)}")):
            registry.check_options(name, options)


def check_sidecars(values: Mapping[str, Any], source: Callable[[str], str]) -> None:
    """Check the extensions of sidecar files.

    Args:
        values: As for :func:`check_values`.
        source: As there.

    Raises:
        ConfigError: One is invalid.
    """
    if values.get("sidecars"):
        from catsclean.scan.sidecar_files import check_endings

        with _named(source("sidecars")):
            check_endings(values["sidecars"])


@contextmanager
def _named(source: str, begins: str = "") -> Iterator[None]:
    """Let an error name what sets the value, in place of how it begins."""
    try:
        yield
    except CatscleanError as error:
        raise ConfigError(f"{source}: {str(error).removeprefix(begins)}") from error
