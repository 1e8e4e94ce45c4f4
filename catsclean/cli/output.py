"""Tables, lines and counters of clean, undo, log and split.

On a terminal tables are drawn with rich; in a pipe every row is one unwrapped line with tabs
between its cells, for the next program.  All text is safe to show: paths are escaped since
discovery, and no markup is read in them.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

    from catsclean.core.state import StateFolder


_COMMAND: Final = "Run: catsclean "
_RUN: Final = re.compile(r"\b\d{8}-\d{6}(?:-\d{1,4})?\b")


def wrapped(text: str, stream: TextIO) -> str:
    """Break a sentence between words, where a terminal would break it anywhere.

    In a pipe it stays whole, and so does a command to copy, with which a sentence ends.
    """
    width = shutil.get_terminal_size().columns
    if not stream.isatty() or len(text) <= width:
        return text
    text, told, command = text.partition(_COMMAND)
    if told:
        return f"{wrapped(f'{text}Run:', stream)}\n  catsclean {command}"
    lines = textwrap.wrap(
        text,
        width,
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
    )
    return "\n".join(lines)


def console_of(**settings: Any) -> Console:
    """Make what draws on standard output, as wide as sentences are on a terminal.

    rich takes a plain terminal (TERM=dumb) to have 80 columns, whatever it has.
    """
    from rich.console import Console

    width, height = shutil.get_terminal_size() if sys.stdout.isatty() else (None, None)
    return Console(width=width, height=height, highlight=False, **settings)


def say(text: str, *, hidden: bool = False) -> None:
    """Print one line; a command to copy, which is indented, is never broken."""
    if not hidden:
        sys.stdout.write(f"{text if text.startswith(' ') else wrapped(text, sys.stdout)}\n")
        sys.stdout.flush()


def find_state(
    path: Path | None,
    state_dir: Path | None,
    follow_links_to: Sequence[Path] | None = None,
    *,
    quiet: bool = False,
    tidy: bool = True,
) -> StateFolder:
    """Find the data set that a command is about, and name it if the user did not.

    Args:
        path: The data set, as the user named it; None: the one near here.
        state_dir: The state folder, as the user named it.
        follow_links_to: Folders that links may lead into, as the user named them.
        quiet: Name nothing.
        tidy: Remove what commands that were killed have left in the state folder.
    """
    from catsclean.core import names
    from catsclean.core.state import locate

    state = locate(path, state_dir, follow_links_to)
    if tidy:
        state.remove_leftovers()
    if path is None:
        say(f"Data set: {names.text(str(state.root))}", hidden=quiet)
    return state


def warn_of_interrupted_run(state: StateFolder) -> None:
    """Say on standard error that a clean or an undo was cut short, and how to go on."""
    if not state.quarantine.is_dir():
        return
    from catsclean.cleaning.quarantine import interrupted_run
    from catsclean.errors import CatscleanError

    try:
        run = interrupted_run(state)
    except CatscleanError:
        return  # the commands that work on the quarantine say what is wrong with it
    if run is not None:
        sys.stderr.write(
            f"Run {run} was interrupted: some of its files may be in the quarantine, others not.\n"
            f"  catsclean clean {state.arguments}    completes it\n"
            f"  catsclean undo {state.arguments}    takes it back\n"
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
    console: Console | None = None,
) -> None:
    """Print a table.

    Args:
        title: Over it.
        columns: Their headings.
        rows: Texts of the cells.
        numbers: Columns that are aligned to the right.
        whole: Columns that are never broken: what they say is to be copied.
        console: What draws it; standard output where None.
    """
    if console is None and not sys.stdout.isatty():
        say(title)
        for row in rows:
            say("\t".join(row).rstrip())
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, expand=False)
    for at, column in enumerate(columns):
        right = column in numbers
        # fold: a path is never cut, since it is what one copies from here
        table.add_column(
            column,
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=column in whole,
            # of "decided: keep, in run 20261122-165859" the name is not broken, either
            min_width=max(
                (len(run) for row in rows for run in _RUN.findall(row[at])), default=None
            ),
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    (console or console_of()).print(table)


@contextmanager
def showing_count(verb: str, *, hidden: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Draw one bar on standard error while files are moved or linked; none in a pipe."""
    if hidden or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=None)

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield update
