"""Say after Ctrl-C what was done, and how to go on or back; complete what was cut short."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from catsclean import cleaning
from catsclean.cli import StoppedError
from catsclean.cli.output import say, show_hints
from catsclean.core import names, stand_ins
from catsclean.core.text import count
from catsclean.errors import CatscleanError, CleaningError
from catsclean.objects import bucket_state

if TYPE_CHECKING:
    from catsclean.core.state import StateFolder

_AGAIN = "Run the same command again."


def complete_interrupted(state: StateFolder, *, needed: bool) -> bool:
    """Complete the run that was cut short, if there is one, and say so.

    Args:
        state: The state folder of the data set.
        needed: The command cannot go on without it.

    Returns:
        Whether some of its files stay where they are.

    Raises:
        CleaningError: It cannot be completed now, and is needed.
    """
    try:
        recovery = cleaning.recover(state)
    except CleaningError as error:
        if needed:
            raise
        say(str(error))
        show_hints((f"catsclean undo {state.arguments}", "revert the interrupted run"))
        return True
    if recovery is None:
        return False
    say(str(recovery))
    return bool(recovery.refused)


@contextmanager
def telling_what_changed(state: StateFolder) -> Iterator[None]:
    """Tell an interrupted user whether files were moved, and how to complete or revert that.

    Args:
        state: The state folder of the data set that a command cleans, repairs or restores.
    """
    # what a bucket holds is not asked for after Ctrl-C
    before = None if bucket_state.is_in_bucket(state) else cleaning.journals_now(state)
    try:
        yield
    except KeyboardInterrupt:
        raise StoppedError(_what_changed(state, before)) from None


def _what_changed(state: StateFolder, before: frozenset[tuple[str, int]] | None) -> str:
    look = f"interrupted. See what was done: catsclean log {state.arguments}"
    if before is None:
        return look
    try:
        found = cleaning.CutShort.find(state)
        unchanged = cleaning.journals_now(state) == before
    except CatscleanError:
        return look
    if found is None:
        return f"interrupted before any file was changed. {_AGAIN}" if unchanged else look
    undo = f"catsclean undo {state.arguments}"
    files = count(found.total, "file")
    if found.was.value == "moving":
        return (
            f"interrupted while run {found.run} was under way: {found.done:,} of {files} moved."
            f" The same command completes the run; {undo} reverts it."
        )
    return (
        f"interrupted while run {found.run} was being reverted: {found.done:,} of {files} restored."
        f" The same command continues."
    )


@contextmanager
def telling_what_is_written(target: Path, part: Path) -> Iterator[None]:
    """Tell an interrupted user what lies where a split is written.

    Args:
        target: The folder of the split.
        part: The folder in which it is made.
    """
    try:
        yield
    except KeyboardInterrupt:
        if os.path.lexists(part):
            shown = names.text(stand_ins.shown(part))
            said = (
                f"what is written lies in {shown}. Run the same command again to continue; the"
                " next audit or clean of this data set removes it."
            )
        elif target.is_dir():
            shown = names.text(stand_ins.shown(target))
            said = f"{shown} is written, but not recorded. {_AGAIN}"
        else:
            said = f"nothing is written. {_AGAIN}"
        raise StoppedError(f"interrupted; {said}") from None
