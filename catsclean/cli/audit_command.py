"""Look at every file and say what is wrong with it; nothing is changed."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from catsclean.auditing.audit import audit
from catsclean.auditing.baseline import fingerprints, is_baseline, read_baseline, write_baseline
from catsclean.auditing.result import Audit
from catsclean.cli import EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_OK, options
from catsclean.cli.config import Config
from catsclean.cli.output import console_of, warn_of_interrupted_run
from catsclean.cli.progress_bars import showing_progress
from catsclean.core import names
from catsclean.core.files import check_target, is_text, saving
from catsclean.core.model import Severity
from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import UsageError
from catsclean.reports.tally import (
    exclusion,
    found,
    handling,
    incompleteness,
    leak_lines,
    several_sets,
    severity_counts,
    unjudged,
)


class Format(StrEnum):
    """How findings are printed."""

    TABLE = "table"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    """The least severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


class Color(StrEnum):
    """When to use colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class LayoutChoice(StrEnum):
    """How the folders name the classes."""

    AUTO = "auto"
    CLASSES = "classes"
    SPLITS = "splits"
    FLAT = "flat"


def command(
    path: options.Root,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            autocompletion=options.complete_names,
            help="Validators to run, or families: their members that are on by default"
            " (comma-separated); '+name' adds to the default.",
            show_default=False,
        ),
    ] = None,
    ignore: options.Ignore = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="PATTERN",
            help="Files or folders to leave out, as in a .gitignore: '*_mask.png', 'raw/'; may be"
            " repeated.",
            show_default=False,
        ),
    ] = None,
    follow_links: Annotated[
        bool,
        typer.Option(
            "--follow-links",
            help="Read what links lead to, within the data set; see --follow-links-to.",
        ),
    ] = False,
    follow_links_to: options.FollowLinksTo = None,
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="How to print findings: table on a terminal, concise in a pipe.",
            show_default=False,
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write there instead of to standard output, which is '-'.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            "--fail-on",
            help="Exit code 1 from this severity on (default: error).",
            show_default=False,
        ),
    ] = None,
    exit_zero: Annotated[
        bool,
        typer.Option(
            "--exit-zero",
            help="Exit code 0 instead of 1 if something is found; an incomplete audit is still 3.",
        ),
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", help="Leave out findings that this file lists.", show_default=False
        ),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option(
            "--write-baseline",
            help="Write all findings to this file, to be left out from now on.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            help="Report pictures that this other data set already has.",
            show_default=False,
        ),
    ] = None,
    only_new: Annotated[
        bool,
        typer.Option(
            "--only-new",
            help="List only the pictures that the data set of --against does not have.",
        ),
    ] = False,
    prefer: options.Prefer = None,
    layout: Annotated[
        LayoutChoice | None,
        typer.Option("--layout", help="Force a layout (default: auto).", show_default=False),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-j",
            min=1,
            help="Worker processes; where it is left out, one for each processor, and fewer where"
            " there is little to read.",
            show_default=False,
        ),
    ] = None,
    max_pixels: Annotated[
        int | None,
        typer.Option(
            "--max-pixels",
            min=1,
            help="Largest picture that is decoded (default: 50,000,000).",
            show_default=False,
        ),
    ] = None,
    max_bytes: Annotated[
        int | None,
        typer.Option(
            "--max-bytes",
            min=1,
            help="Largest file that is read (default: 104,857,600).",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            min=0.1,
            help="Seconds of processor time that one file may take (default: 10).",
            show_default=False,
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Read every file again and compare with what the last audit read."
        ),
    ] = False,
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache", help="Read every file, and remember nothing for the next audit."
        ),
    ] = False,
    probe: Annotated[
        str | None,
        typer.Option(
            "--probe",
            metavar="tensorflow",
            help="Ask TensorFlow itself about every picture.",
            show_default=False,
        ),
    ] = None,
    config_file: options.ConfigFile = None,
    state_dir: options.StateDir = None,
    color: Annotated[Color, typer.Option("--color", help="When to use colour.")] = Color.AUTO,
    no_progress: options.NoProgress = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Show the traceback of each validator that failed."),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="Print the findings and nothing else, one line each unless --format chooses.",
        ),
    ] = False,
) -> int:
    output = None if output == options.STANDARD_OUTPUT else output
    if only_new and against is None:
        raise UsageError("--only-new compares with another data set. Name it with --against.")
    _check_targets(path, state_dir, output, write_baseline)
    config = options.settings_of(config_file, path.resolve())
    bounds = _limits(config, max_pixels, max_bytes, timeout)
    workers = workers or config.workers
    known = _known(baseline or _listed(config, write_baseline))
    with showing_progress(hidden=no_progress or quiet) as progress:
        result = audit(
            path,
            select=options.names_of(select) or config.select,
            ignore=[*config.ignore, *(options.names_of(ignore) or ())],
            options=config.options,
            exclude=[*config.exclude, *(exclude or ())],
            follow_links=follow_links or config.follow_links,
            follow_links_to=follow_links_to,
            per_path_ignores=config.per_path_ignores,
            layout=layout.value if layout else config.layout or "auto",
            workers=workers,
            limits=bounds,
            against=against,
            prefer=[*(prefer or ()), *config.prefer],
            cache=not no_cache,
            verify=verify,
            probe=probe,
            state_dir=state_dir,
            progress=progress,
        )
    if only_new:
        _write_lines(result, result.only_new, output)
        return _exit_code(result, FailOn.NEVER, exit_zero=exit_zero)
    accepted = ""
    if write_baseline is not None:
        accepted = _accept(result, write_baseline)
        known = (known or frozenset()) | frozenset(fingerprints(result.manifest, result.findings))
    if known is not None:
        result = result.without(known)
    # a table is a summary itself
    usual = Format.TABLE if _is_terminal(output) and not quiet else Format.CONCISE
    chosen = Format.JSON if json_ else format_ or usual
    _write(result, chosen, output, color)
    if chosen is Format.CONCISE and output is None and not quiet:
        _summarise(result)
    if verbose:
        _show_tracebacks(result)
    if accepted and not quiet:
        typer.echo(accepted, err=True)
    warn_of_interrupted_run(result.state)
    return _exit_code(result, fail_on or FailOn(config.fail_on or "error"), exit_zero=exit_zero)


def _limits(
    config: Config, max_pixels: int | None, max_bytes: int | None, timeout: float | None
) -> Any:

    given: dict[str, Any] = {"max_pixels": max_pixels, "max_bytes": max_bytes, "timeout_s": timeout}
    return replace(config.limits, **{k: v for k, v in given.items() if v is not None})


def _listed(config: Config, write_baseline: Path | None) -> Path | None:
    """Give the baseline of the settings, which may be about to be written for the first time."""
    listed = config.baseline
    if listed is None or (write_baseline is not None and not listed.exists()):
        return None
    return listed


def _known(baseline: Path | None) -> frozenset[str] | None:
    if baseline is None:
        return None

    return read_baseline(baseline)


def _accept(result: Audit, target: Path) -> str:
    """Write all findings as the baseline; say how many there are and where they went."""
    write_baseline(target, result.manifest, result.findings, (result.root, result.state.path))
    where = repr(names.text(str(target)))
    return (
        f"Accepted {count(len(result.findings), 'finding')} ({severity_counts(result)}), written to"
        f" {where}: --baseline leaves them out."
    )


def _is_terminal(output: Path | None) -> bool:
    return output is None and sys.stdout.isatty()


def _write(result: Audit, chosen: Format, output: Path | None, color: Color) -> None:
    if chosen is Format.TABLE:
        _write_table(result, output, color)
        return

    module = {"json": "json_report"}.get(chosen.value, chosen.value)
    renderer = import_module(f"catsclean.reports.{module}")
    text = renderer.render(result)
    if output is not None:
        _save(result, output, text)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    if chosen is Format.GITHUB:
        renderer.write_step_summary(result)


def _write_lines(result: Audit, lines: Iterable[str], output: Path | None) -> None:
    text = "".join(f"{line}\n" for line in lines)
    if output is not None:
        _save(result, output, text)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()


def _write_table(result: Audit, output: Path | None, color: Color) -> None:
    from rich.console import Console

    from catsclean.reports.terminal import show

    force = {Color.AUTO: None, Color.ALWAYS: True, Color.NEVER: False}[color]
    if output is None:
        console = console_of(force_terminal=force, no_color=color is Color.NEVER or None)
        show(result, console)
        return
    text = io.StringIO()
    show(result, Console(width=100, file=text, highlight=False))
    _save(result, output, text.getvalue())


def _summarise(result: Audit) -> None:
    """Say on standard error what a long list of lines comes to; the lines go where they go."""
    lines = [*leak_lines(result), f"{found(result)} Nothing was changed.", handling(result)]
    if not result.findings:
        said = found(result)
        lines = [f"{count(result.summary['files'], 'file')}, {said[0].lower()}{said[1:]}"]
    left_out = exclusion(result)
    lines += [left_out and f"{left_out}.", several_sets(result), *unjudged(result)]
    if why := incompleteness(result):
        lines.append(f"The audit is incomplete: {why}. Do not trust a clean result.")
    for line in filter(None, lines):
        typer.echo(line, err=True)


def _show_tracebacks(result: Audit) -> None:
    for name, trace in result.summary["validator_tracebacks"].items():
        typer.echo(f"\n{name} failed: {trace}", err=True)


def _check_targets(
    root: Path, state_dir: Path | None, output: Path | None, baseline: Path | None
) -> None:
    """Refuse before the audit what could not be written after it."""
    if output is None and baseline is None:
        return

    state = StateFolder.of(root, state_dir)
    if baseline == options.STANDARD_OUTPUT:
        raise UsageError("a baseline is a file, to be read again. Received: '-'. Name one.")
    if baseline is not None and output is not None and baseline.resolve() == output.resolve():
        raise UsageError(
            "--output and --write-baseline are the same file."
            f" Received: {names.text(str(output))!r}. Name two."
        )
    for target, may_replace in ((output, is_text), (baseline, is_baseline)):
        if target is not None:
            check_target(target, may_replace, (state.root, state.path))


def _save(result: Audit, output: Path, text: str) -> None:

    with saving(output, is_text, (result.root, result.state.path)) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _exit_code(result: Audit, fail_on: FailOn, *, exit_zero: bool) -> int:

    if result.incomplete:
        return EXIT_INCOMPLETE
    if exit_zero or fail_on is FailOn.NEVER:
        return EXIT_OK
    least = Severity(fail_on.value).rank
    return EXIT_FINDINGS if any(f.severity.rank >= least for f in result.undecided) else EXIT_OK
