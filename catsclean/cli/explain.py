"""``catsclean explain``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catsclean.validators.base import Validator


def command(
    name: Annotated[
        str | None,
        typer.Argument(help="Name of a validator, or of a family.", show_default=False),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="List every validator, by family.")] = False,
) -> None:
    """Say what a validator looks for, why it matters and what to do about it."""
    from catsclean.errors import ConfigError
    from catsclean.validators.base import FAMILIES
    from catsclean.validators.registry import all_validators, resolve

    if (name is None) != all_:
        raise ConfigError("name a validator or a family, or ask for --all, one of the two.")
    if all_ or name is None:
        _list(list(all_validators().values()))
        return
    kinds = [type(validator) for validator in resolve([name])]
    if name in {*FAMILIES, "all"}:
        _list(kinds)
    else:
        _show(kinds[0])


def _show(kind: type[Validator]) -> None:
    from catsclean.reports.catalogue import render_page

    page = render_page(kind)
    if not sys.stdout.isatty():
        sys.stdout.write(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(page), width=min(console.width, 100))


def _list(kinds: Sequence[type[Validator]]) -> None:
    if not sys.stdout.isatty():
        sys.stdout.writelines(
            f"{kind.name}\t{kind.family}\t{kind.severity.value}\t{kind.fix.value}"
            f"\t{'on' if kind.default else 'off'}\t{kind.summary()}\n"
            for kind in kinds
        )
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("", "Validator", "Severity", "Fix", "Default", "", box=None, pad_edge=False)
    family = ""
    for kind in kinds:
        if family and kind.family != family:
            table.add_row()
        table.add_row(
            kind.family if kind.family != family else "",
            Text(kind.name, style="bold"),
            kind.severity.value,
            kind.fix.value,
            "on" if kind.default else "off",
            Text(kind.summary()),
        )
        family = kind.family
    console = Console(highlight=False)
    console.print(table)
    console.print("\n[dim]catsclean explain NAME[/dim] shows a page.")
