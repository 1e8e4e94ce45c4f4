"""Compare a folder with its manifest: digests, places, and no picture in two splits.

Examples:
  catsclean verify PetImages-split/manifest.parquet
  catsclean verify manifest.csv PetImages

Docs: https://github.com/catsclean/catsclean/blob/main/docs/manifest.md#verify
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

import catsclean
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options
from catsclean.cli.output import say, show_table, showing_count
from catsclean.core import names
from catsclean.core.text import count

_JSON_VERSION: Final = 1
_SHOWN: Final = 20


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
    kinds = Counter(problem.kind for problem in found.problems)
    for kind, number in kinds.items():
        rows = [(one.path, one.why) for one in found.problems if one.kind == kind]
        show_table(f"{kind.capitalize()} ({count(number, 'file')})", ("File", "Why"), rows[:_SHOWN])
        if number > _SHOWN:
            say(f"And {number - _SHOWN:,} more: --json lists all.")
    where = names.text(str(found.folder))
    say(f"{count(found.whole, 'file')} in {where} as the manifest says.", hidden=quiet)
    if found.left_out:
        say(f"{count(found.left_out, 'file')} that it drops left out.", hidden=quiet)
    if found.unrecorded:
        say(f"{count(found.unrecorded, 'file')} without a digest in it: nothing can be said.")
    if found.is_sound:
        say("Nothing is missing, changed or in two splits.", hidden=quiet)
    return code
