"""Say what a validator looks for, why it matters and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from catsclean.cli import options
from catsclean.cli.output import console_of
from catsclean.errors import ConfigError
from catsclean.reports.catalogue import render_page
from catsclean.validators.base import FAMILIES, Validator
from catsclean.validators.registry import all_validators, names_of


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Name of a validator, or of a family.",
            show_default=False,
            autocompletion=options.complete_names,
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="List every validator, by family.")] = False,
) -> None:
    if (name is None) != all_:
        raise ConfigError("name a validator or a family, or ask for --all, one of the two.")
    if all_ or name is None:
        _list(list(all_validators().values()))
        return
    meant = names_of([name])
    kinds = [kind for known, kind in all_validators().items() if known in meant]
    if name in {*FAMILIES, "all"}:
        _list(kinds)
    else:
        _show(kinds[0])


def _show(kind: type[Validator]) -> None:

    page = render_page(kind)
    if not sys.stdout.isatty():
        sys.stdout.write(page)
        return

    console = console_of()
    console.print(Markdown(page), width=min(console.width, 100))


def _list(kinds: Sequence[type[Validator]]) -> None:
    if not sys.stdout.isatty():
        sys.stdout.writelines(
            f"{kind.name}\t{kind.family}\t{kind.severity.value}\t{kind.fix.value}"
            f"\t{'on' if kind.default else 'off'}\t{kind.summary()}\n"
            for kind in kinds
        )
        return

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("Validator", no_wrap=True)
    table.add_column("Severity", no_wrap=True)
    table.add_column("Fix", no_wrap=True)
    table.add_column("")
    family = ""
    for kind in kinds:
        if kind.family != family:
            family = kind.family
            table.add_row()
            table.add_row(Text(family, style="bold"))
        # a ring marks what runs only when it is selected
        name = f"  {kind.name}{'' if kind.default else ' °'}"
        table.add_row(Text(name), kind.severity.value, kind.fix.value, Text(kind.summary()))
    console = console_of()
    console.print(table)
    console.print("\n° off unless selected    [dim]catsclean explain NAME[/dim] shows a page")
