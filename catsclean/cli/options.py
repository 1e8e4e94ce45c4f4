"""Options that several commands share, and the groups that help shows them in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from catsclean.auditing.given_paths import dataset_of
from catsclean.cli import config as configs
from catsclean.cli.settings_check import check_sidecars, check_values
from catsclean.cli.settings_table import variable_of
from catsclean.core.limits import Limits
from catsclean.errors import CatscleanError
from catsclean.validators import installed

CHECKS: Final = "Checks"
FILES: Final = "Files"
OUTPUT: Final = "Output"
LIMITS: Final = "Limits and cache"
#: What ``-o -`` names.
STANDARD_OUTPUT: Final = Path("-")


class FailOn(StrEnum):
    """The least severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


def one_of(choices: Iterable[str]) -> str:
    """List choices for a help text: ``error, warning or note``."""
    *most, last = choices
    return f"{', '.join(most)} or {last}"


def complete_names(incomplete: str) -> list[str]:
    """Complete the last of some comma-separated names of validators and families."""
    before, comma, last = incomplete.rpartition(",")
    plus = "+" if last.startswith("+") else ""
    begun = last.removeprefix("+")
    names = (*installed.list_names(), "all")
    return [f"{before}{comma}{plus}{name}" for name in names if name.startswith(begun)]


def settings_of(
    config_file: Path | None = None, root: Path | None = None, *, validators: bool = False
) -> configs.Config:
    """Read the settings file that was named, else the nearest one outside the data set.

    An environment variable takes the place of what the file says.

    Args:
        config_file: The file that was named.
        root: The data set.
        validators: Check what they say about validators, too, because the command runs some.
    """
    found = settings_file(config_file, root)
    values = configs.read_settings_file(found) if found is not None else {}
    variables = configs.read_variables(os.environ)
    for some, source in ((values, lambda key: f"{str(found)!r}: {key}"), (variables, variable_of)):
        check_sidecars(some, source)
        if validators:
            check_values(some, source)
    return configs.config_of(values | variables, found)


def settings_file(config_file: Path | None = None, root: Path | None = None) -> Path | None:
    """Return the settings file that was named, else the nearest one outside the data set."""
    named = config_file or os.environ.get(variable_of("config"))
    return Path(named) if named else configs.find_config(root=root)


def names_of(values: list[str] | None) -> list[str] | None:
    """Split repeated and comma-separated names; None if the option was not given."""
    if not values:
        return None
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def limits_of(
    settings: configs.Config, max_pixels: int | None, max_bytes: int | None, timeout: float | None
) -> Limits:
    """Return the limits: options win over settings."""
    given: dict[str, Any] = {"max_pixels": max_pixels, "max_bytes": max_bytes, "timeout_s": timeout}
    return replace(settings.limits, **{k: v for k, v in given.items() if v is not None})


def content_of(
    settings: configs.Config, content: bool | None, embedder: str | None
) -> dict[str, Any]:
    """Return whether to examine content, and by which embedder: options win over settings."""
    if content is None and not (embedder and settings.content is False):
        content = settings.content
    usual = None if content is False else settings.embedder
    return {"content": content, "embedder": embedder or usual}


def root_of(context: typer.Context) -> Path | None:
    """Return the data set of a command; what was named is parsed before what was not.

    None if it is not named, and not found from the working folder either.
    """
    named: Any = context.params.get("path") or context.params.get("paths")
    if named:
        return Path(dataset_of(named)[0]).resolve()
    from catsclean.core import state as states  # help needs none

    with contextlib.suppress(CatscleanError):
        return states.locate().root
    return None


def _state_dir(context: typer.Context, given: Path | None) -> Path | None:
    """Return the state folder that was named, else that of the settings."""
    if given is not None or context.resilient_parsing:
        return given
    return settings_of(context.params.get("config_file"), root_of(context)).state_dir


def _follow_links_to(context: typer.Context, given: list[Path] | None) -> list[Path] | None:
    """Return the folders that were named, else those of the settings."""
    if given or context.resilient_parsing:
        return given
    found = settings_of(context.params.get("config_file"), root_of(context))
    return list(found.follow_links_to) or None


def _target(given: Path | None) -> Path | None:
    """Return the file to write; None for standard output."""
    return None if given == STANDARD_OUTPUT else given


Root = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the data set.")]
Roots = Annotated[
    list[Path],
    typer.Argument(
        metavar="FOLDER",
        help="Folder of the data set, here or in a bucket (s3://BUCKET/FOLDER);"
        " or .tar, .zip or .parquet files with pictures in them.",
    ),
]
OptionalRoot = Annotated[
    Path | None,
    typer.Argument(
        metavar="FOLDER",
        help="Folder of the data set [default: the audited one around the working folder,"
        " or the only one below it].",
    ),
]
Model = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        help="A .keras file, or the folder of a training run (its best model).",
    ),
]
Run = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="Name of a clean or a repair, from `catsclean log`."),
]
StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        metavar="FOLDER",
        callback=_state_dir,
        help="State folder, if not NAME.catsclean beside the data set.",
    ),
]
FollowLinksTo = Annotated[
    list[Path] | None,
    typer.Option(
        "--follow-links-to",
        metavar="FOLDER",
        callback=_follow_links_to,
        help="Also follow links into this folder outside the data set. May be repeated.",
        rich_help_panel=FILES,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="NAME",
        autocompletion=complete_names,
        help="Validators or families to skip, separated by commas.",
        rich_help_panel=CHECKS,
    ),
]
Prefer = Annotated[
    list[str] | None,
    typer.Option(
        "--prefer",
        metavar="PATTERN",
        help="Among copies, prefer files that match this .gitignore pattern, such as 'Sorted/'."
        " May be repeated; the first counts most.",
        rich_help_panel=CHECKS,
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Ignore the findings in this file, written by `audit --write-baseline`.",
        rich_help_panel=CHECKS,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        callback=_target,
        help="Write to this file instead of standard output ('-').",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        is_eager=True,  # other options fall back on what it sets
        help="Settings file [default: the nearest catsclean.toml or pyproject.toml].",
    ),
]
FailOnLevel = Annotated[
    FailOn | None,
    typer.Option(
        "--fail-on",
        metavar="LEVEL",
        help="Exit with 1 if there are findings of this severity or worse:"
        f" {one_of(FailOn)} [default: error].",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="SOURCE",
        help="Where labels come from: auto, folders, names (cat.0.jpg), name:REGEX, metadata, or a"
        " table, FILE:PATH,LABEL [default: as in the last audit, else auto].",
        show_default=False,
        rich_help_panel=FILES,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="PATTERN",
        help="Files or folders to skip, as in a .gitignore: '*_mask.png', 'raw/'. May be repeated.",
        show_default=False,
        rich_help_panel=FILES,
    ),
]
FollowLinks = Annotated[
    bool,
    typer.Option(
        "--follow-links",
        help="Follow links that stay in the data set.",
        rich_help_panel=FILES,
    ),
]
MaxPixels = Annotated[
    int | None,
    typer.Option(
        "--max-pixels",
        metavar="NUMBER",
        min=1,
        help="Skip pictures with more pixels [default: 50,000,000].",
        show_default=False,
        rich_help_panel=LIMITS,
    ),
]
MaxBytes = Annotated[
    int | None,
    typer.Option(
        "--max-bytes",
        metavar="NUMBER",
        min=1,
        help="Skip files with more bytes [default: 104,857,600].",
        show_default=False,
        rich_help_panel=LIMITS,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=0.1,
        help="Stop reading a file after this much processor time [default: 10].",
        show_default=False,
        rich_help_panel=LIMITS,
    ),
]
Content = Annotated[
    bool | None,
    typer.Option(
        "--content/--no-content",
        help="Check what pictures show [default: if the extra is installed].",
        show_default=False,
        rich_help_panel=CHECKS,
    ),
]
EmbedderName = Annotated[
    str | None,
    typer.Option(
        "--embedder",
        metavar="NAME",
        help="Network that looks at pictures: lite0, onnx:FILE, keras:NAME or keras:RUN"
        " [default: lite0].",
        show_default=False,
        rich_help_panel=CHECKS,
    ),
]
AllowIncomplete = Annotated[
    bool,
    typer.Option(
        "--allow-incomplete",
        help="Continue without the files that the audit could not check.",
        rich_help_panel=FILES,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Hide the progress bar.")]
