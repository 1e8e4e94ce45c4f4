"""Check single files, such as those of a commit; for hooks, see docs/ci.md."""

from __future__ import annotations

import sys
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from catsclean.auditing.baseline import known_below, read_baseline
from catsclean.auditing.check import FAMILIES, check_files
from catsclean.cli import EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_OK, options
from catsclean.cli.audit_command import FailOn
from catsclean.cli.config import Config
from catsclean.cli.output import wrapped
from catsclean.core.model import Severity
from catsclean.core.text import count
from catsclean.errors import ConfigError
from catsclean.validators.registry import resolve


class CheckFormat(StrEnum):
    """How findings are printed."""

    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"


def command(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to check.", show_default=False)
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            autocompletion=options.complete_names,
            help="Validators or families to run (comma-separated; default: file,metadata); '+name'"
            " adds.",
            show_default=False,
        ),
    ] = None,
    ignore: options.Ignore = None,
    format_: Annotated[
        CheckFormat, typer.Option("--format", "-f", help="How to print findings.")
    ] = CheckFormat.CONCISE,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit code 1 from this severity on.")
    ] = FailOn.ERROR,
    root: Annotated[
        Path,
        typer.Option(
            "--root",
            help="Folder that all files lie below, and that paths in findings are relative to.",
        ),
    ] = Path(),
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            help="Leave out findings that this file lists, as audit --write-baseline wrote it.",
            show_default=False,
        ),
    ] = None,
    follow_links: Annotated[
        bool,
        typer.Option(
            "--follow-links", help="Check what links lead to, below --root; see --follow-links-to."
        ),
    ] = False,
    follow_links_to: options.FollowLinksTo = None,
    config_file: options.ConfigFile = None,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Findings and nothing else."),
    ] = False,
) -> int:
    config = options.settings_of(config_file)
    if not files:
        _note("no files to check", hidden=quiet)
    result = check_files(
        files or (),
        root=root,
        select=options.names_of(select) or _selected(config),
        ignore=[*config.ignore, *(options.names_of(ignore) or ())],
        options=config.options,
        per_path_ignores=config.per_path_ignores,
        limits=config.limits,
        workers=config.workers,
        follow_links=follow_links or config.follow_links,
        follow_links_to=follow_links_to,
    )
    if (listed := baseline or config.baseline) is not None:
        result = result.without(
            known_below(result.manifest, result.findings, read_baseline(listed))
        )
    if result.summary["left_out"]:
        names = ", ".join(result.summary["left_out"])
        _note(f"left out, for they compare the files of a data set: {names}", hidden=quiet)
    if links := result.summary["links_not_read"]:
        said = count(links, "file is a link and was", "files are links and were")
        _note(
            f"{said} not read; --follow-links checks those that lead below --root,"
            " --follow-links-to FOLDER those that lead into that folder",
            hidden=quiet,
        )
    module = {"json": "json_report"}.get(format_.value, format_.value)
    sys.stdout.write(import_module(f"catsclean.reports.{module}").render(result))
    if files and not result.findings and format_ is CheckFormat.CONCISE and sys.stdout.isatty():
        # in a pipe silence says it; on a terminal it would look like nothing was done
        _note(f"{count(result.summary['files'], 'file')}, no findings", hidden=quiet)
    if result.incomplete:
        return EXIT_INCOMPLETE
    if fail_on is FailOn.NEVER:
        return EXIT_OK
    least = Severity(fail_on.value).rank
    return EXIT_FINDINGS if any(f.severity.rank >= least for f in result.findings) else EXIT_OK


def _note(text: str, *, hidden: bool) -> None:
    if not hidden:
        print(wrapped(f"catsclean: {text}.", sys.stderr), file=sys.stderr)  # noqa: T201 - this is the command line


def _selected(config: Config) -> list[str] | None:
    """Give what the settings select for an audit, as far as it judges files by themselves."""
    if config.select is None:
        return None

    chosen = [each.name for each in resolve(config.select) if each.family in FAMILIES]
    if not chosen:
        raise ConfigError(
            f"{str(config.source)!r} selects no validator that judges a file by itself."
            f" Received: select = {list(config.select)}. Name some with --select."
        )
    return chosen
