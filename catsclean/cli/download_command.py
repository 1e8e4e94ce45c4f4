"""Download a published data set, check it, and unpack it into a new folder.

A download that is cut short goes on when you run the command again. Sizes and digests are compared
with the published ones, or with those of your first download.

Data sets: cats-vs-dogs, rock-paper-scissors, horses-or-humans; or the address of a .zip, .tar or
.parquet file.

Examples:
  catsclean download cats-vs-dogs
  catsclean download https://example.org/photos.zip --to data

Docs: https://github.com/catsclean/catsclean/blob/main/docs/download.md
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import catsclean
from catsclean.cli import options
from catsclean.cli.output import say, show_hints
from catsclean.core import names
from catsclean.core.progress_bar import showing_bar
from catsclean.core.text import count, human_bytes


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a data set, or an address.")],
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FOLDER", help="Make the new folder in this one."),
    ] = Path(),
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> None:
    if no_progress or quiet or not sys.stderr.isatty():
        found = catsclean.download(name, to, progress=lambda _done, _total: None)
    else:
        with showing_bar("downloading", "B", leave=False) as progress:
            found = catsclean.download(name, to, progress=progress)
    shown = names.text(str(found.path))
    what = f"{human_bytes(found.size_bytes)}, {count(found.files, 'file')}"
    say(f"{'Downloaded' if found.is_new else 'There already'}: {shown} ({what})", hidden=quiet)
    for text in (found.title, found.licence and f"Licence: {found.licence}"):
        say(text, hidden=quiet or not text)
    say(f"Source: {names.text(found.source)}", hidden=quiet)
    for digest in found.first_digests:
        say(f"Nobody published a digest of it; this one is recorded: sha256 {digest}", hidden=quiet)
    show_hints(
        (f"catsclean audit {names.shell_word(str(found.path))}", "check every file"), hidden=quiet
    )
    if quiet:
        typer.echo(str(found.path))
