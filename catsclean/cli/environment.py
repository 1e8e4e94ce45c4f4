"""Environment variables: every option has one, and a setting has one for all commands.

``CATSCLEAN_AUDIT_FAIL_ON`` is the option ``--fail-on`` of ``audit``, as if it was typed.
``CATSCLEAN_FAIL_ON`` takes the place of ``fail-on`` in the settings file, for every command.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from catsclean.cli.config import split_variable
from catsclean.cli.settings_table import PREFIX, SETTINGS, SHARED_OPTIONS, variable_of
from catsclean.errors import CatscleanError

_NOT_SET_BY_VARIABLES: Final = ("help", "version", "install-completion", "show-completion")
_FOLDERS: Final = ("FOLDER", "FILE")


def variables_of(command: str, parameter: Any) -> list[str]:
    """Return the variables of an option of a command, the one that counts first at the beginning.

    Empty for an argument, and for an option that shows something and ends.
    """
    if parameter.param_type_name != "option" or not command:
        return []
    name = option_name(parameter)
    if name in _NOT_SET_BY_VARIABLES:
        return []
    shared = [variable_of(name)] if name in SHARED_OPTIONS else []
    return [variable_of(name, command), *shared]


def option_name(parameter: Any) -> str:
    """Return the long name of an option, without its dashes."""
    return str(max(parameter.opts, key=lambda word: word.startswith("--"))).lstrip("-")


def take_variables(parameter: Any, command: str | None) -> None:
    """Let an option of a command read its variables."""
    if names := variables_of(command or "", parameter):
        parameter.envvar = names
        if parameter.multiple and not isinstance(parameter.value_from_envvar, partial):
            parameter.value_from_envvar = partial(_several, parameter)


def _several(parameter: Any, ctx: Any) -> list[str] | None:
    """Split the variable of an option that may be repeated, as that of a setting is."""
    text = parameter.resolve_envvar_value(ctx)
    folders = parameter.metavar in _FOLDERS
    return None if text is None else split_variable(text, folders=folders)


def name_variable(ctx: Any, error: Any) -> None:
    """Let an error about the value of an option name the variable that it came from."""
    parameter = getattr(error, "param", None)
    if parameter is not None and (name := _source(ctx, parameter)):
        error.param_hint = name


def say_what_variables_set(ctx: Any, error: CatscleanError) -> None:
    """Add the variables that set options or settings to an error about the request."""
    names = [_source(ctx, parameter) for parameter in ctx.command.params]
    names += [setting.variable for setting in SETTINGS if setting.variable in os.environ]
    text = str(error)
    found = [name for name in names if name and name not in text and os.environ.get(name)]
    if found:
        error.args = (f"{text.rstrip('.')}. Set in the environment: {', '.join(found)}.",)


def _source(ctx: Any, parameter: Any) -> str:
    """Return the variable that set a parameter; empty if none did."""
    source = ctx.get_parameter_source(parameter.name)
    if source is None or source.name != "ENVIRONMENT":
        return ""
    return next((name for name in parameter.envvar or () if os.environ.get(name)), "")


def set_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables whose name is one of catsclean's, with their values."""
    return {
        name: text for name, text in sorted(environment.items()) if name.startswith(PREFIX) and text
    }
