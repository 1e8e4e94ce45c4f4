"""Make a folder of drawn cats and dogs with every known defect, and the truth beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from catsclean.core import names
from catsclean.testing.practice import make_practice


def command(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder to make; must not exist, or be empty."),
    ],
    count: Annotated[int, typer.Option("--count", min=2, help="Number of healthy pictures.")] = 400,
    seed: Annotated[int, typer.Option("--seed", min=0, help="What all drawing follows from.")] = 0,
    no_defects: Annotated[
        bool, typer.Option("--no-defects", help="Plant no defects: healthy pictures only.")
    ] = False,
) -> None:
    practice = make_practice(folder, count=count, seed=seed, defects=not no_defects)
    console = Console(highlight=False, soft_wrap=True)
    pictures = " and ".join(f"{number} in {label}" for label, number in practice.healthy.items())
    shown = names.text(str(folder))
    console.print(Text(f"Made {shown}: {practice.files} files, healthy pictures: {pictures}."))
    if practice.planted:
        table = Table("Planted defect", "Files", box=None, pad_edge=False)
        table.columns[1].justify = "right"
        for validator, number in practice.planted.items():
            table.add_row(validator, str(number))
        table.add_row("total", str(sum(practice.planted.values())), style="bold")
        console.print(table)
    truth = practice.truth if folder.is_absolute() else folder.parent / practice.truth.name
    console.print(Text(f"Which file has which: {names.text(str(truth))}"))
    console.print()
    console.print(Text(f"  catsclean audit {names.shell_word(str(folder))}"))
