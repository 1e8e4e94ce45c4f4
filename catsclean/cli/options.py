"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from catsclean.cli.config import Config

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


def complete_names(incomplete: str) -> list[str]:
    """Complete the last of some comma-separated names of validators and families."""
    from catsclean.validators.registry import list_names

    before, comma, last = incomplete.rpartition(",")
    plus = "+" if last.startswith("+") else ""
    begun = last.removeprefix("+")
    return [f"{before}{comma}{plus}{n}" for n in (*list_names(), "all") if n.startswith(begun)]


def _state_dir(context: typer.Context, given: Path | None) -> Path | None:
    """Give the state folder that was named, else that of the settings."""
    if given is not None or context.resilient_parsing:
        return given
    # what was named is parsed before what was not
    root = context.params.get("path")
    return settings_of(context.params.get("config_file"), root and Path(root).resolve()).state_dir


StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        callback=_state_dir,
        help="State folder, where NAME.catsclean beside the data set will not do.",
        show_default=False,
    ),
]


def _follow_links_to(context: typer.Context, given: list[Path] | None) -> list[Path] | None:
    """Return the folders that were named, else those of the settings."""
    if given or context.resilient_parsing:
        return given
    root = context.params.get("path")
    found = settings_of(context.params.get("config_file"), root and Path(root).resolve())
    return list(found.follow_links_to) or None


FollowLinksTo = Annotated[
    list[Path] | None,
    typer.Option(
        "--follow-links-to",
        metavar="FOLDER",
        callback=_follow_links_to,
        help="Folder outside of the data set that links in it may lead into; may be repeated.",
        show_default=False,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        autocompletion=complete_names,
        help="Validators or families to leave out.",
        show_default=False,
    ),
]
Prefer = Annotated[
    list[str] | None,
    typer.Option(
        "--prefer",
        metavar="PATTERN",
        help="Of copies, keep those that match, as in a .gitignore: 'Sorted/'; may be repeated, the"
        " first counts most.",
        show_default=False,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Settings file instead of the nearest pyproject.toml or catsclean.toml.",
        show_default=False,
    ),
]
AllowIncomplete = Annotated[
    bool,
    typer.Option(
        "--allow-incomplete", help="Go on without the files that the audit could not examine."
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing unless something goes wrong.")
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Show no progress bar.")]


def settings_of(config_file: Path | None = None, root: Path | None = None) -> Config:
    """Read the settings file that was named, else the nearest one outside of the data set."""
    from catsclean.cli.config import Config, find_config, load_config

    found = config_file or find_config(root=root)
    return load_config(found) if found is not None else Config()


def names_of(values: list[str] | None) -> list[str] | None:
    """Split repeated and comma-separated names; None where the option was not given."""
    if not values:
        return None
    return [name.strip() for value in values for name in value.split(",") if name.strip()]
