"""The pictures that a clean, a repair or an undo is moving now, whatever process does it.

The journal of a run says so: it is on the disk before the first file moves, and says ``done`` after
the last.  A run that a crash cut short counts, too, until a command completes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from catsclean.cleaning import journal as journals
from catsclean.cleaning.journal import Journal
from catsclean.cleaning.open_quarantine import open_folder
from catsclean.core.leftovers import JOURNAL
from catsclean.core.state import StateFolder
from catsclean.errors import CleaningError, StateError


class RunsAtWork:
    """The runs of one data set that have not ended; a journal is read again only if it changed."""

    def __init__(self, state: StateFolder) -> None:
        """Take the state folder; nothing is read yet."""
        self._state = state
        self._read: dict[str, tuple[tuple[int, int, int], frozenset[str]]] = {}

    def moving(self) -> Mapping[str, str]:
        """Return the run that is moving a picture, or recording a decision about it, by path.

        A picture that changes its path has both.
        """
        found: dict[str, str] = {}
        for path in self._state.quarantine.glob(f"*/{JOURNAL}"):
            run = path.parent.name
            if not journals.is_run(run):
                continue
            try:
                status = path.lstat()
            except OSError:
                continue  # it was just replaced or removed: the next one to ask sees it
            mark = (status.st_mtime_ns, status.st_ino, status.st_size)
            if self._read.get(run, (None,))[0] != mark:
                self._read[run] = mark, self._paths(run)
            found.update(dict.fromkeys(self._read[run][1], run))
        return found

    def _paths(self, run: str) -> frozenset[str]:
        try:
            with open_folder(self._state.path), open_folder(self._state.quarantine) as quarantine:
                journal = Journal.read(quarantine, run)
        except (CleaningError, StateError):
            return frozenset()  # nobody moves the files of a journal that cannot be read
        if not journal.unfinished:
            return frozenset()
        return frozenset(
            [
                *(entry.path for entry in journal.entries),
                *(entry.arrives for entry in journal.entries if entry.arrives is not None),
                *(decided.path for decided in journal.kept),
                *(str(row.before["path"]) for row in journal.rows),
            ]
        )
