"""Tables, lines and progress bars of the commands.

On a terminal rich draws tables; in a pipe a table is a title, a header and one unwrapped line a
row, with tabs between its cells, for the next program.  All text is safe to show: paths are
escaped since discovery, and no markup is read in them.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich import box, console, progress, table, text

from catsclean import cleaning
from catsclean.cli.streams import wrapped
from catsclean.core import files, names, state
from catsclean.core.text import hint_lines
from catsclean.errors import CatscleanError
from catsclean.objects import bucket_state

_RUN: Final = re.compile(r"\b\d{8}-\d{6}(?:-\d{1,4})?\b")


def console_of(**settings: Any) -> console.Console:
    """Return a console on standard output that is as wide as the terminal.

    rich takes a plain terminal (TERM=dumb) to have 80 columns, whatever it has.
    """
    width, height = shutil.get_terminal_size() if sys.stdout.isatty() else (None, None)
    return console.Console(width=width, height=height, highlight=False, **settings)


def say(line: str, *, hidden: bool = False) -> None:
    """Print one line; a command to copy, which is indented, is never broken."""
    if not hidden:
        sys.stdout.write(f"{line if line.startswith(' ') else wrapped(line, sys.stdout)}\n")
        sys.stdout.flush()


def write_findings(text: str, target: Path | None, outside: Iterable[Path] | None = None) -> None:
    """Write findings to the file that ``--output`` names; else to standard output.

    Args:
        text: The findings, as a format renders them.
        target: The file; None: standard output.
        outside: Folders that the file must not lie in; None: every audited data set and every
            state folder.

    Raises:
        UsageError: The file may not or cannot be written.
    """
    if target is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    with files.saving(target, files.is_text, outside) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def show_hints(*hints: tuple[str, str], hidden: bool = False) -> None:
    """Print commands that may come next, each with what it does."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    for line in hint_lines(hints, width):
        say(line, hidden=hidden)


def find_state(
    path: Path | None,
    state_dir: Path | None,
    follow_links_to: Sequence[Path] | None = None,
    *,
    quiet: bool = False,
    tidy: bool = True,
    buckets: bool = False,
) -> state.StateFolder:
    """Find the data set of a command, and name it if the user did not.

    Args:
        path: The data set, as the user named it; None: the one near here.
        state_dir: The state folder, as the user named it.
        follow_links_to: Folders that links may lead into, as the user named them.
        quiet: Name nothing.
        tidy: Remove what killed commands left in the state folder.
        buckets: The command also works on a data set in a bucket.
    """
    locate = bucket_state.locate_data_set if buckets else state.locate
    found = locate(path, state_dir, follow_links_to)
    if tidy:
        found.remove_leftovers()
    if path is None:
        say(f"Data set: {names.text(str(found.root))}", hidden=quiet)
    return found


def beside(folder: state.StateFolder, suffix: str) -> Path:
    """Return where a command writes by default: beside the data set; in a bucket, to here."""
    name = f"{folder.root.name}{suffix}"
    return Path(name) if bucket_state.is_in_bucket(folder) else folder.root.with_name(name)


def warn_of_interrupted_run(folder: state.StateFolder) -> None:
    """Say on standard error that a clean or an undo was interrupted, and how to go on."""
    if not folder.quarantine.is_dir():
        return
    try:
        run = cleaning.interrupted_run(folder)
    except CatscleanError:
        return  # the commands that work on the quarantine say what is wrong with it
    if run is not None:
        sys.stderr.write(
            f"Run {run} was interrupted: some of its files may be in quarantine, others not.\n"
            f"  catsclean clean {folder.arguments}    completes it\n"
            f"  catsclean undo {folder.arguments}    reverts it\n"
        )


def show_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: frozenset[str] = frozenset(
        {"Files", "Moved", "Restored", "Refused", "Missing", "Kept"}
    ),
    whole: frozenset[str] = frozenset({"Run", "Outcome"}),
    on: console.Console | None = None,
) -> None:
    """Print a table.

    Args:
        title: The line above it.
        columns: Headings.
        rows: Texts of the cells.
        numbers: Columns that are aligned to the right.
        whole: Columns that are never broken, because people copy from them.
        on: Console to draw on; standard output if None.
    """
    if on is None and not sys.stdout.isatty():
        say(title)
        for row in (columns, *rows):
            say("\t".join(row).rstrip())
        return
    drawn = table.Table(box=box.SIMPLE_HEAD, expand=False)
    for at, column in enumerate(columns):
        right = column in numbers
        # fold: a path is never cut, because people copy it
        drawn.add_column(
            column,
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=column in whole,
            # nor is the name in "decided: keep, in run 20261122-165859" broken
            min_width=max(
                (len(run) for row in rows for run in _RUN.findall(row[at])), default=None
            ),
        )
    for row in rows:
        drawn.add_row(*(text.Text(cell) for cell in row))
    drawing = on or console_of()
    # as a title of the table it would be as narrow as that
    drawing.print(text.Text(title, style="italic"))
    drawing.print(drawn)


@contextmanager
def showing_count(verb: str, *, hidden: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Draw a progress bar on standard error while files are moved or linked; none in a pipe."""
    if hidden or not sys.stderr.isatty():
        yield None
        return
    with progress.Progress(console=console.Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=None)

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield update
