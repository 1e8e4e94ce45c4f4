"""Check single files, for example in a pre-commit hook.

It runs the validators that judge a file by itself, and needs no audit.

Examples:
  catsclean check cat.jpg dog.png
  catsclean check --root PetImages PetImages/Cat/*.jpg
  catsclean check --since origin/main

Docs: https://github.com/catsclean/catsclean/blob/main/docs/ci.md#catsclean-check-file
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

import catsclean
from catsclean.auditing import baseline as baselines
from catsclean.auditing import check
from catsclean.cli import (
    EXIT_FINDINGS,
    EXIT_INCOMPLETE,
    EXIT_OK,
    config,
    options,
    output_formats,
)
from catsclean.cli.options import FailOn
from catsclean.cli.streams import wrapped
from catsclean.core import files as core_files
from catsclean.core import names
from catsclean.core.model import Severity
from catsclean.core.text import count
from catsclean.errors import ConfigError, UsageError
from catsclean.reports import tally
from catsclean.validators import registry

_FORMATS = output_formats.format_names()


def command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE", help="Files to check; with --since, files or folders to look in."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="REF",
            help="Check the files that changed since this commit, branch or tag, as git says.",
            show_default=False,
            rich_help_panel=options.FILES,
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="NAME",
            autocompletion=options.complete_names,
            help="Validators or families to run, separated by commas [default: file,metadata]."
            " '+NAME' adds to the default.",
            rich_help_panel=options.CHECKS,
        ),
    ] = None,
    ignore: options.Ignore = None,
    format_: Annotated[
        str,
        output_formats.format_option(_FORMATS, output_formats.CONCISE),
    ] = output_formats.CONCISE,
    target: options.Output = None,
    fail_on: options.FailOnLevel = None,
    root: Annotated[
        Path,
        typer.Option(
            "--root",
            metavar="FOLDER",
            help="Folder that holds all files. Findings name paths relative to it.",
            rich_help_panel=options.FILES,
        ),
    ] = Path(),
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="SOURCE",
            help="Where labels come from: folders, names, name:REGEX, or a table, FILE:PATH,LABEL"
            " [default: folders].",
            show_default=False,
            rich_help_panel=options.FILES,
        ),
    ] = None,
    baseline: options.Baseline = None,
    follow_links: Annotated[
        bool,
        typer.Option(
            "--follow-links",
            help="Follow links that stay in --root.",
            rich_help_panel=options.FILES,
        ),
    ] = False,
    follow_links_to: options.FollowLinksTo = None,
    config_file: options.ConfigFile = None,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print only findings.", rich_help_panel=options.OUTPUT),
    ] = False,
) -> int:
    _check_target(target, files or ())
    settings = options.settings_of(config_file, validators=True)
    if not files and since is None:
        _note("no files to check", hidden=quiet)
    result = catsclean.check_files(
        files or (),
        since=since,
        root=root,
        select=options.names_of(select) or _selected(settings),
        ignore=[*settings.ignore, *(options.names_of(ignore) or ())],
        options=settings.options,
        per_path_ignores=settings.per_path_ignores,
        labels=settings.labels if labels is None else labels,
        limits=settings.limits,
        workers=settings.workers,
        follow_links=follow_links or settings.follow_links,
        follow_links_to=follow_links_to,
    )
    if (listed := baseline or settings.baseline) is not None:
        known = baselines.read_baseline(listed)
        result = result.without(baselines.known_below(result.manifest, result.findings, known))
    for note in _notes(result, since):
        _note(note, hidden=quiet)
    if since is not None:  # only now it is known which files those are
        _check_target(target, _checked_files(result))
    output_formats.write_audit(result, format_, target, outside=None)
    silent = target is None and not result.findings and format_ == output_formats.CONCISE
    if files and silent and sys.stdout.isatty():
        # on a terminal silence would look as if nothing was done
        _note(f"{count(result.summary['files'], 'file')}, no findings", hidden=quiet)
    if result.incomplete:
        return EXIT_INCOMPLETE
    level = fail_on or FailOn(settings.fail_on or "error")
    if level is FailOn.NEVER:
        return EXIT_OK
    least = Severity(level.value).rank
    return EXIT_FINDINGS if any(f.severity.rank >= least for f in result.findings) else EXIT_OK


def _check_target(target: Path | None, checked: Iterable[Path]) -> None:
    """Refuse a file that must not be written, or that is one of the checked files.

    A check does not know where the data set begins, so the file may lie beside them.
    """
    if target is None:
        return
    core_files.check_target(target, core_files.is_text)
    place = target.resolve()
    if any(path.resolve() == place for path in checked):
        raise UsageError(
            "--output names one of the files to check."
            f" Received: {names.text(str(target))!r}. Name another file."
        )


def _checked_files(result: catsclean.Audit) -> Iterator[Path]:
    for path in result.manifest.lists(["path"])["path"]:
        yield result.root / names.decode(path)


def _notes(result: catsclean.Audit, since: str | None) -> Iterator[str]:
    """Say what was not checked, and which findings are not shown."""
    if since is not None:
        yield _since_note(since, result)
    if result.summary["left_out"]:
        skipped = ", ".join(result.summary["left_out"])
        yield f"skipped, because they need the whole data set: {skipped}"
    if links := result.summary["links_not_read"]:
        skipped = count(links, "link was", "links were")
        yield (
            f"{skipped} not followed. Use --follow-links for links within --root,"
            " --follow-links-to FOLDER for links into that folder"
        )
    if ignored := tally.exclusion(result):
        yield ignored
    if known := result.summary.get("baselined", 0):
        yield f"{count(known, 'finding is', 'findings are')} in the baseline"


def _since_note(since: str, result: catsclean.Audit) -> str:
    """Say how much was checked, and how much was not."""
    checked = count(result.summary["files"], "file")
    others = count(result.summary["not_checked"], "other picture was", "other pictures were")
    return f"checked {checked} that changed since {names.text(since)}; {others} not checked"


def _note(text: str, *, hidden: bool) -> None:
    if not hidden:
        print(wrapped(f"catsclean: {text}.", sys.stderr), file=sys.stderr)  # noqa: T201 - this is the command line


def _selected(settings: config.Config) -> list[str] | None:
    """Return the validators that the settings select, without those that need a whole data set."""
    if settings.select is None:
        return None
    selected = registry.resolve(settings.select)
    chosen = [each.name for each in selected if each.family in check.FAMILIES]
    if not chosen:
        raise ConfigError(
            f"{str(settings.source)!r} selects no validator that judges a single file."
            f" Received: select = {list(settings.select)}. Name some with --select."
        )
    return chosen
