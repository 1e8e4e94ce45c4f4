"""List what was cleaned, and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from catsclean.cleaning import journal as journals
from catsclean.cleaning.journal import Journal, Outcome
from catsclean.cleaning.opening import has_runs, is_there, open_folder, state_of
from catsclean.cleaning.results import RunSummary, refusals
from catsclean.reading import names

if TYPE_CHECKING:
    import os

    from catsclean.state import StateFolder


def cleaning_log(
    root: str | os.PathLike[str] | StateFolder, state_dir: str | os.PathLike[str] | None = None
) -> tuple[RunSummary, ...]:
    """List every clean of a data set, oldest first, with what became of its files.

    Raises:
        StateError: A journal cannot be trusted.
    """
    state = state_of(root, state_dir)
    if not has_runs(state):
        return ()
    summaries = []
    with open_folder(state.path), open_folder(state.quarantine) as quarantine:
        for run in journals.runs(quarantine):
            journal = Journal.read(quarantine, run)
            summaries.append(
                RunSummary(
                    run,
                    journal.state,
                    journal.started,
                    dict(Counter(e.outcome.value for e in journal.entries)),
                    dict(Counter((e.validators or ["?"])[0] for e in journal.entries)),
                    refusals(journal, Outcome.REFUSED) + refusals(journal, Outcome.MOVED),
                )
            )
    return tuple(summaries)


def set_aside(state: StateFolder) -> dict[str, str]:
    """Find the samples that are in the quarantine and nothing in their place: path and run.

    Raises:
        StateError: A journal cannot be trusted.
    """
    if not has_runs(state):
        return {}
    found: dict[str, str] = {}
    with open_folder(state.root) as data, open_folder(state.quarantine) as quarantine:
        for run in journals.runs(quarantine):
            for entry in Journal.read(quarantine, run).entries:
                if entry.outcome is Outcome.MOVED:
                    found[entry.path] = run
        return {path: run for path, run in found.items() if not is_there(data, names.decode(path))}
