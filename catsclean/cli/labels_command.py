"""Write the labels of a data set to a table.

It writes the path, label, status and digest of every sample, however the last audit found the
labels. An existing file is never overwritten.

Examples:
  catsclean labels export labels.csv
  catsclean labels export labels.parquet PetImages
  catsclean labels export one-cat.csv PetImages --rename Cat=cat

Docs: https://github.com/catsclean/catsclean/blob/main/docs/labels.md#export
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from catsclean.auditing import save
from catsclean.cli import options, output
from catsclean.core import names
from catsclean.core.text import count
from catsclean.errors import UsageError


class LabelsAction(StrEnum):
    """What to do with the labels."""

    EXPORT = "export"


def command(
    action: Annotated[
        LabelsAction, typer.Argument(metavar="ACTION", help="export writes them to FILE.")
    ],
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A new file: .csv, .tsv, .jsonl, .ndjson or .parquet."),
    ],
    path: options.OptionalRoot = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="LABELS",
            help="OLD=NEW writes the label NEW in place of OLD; no file of the data set changes."
            " May be repeated.",
            show_default=False,
        ),
    ] = None,
    state_dir: options.StateDir = None,
    quiet: options.Quiet = False,
) -> None:
    del action  # there is one
    state = output.find_state(path, state_dir, quiet=quiet, buckets=True)
    audit = save.load_audit(state)
    renamed = dict(_renamed(one, audit.manifest.labels) for one in rename or ())
    labelled = audit.save_labels(file, rename=renamed)
    shown = names.text(str(file))
    others = len(audit.manifest) - labelled
    more = f", {count(others, 'sample')} without one" if others else ""
    output.say(f"Wrote {count(labelled, 'label')}{more} to {shown}", hidden=quiet)


def _renamed(text: str, labels: Collection[str]) -> tuple[str, str]:
    """Read ``OLD=NEW``; a label may have equals signs itself.

    Raises:
        UsageError: It has none.
    """
    parts = text.split("=")
    pairs = [("=".join(parts[:at]), "=".join(parts[at:])) for at in range(1, len(parts))]
    if not pairs:
        raise UsageError(f"--rename is OLD=NEW. Received: {names.text(text)!r}.")
    return next((pair for pair in pairs if names.escape(pair[0]) in labels), pairs[0])
