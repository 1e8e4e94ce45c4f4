"""Read every file of the quarantine, and say whether an undo would bring back what left."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from catsclean.cleaning import journal as journals
from catsclean.cleaning.journal import Entry, Journal, MoveOutcome
from catsclean.cleaning.open_quarantine import has_runs, open_quarantine, state_of
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.progress_bar import with_bar
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state import StateFolder

_ABSENT = "is missing"


@dataclass(frozen=True, slots=True)
class QuarantineCheck:
    """What became of the files in the quarantine.

    Attributes:
        checked: Number of files that were read.
        size_bytes: Their size.
        lost: (path, run, why) of each file that is missing or has other bytes.
    """

    checked: int
    size_bytes: int
    lost: tuple[tuple[str, str, str], ...]

    @property
    def is_whole(self) -> bool:
        """Whether every file is there with the bytes that left."""
        return not self.lost


@with_bar("reading the quarantine")
@checked
def verify_quarantine(
    root: str | os.PathLike[str] | StateFolder,
    state_dir: str | os.PathLike[str] | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> QuarantineCheck:
    """Read every file of the quarantine from the disk, and compare it with its digest.

    Nothing is changed.  Files that an undo brought back are not in the quarantine any more.

    Args:
        root: The data set, or its state folder.
        state_dir: The state folder, if it is not beside the data set.
        progress: Called with the number of files read and their total.

    Raises:
        CleaningError: The disk is failing, or the bucket cannot be read.
        StateError: A journal cannot be trusted, or another command works on this data set.
    """
    state = state_of(root, state_dir)
    if not has_runs(state):
        return QuarantineCheck(0, 0, ())
    lost: list[tuple[str, str, str]] = []
    size = 0
    with open_quarantine(state) as (_, quarantine):
        held = [
            (run, entry)
            for run in journals.runs(quarantine)
            for entry in Journal.read(quarantine, run).entries
            if entry.outcome is MoveOutcome.MOVED and entry.target is None
        ]
        for number, (run, entry) in enumerate(held, 1):
            if why := _compare(quarantine, run, entry):
                lost.append((entry.path, run, why))
            else:
                size += entry.size_bytes
            if progress is not None:
                progress(number, len(held))
    return QuarantineCheck(len(held), size, tuple(lost))


def _compare(quarantine: Folder, run: str, entry: Entry) -> str:
    """Return why a file is not what left; empty if it is."""
    place = entry.place(run)
    try:
        if entry.link is not None:
            same = quarantine.link_text(place) == names.decode(entry.link)
            return "" if same else "is another link"
        if quarantine.lstat(place) is None:
            return _ABSENT
        quarantine.check(place, entry.sha256, size=entry.size_bytes)
    except NotAsRecordedError as error:
        return str(error).replace("since the audit", "in the quarantine")
    except FileNotFoundError:
        return _ABSENT
    return ""
