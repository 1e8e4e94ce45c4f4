"""The group of commands, of which a run loads the one that it calls, and for help all of them."""

from __future__ import annotations

import os
import re
from enum import Enum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

from catsclean import threads
from catsclean.errors import UsageError
from catsclean.not_a_folder import explain_url

# name on the command line → module of this package
COMMANDS: Final[dict[str, str]] = {
    "audit": "audit",
    "report": "report",
    "clean": "clean",
    "undo": "undo",
    "log": "log",
    "split": "split",
    "train-baseline": "train_baseline",
    "predict": "predict",
    "feature-maps": "feature_maps",
    "explain": "explain",
    "practice": "practice",
    "check": "check",
    "cache": "cache",
}
# those that compute with what may multiply matrices by OpenBLAS, in as many threads as it likes
_TRAINING: Final = frozenset({"train-baseline", "predict", "feature-maps"})
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
SETTINGS: Final[dict[str, Any]] = {
    "context_settings": {"help_option_names": ["-h", "--help"]},
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}


class _PlainParameters:
    def get_params(self, ctx: Any) -> list[Any]:
        """Give the parameters, that of help among them."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            convert = getattr(parameter, "get_runtime_param", None)
            if convert is not None and not isinstance(convert, _Plain):
                parameter.get_runtime_param = _Plain(parameter, convert)
            cast = getattr(parameter, "type_cast_value", None)
            # of typer before 0.29, whose type of a path is click's
            if convert is None and hasattr(parameter.type, "resolve_path"):
                parameter.type_cast_value = (
                    cast if isinstance(cast, partial) else partial(_cast_path, cast)
                )
        return parameters


def _cast_path(cast: Any, ctx: Any, value: Any) -> Any:
    for each in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(each, str):
            _check_path(each)
    return cast(ctx, value)


def _check_path(value: str) -> None:
    """Refuse what pathlib would make something else of."""
    if not value:  # the working folder
        raise UsageError("an empty text is no path. Received: ''. Name a file or folder.")
    if url := explain_url(value):  # it would take one of its slashes
        raise UsageError(url)


class _Command(_PlainParameters, TyperCommand):
    """A command."""

    def invoke(self, ctx: Any) -> Any:
        """Run it; NumPy is loaded with no threads that nobody has work for.

        They would wait in a loop when they are started: a quarter of loading NumPy.
        """
        with threads.one_thread(() if self.name in _TRAINING else threads.OPENBLAS):
            return super().invoke(ctx)


class Commands(_PlainParameters, TyperGroup):
    """A group that knows its commands by name, and loads the module of one when it is asked for."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        # names are listed, suggested and completed; what stands behind them is made below
        self.commands: Any = dict.fromkeys(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Give a command; None where there is none of that name."""
        del ctx
        if cmd_name in self.commands and self.commands[cmd_name] is None:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands.get(cmd_name)


def _load(name: str) -> Any:
    application = typer.Typer(add_completion=False, **SETTINGS)
    module = import_module(f"{__package__}.{COMMANDS[name]}")
    application.command(name, cls=_Command)(module.command)
    return typer.main.get_command(application)


class _Plain:
    """Converts what needs no thought: a missing value, a default, a name, a number; typer the rest.

    From 0.29 on typer converts by pydantic, which takes longer to load than typer itself, and
    makes a validator for each parameter even where it has no value.
    """

    def __init__(self, parameter: Any, typers: Any) -> None:
        self._typers = typers
        self._kind = parameter.type_descriptor.annotation
        self._info = parameter.type_descriptor.parameter_info

    def __call__(self) -> _Plain:
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        plain = self._plain(self._kind, value)
        return self._typers().coerce(value, param=param, ctx=ctx) if plain is None else plain

    def _plain(self, kind: Any, value: Any) -> Any:
        """Give what a value stands for; None where typer is to convert it, or to refuse it."""
        if get_origin(kind) is list and isinstance(value, (list, tuple)):
            found = [self._plain(get_args(kind)[0], each) for each in value]
            return None if None in found else found
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next((choice for choice in kind if value in {choice, choice.value}), None)
        if not isinstance(value, str):
            return None
        if kind is str:
            return value
        if kind is Path:
            _check_path(value)
            # what stands there and cannot be read is for typer to refuse
            fine = os.access(value, os.R_OK) or not os.access(value, os.F_OK)
            return Path(value) if fine else None
        if kind in {int, float} and (_WHOLE if kind is int else _DECIMAL).fullmatch(value):
            number = kind(value)
            low, high = self._info.min, self._info.max
            inside = (low is None or number >= low) and (high is None or number <= high)
            return number if inside else None
        return None
