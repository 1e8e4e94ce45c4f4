"""Write the labels of a data set to a table.

It writes the path, label, status and digest of every sample, however the last audit found the
labels. An existing file is never overwritten.

Examples:
  catsclean labels export labels.csv
  catsclean labels export labels.parquet PetImages

Docs: https://github.com/catsclean/catsclean/blob/main/docs/labels.md#export
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from catsclean.auditing import save
from catsclean.cli import options, output
from catsclean.core import names
from catsclean.core.text import count


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
    state_dir: options.StateDir = None,
    quiet: options.Quiet = False,
) -> None:
    del action  # there is one
    state = output.find_state(path, state_dir, quiet=quiet, buckets=True)
    audit = save.load_audit(state)
    labelled = audit.save_labels(file)
    shown = names.text(str(file))
    others = len(audit.manifest) - labelled
    more = f", {count(others, 'sample')} without one" if others else ""
    output.say(f"Wrote {count(labelled, 'label')}{more} to {shown}", hidden=quiet)
