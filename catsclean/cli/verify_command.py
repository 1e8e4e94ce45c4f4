"""Compare a folder with its manifest: digests, places, and no picture in two splits.

Examples:
  catsclean verify PetImages-split/manifest.parquet
  catsclean verify manifest.csv PetImages

Docs: https://github.com/catsclean/catsclean/blob/main/docs/manifest.md#verify
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

import catsclean
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options
from catsclean.cli.output import say, showing_count
from catsclean.cli.show_verification import show_verification
from catsclean.core import names

_JSON_VERSION: Final = 1


def command(
    manifest: Annotated[
        Path, typer.Argument(metavar="MANIFEST", help="The manifest, Parquet or CSV.")
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="The folder with its files [default: that of the manifest, or the one that it was"
            " made for].",
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    with showing_count("reading", hidden=no_progress or quiet or json_) as progress:
        found = catsclean.verify(manifest, folder, progress=progress)
    code = EXIT_OK if found.is_sound else EXIT_FINDINGS
    if json_:
        plain = asdict(found) | {"folder": names.encode(str(found.folder))}
        say(json.dumps({"schema_version": _JSON_VERSION, "is_sound": found.is_sound, **plain}))
        return code
    show_verification(found, quiet=quiet)
    return code
