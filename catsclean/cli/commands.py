"""The group of commands: a run loads the command that it calls, help reads their summaries."""

from __future__ import annotations

import ast
import inspect
import os
import pkgutil
import re
from enum import Enum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

from catsclean.cli.environment import name_variable, say_what_variables_set, take_variables
from catsclean.cli.help_pages import HelpPage
from catsclean.cli.lazy_modules import lazy_imports
from catsclean.cli.settings_in_errors import say_what_the_file_sets
from catsclean.core import names, threads
from catsclean.core.bucket_address import is_address
from catsclean.core.not_a_folder import explain_url
from catsclean.errors import CatscleanError, UsageError

if TYPE_CHECKING:
    from catsclean.core.state import StateFolder

# the order of help: that of the work; a command that is not named here follows
_ORDER: Final = (
    "download",
    "audit",
    "report",
    "review",
    "clean",
    "fix",
    "undo",
    "log",
    "split",
    "verify",
    "train-baseline",
    "predict",
    "feature-maps",
    "explain",
    "practice",
    "check",
    "labels",
    "plan",
    "task",
    "config",
    "cache",
)
_SUFFIX: Final = "_command"
_FOLDER: Final = Path(__file__).parent
# those that compute with what may multiply matrices by OpenBLAS, in as many threads as it likes
_TRAINING: Final = frozenset({"train-baseline", "predict", "feature-maps"})
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
SETTINGS: Final[dict[str, Any]] = {
    # as wide as the terminal, where click stops at 80 columns
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 10_000},
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}


#: Errors of the parser: typer gives no name to their base.
PARSER_ERROR: Final[Any] = typer.BadParameter.__mro__[2]


class _PlainParameters:
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments; an error always knows the command whose help explains them."""
        try:
            rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        except PARSER_ERROR as error:
            error.ctx = error.ctx or ctx  # the parser itself does not know it
            name_variable(ctx, error)
            raise
        except UsageError as error:  # of what is read for a parameter, such as the settings file
            say_what_variables_set(ctx, error)
            raise
        return rest

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, that of help among them."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            take_variables(parameter, self.name)  # type: ignore[attr-defined]
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
        raise UsageError("a path must not be empty. Received: ''. Name a file or folder.")
    # pathlib takes one of its slashes; who reads an address of a bucket does not need both
    if not is_address(value) and (url := explain_url(value)):
        raise UsageError(url)


class _Command(_PlainParameters, HelpPage, TyperCommand):
    """A command."""

    def invoke(self, ctx: Any) -> Any:
        """Run it; NumPy is loaded with no threads that nobody has work for.

        They would wait in a loop when they are started: a quarter of loading NumPy.
        """
        with threads.one_thread(() if self.name in _TRAINING else threads.OPENBLAS):
            try:
                return super().invoke(ctx)
            except UsageError as error:
                name_audited(error, self.name or "")
                say_what_the_file_sets(ctx, error)
                say_what_variables_set(ctx, error)
                raise


def name_audited(error: UsageError, command: str) -> None:
    """Let an error about several audited data sets say how to name each of them."""
    from catsclean.core import state  # help needs none

    if isinstance(error, state.SeveralAuditedError):
        found = sorted(error.found, key=lambda one: not _has_left(one))
        here = Path.cwd()
        roots = [os.path.relpath(one.root, here) for one in found]
        listed = ", or: ".join(f"catsclean {command} {names.shell_word(root)}" for root in roots)
        error.args = (f"more than one audited data set here. Run: {listed}",)


def _has_left(audited: StateFolder) -> bool:
    """Return whether some of the files of a data set are in its quarantine."""
    from catsclean import cleaning

    try:
        return any(run.moved for run in cleaning.cleaning_log(audited))
    except CatscleanError:
        return False


class Commands(_PlainParameters, HelpPage, TyperGroup):
    """A group whose commands are the files ``*_command.py`` beside this one.

    Only the command that runs is imported, and what it works with loads when it is used.  For the
    list of commands the first line of a file's docstring is read from its source.
    """

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.commands: Any = dict.fromkeys(command_names())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; None if there is none of that name."""
        del ctx
        if cmd_name in self.commands and self.commands[cmd_name] is None:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands, each with its summary."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary_of(name)) for name in self.commands])


def command_names() -> list[str]:
    """List the names of all commands, in the order of help."""
    found = [info.name for info in pkgutil.iter_modules([str(_FOLDER)])]
    names = {one.removesuffix(_SUFFIX).replace("_", "-") for one in found if one.endswith(_SUFFIX)}
    return [*(name for name in _ORDER if name in names), *sorted(names.difference(_ORDER))]


def summary_of(name: str) -> str:
    """Return the first line of what help says about a command, without importing it."""
    source = _FOLDER / f"{module_of(name)}.py"
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def module_of(name: str) -> str:
    """Return the name of the module that holds a command."""
    return name.replace("-", "_") + _SUFFIX


def _load(name: str) -> Any:
    application = typer.Typer(add_completion=False, **SETTINGS)
    with lazy_imports():
        module = import_module(f"{__package__}.{module_of(name)}")
        command = module.command  # this loads it, and its docstring
        text = inspect.cleandoc(module.__doc__ or "")
        application.command(name, cls=_Command, help=text)(command)
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
        """Return what a value stands for; None where typer is to convert it, or to refuse it."""
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
