"""The help of a command: usage, summary, options in groups, examples, a link to the docs.

typer would draw groups with rich, which takes longer to load than help takes.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, Final

#: Starts the end of a docstring that help shows as it stands, below the options.
_EXAMPLES: Final = "\nExamples:\n"
_LAST_GROUP: Final = "General"
_OPTION_WIDTH: Final = 28


class HelpPage:
    """Writes the help of a command or a group of commands.

    It is mixed into the classes of typer, whose parameters it describes.
    """

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage: ``Usage: catsclean clean [OPTIONS] [FOLDER] [DECISIONS]``."""
        words = ["[OPTIONS]", *map(_in_usage, self._parameters(ctx, "argument"))]
        if hasattr(self, "commands"):
            words += ["COMMAND", "[ARGUMENTS]"]
        formatter.write_usage(ctx.command_path, " ".join(words))

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the docstring says before its examples."""
        del ctx
        text: str = self.help or ""  # type: ignore[attr-defined]
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text.partition(_EXAMPLES)[0].strip())

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands, arguments and options, each group with its heading."""
        if hasattr(self, "format_commands"):
            self.format_commands(ctx, formatter)
        groups = {"Arguments": self._parameters(ctx, "argument")}
        for option in self._parameters(ctx, "option"):
            groups.setdefault(option.rich_help_panel or _LAST_GROUP, []).append(option)
        # --help comes last, and with it what every command has
        if _LAST_GROUP in groups:
            groups[_LAST_GROUP] = groups.pop(_LAST_GROUP)
        for title, parameters in groups.items():
            if parameters:
                with formatter.section(title):
                    formatter.write_dl(list(map(describe, parameters)), col_max=_OPTION_WIDTH)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write examples and link as they stand: they are to be copied."""
        del ctx
        text: str = self.help or ""  # type: ignore[attr-defined]
        _, marker, end = text.partition(_EXAMPLES)
        formatter.write(f"{marker}{end.rstrip()}\n")

    def _parameters(self, ctx: Any, kind: str) -> list[Any]:
        found = self.get_params(ctx)  # type: ignore[attr-defined]
        return [one for one in found if one.param_type_name == kind and not one.hidden]


def name_of(parameter: Any) -> str:
    """Return what stands for a value in help, such as ``FOLDER``."""
    return str(parameter.metavar or parameter.name.upper())


def _in_usage(argument: Any) -> str:
    name = f"{name_of(argument)}{'...' if argument.nargs == -1 else ''}"
    return name if argument.required else f"[{name}]"


def describe(parameter: Any) -> tuple[str, str]:
    """Return the two columns of a parameter."""
    if parameter.param_type_name == "argument":
        return name_of(parameter), parameter.help or ""
    # the short name first: -o, --output
    words = ", ".join(sorted(parameter.opts, key=lambda word: word.startswith("--")))
    if parameter.secondary_opts:
        words += f" / {', '.join(parameter.secondary_opts)}"
    if not parameter.is_flag:
        words += f" {name_of(parameter)}"
    return words, _with_default(parameter)


def _with_default(option: Any) -> str:
    """Return what help says of an option, with its default if it shows one; flags are off."""
    text = str(option.help or "")
    value = option.default.value if isinstance(option.default, Enum) else option.default
    if option.is_flag or not option.show_default or not isinstance(value, (str, int, float, Path)):
        return text
    return f"{text.removesuffix('.')} [default: {value}]."
