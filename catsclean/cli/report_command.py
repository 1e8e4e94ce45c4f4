"""Make a web page of the last audit, to review pictures and choose what to keep.

Your choices become a file `decisions.json`, for `catsclean clean`.

Examples:
  catsclean report PetImages --open
  catsclean report PetImages -o audit.html
  catsclean report PetImages --map tsne

Docs: https://github.com/catsclean/catsclean/blob/main/docs/report.md
"""

from __future__ import annotations

import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import console as consoles
from rich import progress as bars

import catsclean
from catsclean.cli import EXIT_OK, options
from catsclean.cli.output import beside
from catsclean.cli.streams import wrapped
from catsclean.core import files, names
from catsclean.core import state as states
from catsclean.core.text import human_bytes
from catsclean.errors import UsageError
from catsclean.objects import bucket_state
from catsclean.reports import html

_HIDDEN_SECONDS = 1.0


class MapChoice(StrEnum):
    """How the map places pictures, as :class:`catsclean.reports.html.MapKind`."""

    COMPONENTS = "components"
    TSNE = "tsne"


def command(
    path: options.OptionalRoot = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Page to write, '-' for standard output [default: report.html in the state"
            " folder].",
        ),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Open the page in the web browser.")
    ] = False,
    map_: Annotated[
        MapChoice,
        typer.Option(
            "--map",
            metavar="KIND",
            help="How the map places pictures: components (principal components), or tsne"
            " (islands of similar pictures; up to 15 s).",
        ),
    ] = MapChoice.COMPONENTS,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    state = bucket_state.locate_data_set(path, state_dir, follow_links_to)
    state.remove_leftovers()
    audit = catsclean.load_audit(state)
    arguments = state.arguments if state.named else None
    if output == options.STANDARD_OUTPUT and open_:
        raise UsageError("--open needs a file. Received: --output -. Name a file, or drop --open.")
    target = (output or _usual_target(state)).absolute()
    if output is not None and output != options.STANDARD_OUTPUT:
        files.check_target(target, files.is_text, _outside(target, state))
    with _showing_progress(hidden=no_progress or quiet) as progress:
        address = None if output == options.STANDARD_OUTPUT else html.address_of(state.root, target)
        kind = _map_kind(audit, map_, estimate=progress is not None, quiet=quiet)
        page = html.render_html(
            audit, arguments=arguments, files=address, map_kind=kind, progress=progress
        )
    if output == options.STANDARD_OUTPUT:
        sys.stdout.write(page)
        sys.stdout.flush()
        return EXIT_OK
    with files.saving(target, files.is_text, _outside(target, state)) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")
    if not quiet:
        typer.echo(f"{names.text(str(target))}  {human_bytes(len(page.encode()))}")
    if open_ and not _open(target.as_uri()):
        typer.echo(
            f"No web browser could be started. Open the page yourself: {target.as_uri()}", err=True
        )
    return EXIT_OK


def _map_kind(
    audit: catsclean.Audit, wanted: MapChoice, *, estimate: bool, quiet: bool
) -> html.MapKind:
    """Return how to place pictures; say why if none has a place, and else how long it takes."""
    kind, said = html.MapKind(wanted.value), ""
    if wanted is MapChoice.TSNE and (why := html.why_no_content(audit)):
        kind, said = html.MapKind.COMPONENTS, "" if quiet else f"The page has no map: {why}"
    elif wanted is MapChoice.TSNE and estimate:
        said = html.tsne_estimate(len(audit.embeddings().paths))
    if said:
        typer.echo(wrapped(said, sys.stderr), err=True)
    return kind


def _usual_target(state: states.StateFolder) -> Path:
    # what lies in a bucket cannot be opened in a browser
    return beside(state, "-report.html") if bucket_state.is_in_bucket(state) else state.report


def _outside(target: Path, state: states.StateFolder) -> tuple[Path, ...]:
    return (state.root,) if target.resolve() == state.report else (state.root, state.path)


def _open(address: str) -> bool:
    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False


@contextmanager
def _showing_progress(*, hidden: bool) -> Iterator[html.ReportProgress | None]:
    if hidden or not sys.stderr.isatty():
        yield None
        return
    bar = bars.Progress(
        bars.TextColumn("pictures"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        console=consoles.Console(stderr=True),
        transient=True,
    )
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
