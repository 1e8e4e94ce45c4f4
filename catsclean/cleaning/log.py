"""List all cleans and repairs of a data set, with the outcome of their files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catsclean.cleaning import journal as journals
from catsclean.cleaning.journal import Entry, Journal, MoveOutcome
from catsclean.cleaning.open_quarantine import has_runs, open_data, open_folder, state_of
from catsclean.cleaning.results import CleaningLog, LoggedFile, RunSummary
from catsclean.cleaning.run_counts import RunCounts, part_decided
from catsclean.cleaning.statuses import audit_of
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.state import StateFolder


@checked
def cleaning_log(
    root: str | os.PathLike[str] | StateFolder, state_dir: str | os.PathLike[str] | None = None
) -> CleaningLog:
    """List every clean and repair of a data set, oldest first, with what became of its files.

    Raises:
        StateError: A journal cannot be trusted.
    """
    state = state_of(root, state_dir)
    if not has_runs(state):
        return CleaningLog()
    summaries = []
    with open_folder(state.path), open_folder(state.quarantine) as quarantine:
        for run in journals.runs(quarantine):
            journal = Journal.read(quarantine, run)
            kept, labels = part_decided(journal.kept)
            summaries.append(
                RunSummary(
                    run,
                    journal.state,
                    journal.started,
                    dict(Counter(e.outcome.value for e in journal.entries)),
                    dict(Counter((e.validators or ["?"])[0] for e in journal.entries)),
                    tuple((e.path, e.note) for e in journal.entries if e.note),
                    len(kept),
                    tuple(map(_file, journal.entries)),
                    kept,
                    journal.kind,
                    labels,
                    {one.path: one.reason for one in journal.kept if one.reason},
                    RunCounts.of([e for e in journal.entries if e.ever_left], journal.kept),
                )
            )
    return CleaningLog(summaries)


def _file(entry: Entry) -> LoggedFile:
    asked = tuple(entry.validators)
    made = entry.made
    return LoggedFile(
        entry.path,
        entry.sha256,
        entry.outcome.value,
        asked,
        entry.keeper,
        entry.note,
        entry.arrives,
        None if made is None else made.sha256,
        "" if made is None else made.how,
        entry.reason,
    )


def without_record(
    root: str | os.PathLike[str] | StateFolder, state_dir: str | os.PathLike[str] | None = None
) -> tuple[Path, ...]:
    """Return the folders of the quarantine that hold files but have no journal any more.

    Raises:
        StateError: The quarantine cannot be opened.
    """
    state = state_of(root, state_dir)
    if not has_runs(state):
        return ()
    with open_folder(state.path), open_folder(state.quarantine) as quarantine:
        runs = journals.unrecorded(quarantine)
    return tuple(state.quarantine / run / "files" for run in runs)


@dataclass(frozen=True, slots=True)
class Aside:
    """The contents of the quarantine.

    Attributes:
        runs: The run that holds a file, by its path and sha256.
        gone: The last run that holds a file, by its path, if nothing else is in its place.
        moved: The last run that repaired a file, or gave it another path in the data set, by its
            old path.
        renamed: The present path of each file that has another one and the same bytes, by the old.
        repaired: Paths whose files were repaired since the last audit: its findings are about
            other bytes.
    """

    runs: Mapping[tuple[str, str], str]
    gone: Mapping[str, str]
    moved: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    repaired: frozenset[str] = frozenset()

    def left(self, digests: Mapping[str, str | None]) -> dict[tuple[str, str], str]:
        """Return the former places of renamed files: path and sha256, and the run that moved each.

        Args:
            digests: sha256 of every sample of the last audit by path, None if there is none.
        """
        return {
            (old, sha256): self.moved.get(old, "")
            for old, now in self.renamed.items()
            if (sha256 := digests.get(now))
        }


def set_aside(state: StateFolder) -> Aside:
    """Find the samples that are in the quarantine.

    Raises:
        StateError: A journal cannot be trusted.
    """
    if not has_runs(state):
        return Aside({}, {})
    runs: dict[tuple[str, str], str] = {}
    moved: dict[str, str] = {}
    origins: dict[str, str] = {}
    repaired: set[str] = set()
    last_audit = audit_of(state)
    with open_data(state) as data, open_folder(state.quarantine) as quarantine:
        for run in journals.runs(quarantine):
            journal = Journal.read(quarantine, run)
            since = journal.audit != "" and journal.audit == last_audit
            for entry in journal.entries:
                if entry.outcome is MoveOutcome.MOVED and entry.target is None:
                    runs[entry.path, entry.sha256] = run
                if entry.done and entry.arrives is not None:
                    moved[entry.path] = run
                    origin = origins.pop(entry.path, entry.path)
                    if since and entry.made is not None:
                        repaired.add(entry.arrives)
                    if entry.made is None:
                        origins[entry.arrives] = origin
        last = {path: run for (path, _), run in runs.items()}
        there = data.present([names.decode(path) for path in last])
        return Aside(
            runs,
            {path: run for path, run in last.items() if names.decode(path) not in there},
            moved,
            {origin: path for path, origin in origins.items()},
            frozenset(repaired),
        )
