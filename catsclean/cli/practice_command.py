"""Make a practice data set: drawn cats and dogs with every kind of defect, or an exercise.

A CSV beside the folder lists which file has which defect.

Examples:
  catsclean practice PetImages
  catsclean practice PetImages --count 40 --seed 7
  catsclean practice Leaky --leaky
  catsclean practice Hands --subject hands

Docs: https://github.com/catsclean/catsclean/blob/main/docs/getting-started.md
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import console, table, text

import catsclean
from catsclean.cli import options
from catsclean.core import names


class Subject(StrEnum):
    """What is drawn."""

    PETS = "pets"
    HANDS = "hands"


def command(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Folder to make. It must be new or empty."),
    ],
    count: Annotated[
        int,
        typer.Option(
            "--count", metavar="NUMBER", min=2, help="Number of pictures without defects."
        ),
    ] = 400,
    seed: Annotated[int, typer.Option("--seed", metavar="NUMBER", min=0, help="Random seed.")] = 0,
    no_defects: Annotated[
        bool, typer.Option("--no-defects", help="Make only pictures without defects.")
    ] = False,
    subject: Annotated[
        Subject,
        typer.Option(
            "--subject",
            metavar="NAME",
            help=f"What to draw: {options.one_of(Subject)}, which show rock, paper or scissors in"
            " one to four altered copies.",
        ),
    ] = Subject.PETS,
    leaky: Annotated[
        bool,
        typer.Option(
            "--leaky",
            help="Make train and test folders that share every test picture.",
        ),
    ] = False,
    mislabel: Annotated[
        float,
        typer.Option(
            "--mislabel", metavar="SHARE", help="Give this share of the pictures a wrong label."
        ),
    ] = 0.0,
) -> None:
    practice = catsclean.make_practice(
        folder, count=count, seed=seed, defects=not no_defects, subject=subject.value, leaky=leaky,
        mislabel=mislabel,
    )  # fmt: skip
    out = console.Console(highlight=False, soft_wrap=True)
    pictures = ", ".join(f"{number} in {label}" for label, number in practice.healthy.items())
    shown = names.text(str(folder))
    out.print(text.Text(f"Made {shown}: {practice.files} files, healthy pictures: {pictures}."))
    if practice.planted:
        drawn = table.Table("Planted defect", "Files", box=None, pad_edge=False)
        drawn.columns[1].justify = "right"
        for validator, number in practice.planted.items():
            drawn.add_row(validator, str(number))
        drawn.add_row("total", str(sum(practice.planted.values())), style="bold")
        out.print(drawn)
    truth = practice.truth if folder.is_absolute() else folder.parent / practice.truth.name
    out.print(text.Text(f"Defects by file: {names.text(str(truth))}"))
    out.print()
    out.print(text.Text(f"  catsclean audit {names.shell_word(str(folder))}"))
