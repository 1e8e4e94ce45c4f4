"""Download a published data set, check it, and unpack it into a new folder.

A download that is cut short goes on when you run the command again. Sizes and digests are compared
with the published ones, or with those of your first download.

Data sets: cats-vs-dogs, rock-paper-scissors, horses-or-humans; or the address of a .zip, .tar.gz,
.tar or .parquet file.

Examples:
  catsclean download cats-vs-dogs
  catsclean download https://example.org/photos.zip --to data
  catsclean download https://example.org/photos.zip --manifest manifest.parquet

Docs: https://github.com/catsclean/catsclean/blob/main/docs/download.md
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import catsclean
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options
from catsclean.cli.output import say, show_hints, showing_count
from catsclean.cli.show_verification import show_verification
from catsclean.core import names
from catsclean.core.progress_bar import showing_bar
from catsclean.core.text import count, human_bytes
from catsclean.errors import ManifestError, UsageError


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a data set, or an address.")],
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FOLDER", help="Make the new folder in this one."),
    ] = Path(),
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest",
            metavar="FILE",
            help="Compare every file with this published manifest [default: the manifest.parquet"
            " that lies beside the pictures, if there is one].",
        ),
    ] = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    if manifest is not None and not manifest.is_file():
        raise UsageError(f"no such manifest. Received: {names.text(str(manifest))!r}.")
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
    sound = _verify(found, manifest, hidden=no_progress or quiet, quiet=quiet)
    show_hints(
        (f"catsclean audit {names.shell_word(str(found.path))}", "check every file"), hidden=quiet
    )
    if quiet:
        typer.echo(str(found.path))
    return EXIT_OK if sound else EXIT_FINDINGS


def _verify(
    found: catsclean.downloading.Downloaded, manifest: Path | None, *, hidden: bool, quiet: bool
) -> bool:
    """Compare what arrived with its manifest, if there is one; return whether nothing is wrong."""
    published = manifest or found.manifest
    if published is None:
        return True
    try:
        with showing_count("verifying", hidden=hidden) as progress:
            verified = catsclean.verify(published, found.path, progress=progress)
    except ManifestError as error:
        if manifest is not None:
            raise
        say(f"Not verified: what lies beside the pictures is no manifest of catsclean ({error}).")
        return True
    show_verification(verified, quiet=quiet)
    return verified.is_sound
