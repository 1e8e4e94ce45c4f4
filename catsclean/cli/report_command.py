"""Make one page of the last audit, to look at it and to choose what to keep."""

from __future__ import annotations

import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from catsclean.auditing.save import load_audit
from catsclean.cli import EXIT_OK, options
from catsclean.core import names
from catsclean.core.files import check_target, is_text, saving
from catsclean.core.state import StateFolder, locate
from catsclean.core.text import human_bytes
from catsclean.errors import UsageError
from catsclean.reports.html import address_of, render_html
from catsclean.reports.html.page import ReportProgress

_HIDDEN_SECONDS = 1.0


def command(
    path: options.OptionalRoot = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write the page, '-' for standard output; report.html in the state folder"
            " where it is left out.",
            show_default=False,
        ),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Open the page in the web browser.")
    ] = False,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    state = locate(path, state_dir, follow_links_to)
    state.remove_leftovers()
    audit = load_audit(state)
    arguments = state.arguments if state.named else None
    if output == options.STANDARD_OUTPUT and open_:
        raise UsageError("--open shows a page that is a file. Name an --output that is one.")
    target = (output or state.report).absolute()
    if output is not None and output != options.STANDARD_OUTPUT:
        check_target(target, is_text, _outside(target, state))
    with _showing_progress(hidden=no_progress or quiet) as progress:
        files = None if output == options.STANDARD_OUTPUT else address_of(state.root, target)
        page = render_html(audit, arguments=arguments, files=files, progress=progress)
    if output == options.STANDARD_OUTPUT:
        sys.stdout.write(page)
        sys.stdout.flush()
        return EXIT_OK
    with saving(target, is_text, _outside(target, state)) as temporary:
        temporary.write_text(page, encoding="utf-8")
    if not quiet:
        typer.echo(f"{names.text(str(target))}  {human_bytes(len(page.encode()))}")
    if open_ and not _open(target.as_uri()):
        typer.echo(f"No web browser could be started. The page is at {target.as_uri()}", err=True)
    return EXIT_OK


def _outside(target: Path, state: StateFolder) -> tuple[Path, ...]:
    return (state.root,) if target.resolve() == state.report else (state.root, state.path)


def _open(address: str) -> bool:
    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False


@contextmanager
def _showing_progress(*, hidden: bool) -> Iterator[ReportProgress | None]:
    if hidden or not sys.stderr.isatty():
        yield None
        return

    bar = Progress(
        TextColumn("pictures"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True),
        transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None)
    begun = time.monotonic()

    def show(done: int, total: int) -> None:
        if not bar.live.is_started and time.monotonic() - begun > _HIDDEN_SECONDS:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()
