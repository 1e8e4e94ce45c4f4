"""The output formats: each is a file ``NAME_format.py`` in ``reports`` with ``render(audit)``."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from catsclean.cli import options, output

if TYPE_CHECKING:
    from catsclean.auditing.result import Audit

TABLE: Final = "table"
CONCISE: Final = "concise"
JSON: Final = "json"
_SUFFIX: Final = "_format"
_REPORTS: Final = Path(__file__).parent.parent / "reports"


def format_names() -> list[str]:
    """List the formats that findings can be written in, the table of a terminal not among them."""
    found = (module.name for module in pkgutil.iter_modules([str(_REPORTS)]))
    names = {one.removesuffix(_SUFFIX).replace("_", "-") for one in found if one.endswith(_SUFFIX)}
    return [CONCISE, JSON, *sorted(names - {CONCISE, JSON})]


def renderer_of(name: str) -> Any:
    """Return the module that renders a format."""
    return import_module(f"catsclean.reports.{name.replace('-', '_')}{_SUFFIX}")


def write_audit(
    audit: Audit, name: str, target: Path | None, outside: Iterable[Path] | None
) -> None:
    """Write an audit's findings in a format, and what belongs to the format elsewhere.

    Args:
        audit: The audit, or the result of a check.
        name: The format, one of `format_names`.
        target: The file; None: standard output.
        outside: Folders that the file must not lie in; None: every audited data set and every
            state folder.

    Raises:
        UsageError: The file may not or cannot be written.
    """
    renderer = renderer_of(name)
    output.write_findings(renderer.render(audit), target, outside)
    if hasattr(renderer, "write_step_summary"):
        renderer.write_step_summary(audit)


def format_option(choices: list[str], default: str) -> Any:
    """Return the option ``--format`` of a command.

    Args:
        choices: The formats that it takes.
        default: The format without the option, in words.
    """

    def check(value: str | None) -> str | None:
        if value is not None and value not in choices:
            listed = ", ".join(choices)
            raise typer.BadParameter(f"{value!r} is not one of {listed}.", param_hint="--format")
        return value

    return typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        callback=check,
        autocompletion=lambda incomplete: [one for one in choices if one.startswith(incomplete)],
        help=f"Output format: {options.one_of(choices)} [default: {default}].",
        show_default=False,
        rich_help_panel=options.OUTPUT,
    )
