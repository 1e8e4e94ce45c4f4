"""Check every file of a data set and report what is wrong.

Nothing in the data set is changed. The next step is `catsclean report` or `catsclean clean`.

Examples:
  catsclean audit PetImages
  catsclean audit PetImages --exclude 'raw/' --ignore pixels
  catsclean audit PetImages --format sarif -o findings.sarif
  catsclean audit dogs --labels labels.csv:id,breed

Docs: https://github.com/catsclean/catsclean/blob/main/docs/command-line.md
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich import console as consoles

import catsclean
from catsclean.auditing import audit_tasks
from catsclean.auditing import baseline as baselines
from catsclean.auditing.given_paths import dataset_of
from catsclean.cli import (
    EXIT_FINDINGS,
    EXIT_INCOMPLETE,
    EXIT_OK,
    config,
    options,
    output,
    output_formats,
)
from catsclean.cli.options import FailOn
from catsclean.cli.progress_bars import showing_progress
from catsclean.core import files, names
from catsclean.core import state as states
from catsclean.core.bucket_address import is_address
from catsclean.core.model import Severity
from catsclean.core.text import count
from catsclean.errors import UsageError
from catsclean.reports import concise_format, tally, terminal
from catsclean.reports import statistics as counted
from catsclean.reports.questions import left_to_do

_MOST_NOTES = 5  # of one validator, in a terminal


_FORMATS = [output_formats.TABLE, *output_formats.format_names()]


class Color(StrEnum):
    """When to use colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class EngineChoice(StrEnum):
    """Where files are read."""

    LOCAL = "local"
    RAY = "ray"


class LayoutChoice(StrEnum):
    """How the folders name the classes."""

    AUTO = "auto"
    CLASSES = "classes"
    SPLITS = "splits"
    FLAT = "flat"


def command(
    paths: options.Roots,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="NAME",
            autocompletion=options.complete_names,
            help="Validators or families to run, separated by commas. '+NAME' adds to the default.",
            show_default=False,
            rich_help_panel=options.CHECKS,
        ),
    ] = None,
    ignore: options.Ignore = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FOLDER",
            help="Report pictures that are also in this other data set.",
            show_default=False,
            rich_help_panel=options.CHECKS,
        ),
    ] = None,
    only_new: Annotated[
        bool,
        typer.Option(
            "--only-new",
            help="List only the pictures that are not in the data set of --against.",
            rich_help_panel=options.CHECKS,
        ),
    ] = False,
    prefer: options.Prefer = None,
    baseline: options.Baseline = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option(
            "--write-baseline",
            metavar="FILE",
            help="Write all findings to this file, for --baseline.",
            show_default=False,
            rich_help_panel=options.CHECKS,
        ),
    ] = None,
    content: options.Content = None,
    embedder: options.EmbedderName = None,
    probe: Annotated[
        str | None,
        typer.Option(
            "--probe",
            metavar="NAME",
            help="Also decode every picture with TensorFlow: `--probe tensorflow`.",
            show_default=False,
            rich_help_panel=options.CHECKS,
        ),
    ] = None,
    exclude: options.Exclude = None,
    layout: Annotated[
        LayoutChoice | None,
        typer.Option(
            "--layout",
            metavar="LAYOUT",
            help=f"How folders name classes: {options.one_of(LayoutChoice)} [default: auto].",
            show_default=False,
            rich_help_panel=options.FILES,
        ),
    ] = None,
    labels: options.Labels = None,
    follow_links: options.FollowLinks = False,
    follow_links_to: options.FollowLinksTo = None,
    format_: Annotated[
        str | None,
        output_formats.format_option(_FORMATS, "table on a terminal, concise in a pipe"),
    ] = None,
    json_: Annotated[
        bool,
        typer.Option("--json", help="Same as --format json.", rich_help_panel=options.OUTPUT),
    ] = False,
    statistics: Annotated[
        bool,
        typer.Option(
            "--statistics",
            help="Print the number of findings by validator instead of the findings.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    target: options.Output = None,
    color: Annotated[
        Color,
        typer.Option(
            "--color",
            metavar="WHEN",
            help=f"Use colour: {options.one_of(Color)}.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = Color.AUTO,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Show the traceback of each validator that fails.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="Print only findings, one per line unless --format is given; on a terminal, at"
            " most 5 notes of a validator.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    fail_on: options.FailOnLevel = None,
    exit_zero: Annotated[
        bool,
        typer.Option(
            "--exit-zero",
            help="Exit with 0 even if there are findings. An incomplete audit still exits with 3.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-j",
            metavar="NUMBER",
            min=1,
            help="Number of worker processes [default: one per processor, fewer for few files].",
            show_default=False,
            rich_help_panel=options.LIMITS,
        ),
    ] = None,
    engine: Annotated[
        EngineChoice | None,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="Where to read and compare files: local (worker processes) or ray (a Ray cluster)"
            " [default: local].",
            show_default=False,
            rich_help_panel=options.LIMITS,
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="ADDRESS",
            help="Address of the Ray cluster, such as auto or ray://head:10001 [default: the one"
            " that Ray finds, else a new one on this machine].",
            show_default=False,
            rich_help_panel=options.LIMITS,
        ),
    ] = None,
    max_pixels: options.MaxPixels = None,
    max_bytes: options.MaxBytes = None,
    timeout: options.Timeout = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Read every file again and compare it with the last audit.",
            rich_help_panel=options.LIMITS,
        ),
    ] = False,
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache",
            help="Neither read nor write the cache.",
            rich_help_panel=options.LIMITS,
        ),
    ] = False,
    config_file: options.ConfigFile = None,
    state_dir: options.StateDir = None,
    no_progress: options.NoProgress = False,
) -> int:
    if only_new and against is None:
        raise UsageError("--only-new compares with another data set. Name it with --against.")
    wanted = output_formats.JSON if json_ else format_
    if statistics:
        _check_statistics(wanted)
    path, _ = dataset_of(paths)
    _check_targets(Path(path), state_dir, target, write_baseline)
    settings = options.settings_of(config_file, Path(path).resolve(), validators=True)
    known = _known(baseline or _listed(settings, write_baseline))
    limits = options.limits_of(settings, max_pixels, max_bytes, timeout)
    for note in () if no_cache else audit_tasks.plan_notes(path, state_dir, limits):
        typer.echo(note, err=True)
    with showing_progress(hidden=no_progress or quiet) as progress:
        result = catsclean.audit(
            paths if len(paths) > 1 else paths[0],
            select=options.names_of(select) or settings.select,
            ignore=[*settings.ignore, *(options.names_of(ignore) or ())],
            options=settings.options,
            exclude=[*settings.exclude, *(exclude or ())],
            follow_links=follow_links or settings.follow_links,
            follow_links_to=follow_links_to,
            per_path_ignores=settings.per_path_ignores,
            layout=layout.value if layout else settings.layout or "auto",
            labels=settings.labels if labels is None else labels,
            workers=workers or settings.workers,
            engine=engine.value if engine else None,
            address=address,
            limits=limits,
            against=against,
            prefer=[*(prefer or ()), *settings.prefer],
            cache=not no_cache,
            verify=verify,
            probe=cast("Any", probe),  # audit() refuses other words
            **options.content_of(settings, content, embedder),
            state_dir=state_dir,
            progress=progress,
        )
    if only_new:
        _write_lines(result, result.only_new, target)
        return _exit_code(result, FailOn.NEVER, exit_zero=exit_zero)
    accepted = ""
    if write_baseline is not None:
        accepted = _accept(result, write_baseline)
        accepted_now = baselines.fingerprints(result.manifest, result.findings)
        known = (known or frozenset()) | frozenset(accepted_now)
    if known is not None:
        result = result.without(known)
    if statistics:
        _show_statistics(result, wanted, target, quiet=quiet)
    else:
        _show(result, wanted, target, color, quiet=quiet)
    if verbose:
        _show_tracebacks(result)
    patterns = [*settings.exclude, *(exclude or ())]
    if patterns and not result.dataset.excluded and not quiet:
        typer.echo(f"Note: nothing here matches {tally.exclude_words(patterns)}.", err=True)
    if accepted and not quiet:
        typer.echo(accepted, err=True)
    output.warn_of_interrupted_run(result.state)
    return _exit_code(result, fail_on or FailOn(settings.fail_on or "error"), exit_zero=exit_zero)


def _check_statistics(wanted: str | None) -> None:
    if wanted not in {None, output_formats.CONCISE, output_formats.JSON}:
        raise UsageError(
            f"--statistics has no format of this name. Received: {wanted!r}. Use --format concise"
            " or --format json."
        )


def _show_statistics(
    result: catsclean.Audit, wanted: str | None, target: Path | None, *, quiet: bool
) -> None:
    as_json = wanted == output_formats.JSON
    _write_text(result, counted.render_statistics(result, as_json=as_json), target)
    if not as_json and target is None and not quiet:
        _summarise(result)


def _listed(settings: config.Config, write_baseline: Path | None) -> Path | None:
    """Return the baseline of the settings, unless it is about to be written for the first time."""
    listed = settings.baseline
    if listed is None or (write_baseline is not None and not listed.exists()):
        return None
    return listed


def _known(baseline: Path | None) -> frozenset[str] | None:
    return None if baseline is None else baselines.read_baseline(baseline)


def _accept(result: catsclean.Audit, target: Path) -> str:
    """Write all findings as the baseline; return how many there are and where they went."""
    outside = (result.root, result.state.path)
    baselines.write_baseline(target, result.manifest, result.findings, outside)
    where = repr(names.text(str(target)))
    return (
        f"Wrote {count(len(result.findings), 'finding')} ({tally.severity_counts(result)}) to"
        f" {where}; --baseline ignores them."
    )


def _show(
    result: catsclean.Audit, wanted: str | None, target: Path | None, color: Color, *, quiet: bool
) -> None:
    """Write the findings in the wanted format, else in the usual one of where they go."""
    on_terminal = target is None and sys.stdout.isatty()
    usual = output_formats.TABLE if on_terminal and not quiet else output_formats.CONCISE
    chosen = wanted or usual
    # on a terminal, hundreds of notes would push everything else out of sight
    short = on_terminal and quiet and wanted is None and chosen == output_formats.CONCISE
    if short:
        _write_text(result, concise_format.render_short(result, _MOST_NOTES), target)
    else:
        _write(result, chosen, target, color)
    # a table has its own summary
    if chosen == output_formats.CONCISE and target is None and not quiet:
        _summarise(result)


def _write(result: catsclean.Audit, chosen: str, target: Path | None, color: Color) -> None:
    if chosen == output_formats.TABLE:
        _write_table(result, target, color)
        return
    output_formats.write_audit(result, chosen, target, _outside(result))


def _write_lines(result: catsclean.Audit, lines: Iterable[str], target: Path | None) -> None:
    _write_text(result, "".join(f"{line}\n" for line in lines), target)


def _write_text(result: catsclean.Audit, text: str, target: Path | None) -> None:
    output.write_findings(text, target, _outside(result))


def _outside(result: catsclean.Audit) -> tuple[Path, Path]:
    """Return the folders that no findings are written into."""
    return result.root, result.state.path


def _write_table(result: catsclean.Audit, target: Path | None, color: Color) -> None:
    if target is None:
        force = {Color.AUTO: None, Color.ALWAYS: True, Color.NEVER: False}[color]
        no_color = color is Color.NEVER or None
        terminal.show(result, output.console_of(force_terminal=force, no_color=no_color))
        return
    text = io.StringIO()
    terminal.show(result, consoles.Console(width=100, file=text, highlight=False))
    _write_text(result, text.getvalue(), target)


def _summarise(result: catsclean.Audit) -> None:
    """Print the summary on standard error, while the findings go to standard output."""
    found = tally.found(result)
    left = left_to_do.left_to_do(result)
    lines = [*tally.leak_lines(result), f"{found} Nothing was changed."]
    lines += [left_to_do.summed_up(result, left), left.trouble, tally.saved_split_line(result)]
    if not result.findings:
        lines = [f"{count(result.summary['files'], 'file')}, {found[0].lower()}{found[1:]}"]
    skipped = tally.exclusion(result)
    lines += [skipped and f"{skipped}.", tally.several_sets(result), tally.replaced_line(result)]
    lines.append(tally.gone_line(result))
    for said in (tally.unlabelled_line(result), tally.labels_line(result)):
        lines.append(said and f"{said[0].upper()}{said[1:]}.")
    lines += [tally.content_line(result), tally.worth_line(result), *tally.unjudged(result)]
    if why := tally.incompleteness(result):
        lines.append(f"The audit is incomplete: {why}. Do not trust a clean result.")
    for line in filter(None, lines):
        typer.echo(line, err=True)


def _show_tracebacks(result: catsclean.Audit) -> None:
    for name, trace in result.summary["validator_tracebacks"].items():
        typer.echo(f"\n{name} failed: {trace}", err=True)


def _check_targets(
    root: Path, state_dir: Path | None, target: Path | None, baseline: Path | None
) -> None:
    """Refuse before the audit what could not be written after it."""
    if target is None and baseline is None:
        return
    outside: tuple[Path, ...] = () if state_dir is None else (state_dir.resolve(),)
    if not is_address(root):
        state = states.StateFolder.of(root, state_dir)
        outside = (state.root, state.path)
    if baseline == options.STANDARD_OUTPUT:
        raise UsageError("--write-baseline needs a file. Received: '-'. Name a file.")
    if baseline is not None and target is not None and baseline.resolve() == target.resolve():
        raise UsageError(
            "--output and --write-baseline name the same file."
            f" Received: {names.text(str(target))!r}. Name two files."
        )
    for path, may_replace in ((target, files.is_text), (baseline, baselines.is_baseline)):
        if path is not None:
            files.check_target(path, may_replace, outside)


def _exit_code(result: catsclean.Audit, fail_on: FailOn, *, exit_zero: bool) -> int:
    if result.incomplete:
        return EXIT_INCOMPLETE
    if exit_zero or fail_on is FailOn.NEVER:
        return EXIT_OK
    least = Severity(fail_on.value).rank
    return EXIT_FINDINGS if any(f.severity.rank >= least for f in result.undecided) else EXIT_OK
