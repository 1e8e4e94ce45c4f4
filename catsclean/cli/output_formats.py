"""The output formats: each is a file ``NAME_format.py`` in ``reports`` with ``render(audit)``."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer

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


def one_of(choices: list[str]) -> Callable[[str | None], str | None]:
    """Return a callback of an option that takes one of these formats."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in choices:
            listed = ", ".join(choices)
            raise typer.BadParameter(f"{value!r} is not one of {listed}.", param_hint="--format")
        return value

    return check


def completing(choices: list[str]) -> Callable[[str], list[str]]:
    """Return what completes the name of one of these formats."""
    return lambda incomplete: [name for name in choices if name.startswith(incomplete)]
