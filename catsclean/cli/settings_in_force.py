"""The settings that count for a command, each with where it comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from catsclean.cli.commands import Commands
from catsclean.cli.config import find_config, read_settings_file, read_variables
from catsclean.cli.environment import set_variables, variables_of
from catsclean.cli.settings_table import SETTINGS, SHARED_OPTIONS, variable_of
from catsclean.core.arguments import checked

SettingSource = Literal["default", "file", "environment"]


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """One setting.

    Attributes:
        name: As in a settings file.
        value: As JSON has it; None: nothing sets it, and the command chooses.
        source: ``default``, ``file`` or ``environment``.
        text: What it does.
        variable: The environment variable that can set it; empty for a table.
    """

    name: str
    value: Any
    source: SettingSource
    text: str
    variable: str


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """All settings of a working folder.

    Attributes:
        file: The settings file; None if there is none.
        settings: All of them, in the order of the docs.
        options: Variables that set an option of one command, such as
            ``CATSCLEAN_AUDIT_FORMAT``, with their values.
        unknown: Variables that begin with ``CATSCLEAN_`` and mean nothing, perhaps misspelt.
    """

    file: Path | None
    settings: tuple[SettingInForce, ...]
    options: Mapping[str, str]
    unknown: tuple[str, ...]

    def __getitem__(self, name: str) -> SettingInForce:
        """Return a setting by its name in a settings file."""
        return {setting.name: setting for setting in self.settings}[name]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return {
            "file": None if self.file is None else str(self.file),
            "settings": {
                one.name: {
                    "value": one.value,
                    "source": one.source,
                    "from": self.origin(one),
                }
                for one in self.settings
            },
            "options": dict(self.options),
            "unknown_variables": list(self.unknown),
        }

    def origin(self, setting: SettingInForce) -> str | None:
        """Return the file or the variable that sets a setting; None if it has its default."""
        places = {"file": str(self.file), "environment": setting.variable}
        return places.get(setting.source)


@checked
def find_settings(
    root: str | os.PathLike[str] | None = None,
    *,
    config: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> SettingsInForce:
    """Return the settings that commands use in the working folder, and where each comes from.

    A variable wins over the file, and the file over the default.  An option of the command line
    wins over all of them.

    Args:
        root: The data set: a settings file inside it does not count.
        config: The settings file; None: the nearest ``catsclean.toml``, or ``pyproject.toml`` with
            ``[tool.catsclean]``, from the working folder upwards.
        environment: The environment variables, such as ``os.environ``; None: none.

    Raises:
        ConfigError: The file cannot be read, a setting is unknown, or a value is of the wrong type.
    """
    variables = environment or {}
    named = config or variables.get(variable_of("config"))
    inside = None if root is None else Path(root).resolve()
    found = Path(named) if named else find_config(root=inside)
    in_file = read_settings_file(found) if found is not None else {}
    in_environment = read_variables(variables)
    settings = []
    for one in SETTINGS:
        source: SettingSource = "default"
        value = one.default
        if one.name in in_environment:
            source, value = "environment", in_environment[one.name]
        elif one.name in in_file:
            source, value = "file", in_file[one.name]
        settings.append(SettingInForce(one.name, _plain(value), source, one.text, one.variable))
    options, unknown = _other_variables(variables)
    return SettingsInForce(found, tuple(settings), options, unknown)


def known_variables() -> Iterator[str]:
    """Yield the variables of all settings, then those of the options of all commands."""
    yield from (setting.variable for setting in SETTINGS if setting.variable)
    yield from map(variable_of, SHARED_OPTIONS)
    group = Commands(name="catsclean")
    for name in group.commands:
        for parameter in group.get_command(None, name).params:
            yield from variables_of(name, parameter)[:1]


def _other_variables(environment: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the variables that set options, with their values; and those that set nothing."""
    found = set_variables(environment)
    for setting in SETTINGS:
        found.pop(setting.variable, None)
    known = set(known_variables()) if found else set()
    options = {name: text for name, text in found.items() if name in known}
    return options, tuple(name for name in found if name not in known)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value
