"""Find the table of settings in a TOML file, and refuse settings that stand elsewhere in it.

A setting in a place where nobody reads it would be ignored without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from catsclean.cli.settings_table import BY_NAME
from catsclean.core.text import did_you_mean
from catsclean.errors import ConfigError

_OURS: Final = "catsclean"
_PROJECT_FILE: Final = "pyproject.toml"
# the tables that a pyproject.toml may have, by the specification of Python packaging
_TABLES_OF_PROJECTS: Final = frozenset({"build-system", "dependency-groups", "project", "tool"})
# other ways to write the name; no other tool is called like this
_ALMOST_OURS: Final = frozenset({"catclean", "catsclear", "catscleaner", "catsclena", "catsclen"})


def has_settings(content: Mapping[str, Any], source: Path) -> bool:
    """Tell whether a pyproject.toml holds settings.

    Raises:
        ConfigError: It holds settings in a table of another name, or in the wrong place.
    """
    tool = content.get("tool")
    inside = tool if isinstance(tool, dict) else {}
    if _OURS in inside:
        return True
    for name in inside:
        if _is_almost_ours(name):
            raise ConfigError(
                f"{str(source)!r}: [tool.{name}] is not a table of catsclean."
                " Name it [tool.catsclean]"
            )
    for name in content:
        if name == _OURS or _is_almost_ours(name):
            raise ConfigError(
                f"{str(source)!r}: [{name}] must be [tool.catsclean] in a {_PROJECT_FILE}"
            )
    return False


def table_of_settings(content: Mapping[str, Any], source: Path) -> Mapping[str, Any]:
    """Return the settings of a file.

    A file of another name than pyproject.toml holds them at the top, or in ``[tool.catsclean]``
    too, but not in both.

    Raises:
        ConfigError: There are settings, or tables that nobody reads, in other places.
    """
    of_project = source.name == _PROJECT_FILE
    if of_project:
        has_settings(content, source)  # refuses what is almost ours
    nested = content.get("tool", {})
    if not of_project and not (isinstance(nested, dict) and _OURS in nested):
        _refuse_unknown(content, source)
        return content
    table = nested.get(_OURS, {}) if isinstance(nested, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{str(source)!r}: [tool.catsclean] must be a table. Received: {table!r}")
    for outside, name in _outside(content, source):
        place = f"[tool.catsclean.{name}]" if isinstance(outside, dict) else "[tool.catsclean]"
        other = "" if of_project else ", or move all settings to the top of the file"
        raise ConfigError(
            f"{str(source)!r}: {name!r} stands beside [tool.catsclean], where it has no effect."
            f" Write it in {place}{other}"
        )
    _refuse_unknown(table, source)
    return table


def _outside(content: Mapping[str, Any], source: Path) -> Iterator[tuple[Any, str]]:
    """Yield what stands beside the table and was surely meant for it, each with its name."""
    for name, value in content.items():
        unread = source.name == "catsclean.toml" and name not in _TABLES_OF_PROJECTS
        if name in BY_NAME or name == _OURS or unread:
            yield value, name


def _refuse_unknown(table: Mapping[str, Any], source: Path) -> None:
    for key, value in table.items():
        if key in BY_NAME:
            continue
        if isinstance(value, dict) and (key in {_OURS, "tool"} or _is_almost_ours(key)):
            advice = "Settings stand at the top of the file there, or in [tool.catsclean]"
        else:
            advice = f"Known: {', '.join(BY_NAME)}"
        hint = did_you_mean(key, BY_NAME)
        raise ConfigError(f"{str(source)!r}: unknown setting {key!r}.{hint} {advice}")


def _is_almost_ours(name: str) -> bool:
    plain = name.lower().replace("-", "").replace("_", "")
    return name != _OURS and (plain == _OURS or plain in _ALMOST_OURS)
