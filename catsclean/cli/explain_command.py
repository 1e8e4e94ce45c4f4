"""Explain a validator: what it finds, why it matters and what to do.

Examples:
  catsclean explain exact-duplicate
  catsclean explain duplicates
  catsclean explain --all

Docs: https://github.com/catsclean/catsclean/blob/main/docs/validators.md
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich import markdown, table, text

import catsclean
from catsclean.cli import options, output
from catsclean.core import site_address
from catsclean.errors import ConfigError
from catsclean.reports import validator_page
from catsclean.validators import installed, registry

_COLUMNS = ("Validator", "Family", "Severity", "Fix", "Default", "Finds")


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Name of a validator or a family.",
            autocompletion=options.complete_names,
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="List all validators, by family.")] = False,
) -> None:
    if name is not None and all_:
        raise ConfigError("name a validator or a family, or use --all, but not both.")
    if name is None and not all_:
        raise ConfigError(
            "no name given. Name a validator or a family, such as exact-duplicate, or list all:"
            " catsclean explain --all"
        )
    if all_ or name is None:
        _list(list(registry.all_validators().values()))
        return
    meant = registry.names_of([name])
    kinds = [kind for known, kind in registry.all_validators().items() if known in meant]
    if name in {*installed.FAMILIES, "all"}:
        _list(kinds)
    else:
        _show(kinds[0])


def _show(kind: type[catsclean.Validator]) -> None:
    page = validator_page.render_page(kind)
    if site_address.PUBLISHED and (address := validator_page.address_of(kind)):
        page += f"\nMore: <{address}>\n"
    if not sys.stdout.isatty():
        sys.stdout.write(page)
        return
    console = output.console_of()
    console.print(markdown.Markdown(page), width=min(console.width, 100))


def _list(kinds: Sequence[type[catsclean.Validator]]) -> None:
    if not sys.stdout.isatty():
        rows = [
            (
                kind.name,
                kind.family,
                kind.severity.value,
                kind.fix.value,
                "on" if kind.default else "off",
                kind.summary(),
            )
            for kind in kinds
        ]
        sys.stdout.writelines("\t".join(row) + "\n" for row in (_COLUMNS, *rows))
        return
    drawn = table.Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    drawn.add_column("Validator", no_wrap=True)
    drawn.add_column("Severity", no_wrap=True)
    drawn.add_column("Fix", no_wrap=True)
    drawn.add_column("")
    family = ""
    for kind in kinds:
        if kind.family != family:
            family = kind.family
            drawn.add_row()
            drawn.add_row(text.Text(family, style="bold"))
        # a ring marks what runs only when it is selected
        name = f"  {kind.name}{'' if kind.default else ' °'}"
        drawn.add_row(
            text.Text(name), kind.severity.value, kind.fix.value, text.Text(kind.summary())
        )
    console = output.console_of()
    console.print(drawn)
    console.print("\n° off unless selected")
    output.show_hints(("catsclean explain NAME", "explain one validator"))
