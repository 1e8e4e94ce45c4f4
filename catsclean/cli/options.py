"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

#: What ``-o -`` names.
STANDARD_OUTPUT: Final = Path("-")
Root = Annotated[Path, typer.Argument(help="Folder of the data set.", show_default=False)]
OptionalRoot = Annotated[
    Path | None,
    typer.Argument(
        help="Folder of the data set; the one audited below here where it is left out.",
        show_default=False,
    ),
]


def _state_dir(context: typer.Context, given: Path | None) -> Path | None:
    """Give the state folder that was named, else that of the settings."""
    if given is not None or context.resilient_parsing:
        return given
    from catsclean.config import find_config, load_config

    # what was named is parsed before what was not
    root = context.params.get("path")
    found = context.params.get("config_file") or find_config(root=root and root.resolve())
    return None if found is None else load_config(found).state_dir


StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        callback=_state_dir,
        help="State folder, where NAME.catsclean beside the data set will not do.",
        show_default=False,
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing unless something goes wrong.")
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Show no progress bar.")]


def complete_names(incomplete: str) -> list[str]:
    """Complete the last of some comma-separated names of validators and families."""
    from catsclean.validators.registry import list_names

    before, comma, last = incomplete.rpartition(",")
    plus = "+" if last.startswith("+") else ""
    begun = last.removeprefix("+")
    return [f"{before}{comma}{plus}{n}" for n in (*list_names(), "all") if n.startswith(begun)]


def names_of(values: list[str] | None) -> list[str] | None:
    """Split repeated and comma-separated names; None where the option was not given."""
    if not values:
        return None
    return [name.strip() for value in values for name in value.split(",") if name.strip()]
