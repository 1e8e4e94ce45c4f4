"""Results of clean, undo, recovery and log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catsclean.cleaning.journal import Entry, MoveOutcome, RunKind, RunState
from catsclean.cleaning.run_counts import RunCounts
from catsclean.core.notebook_view import NotebookView
from catsclean.core.text import count


@dataclass(frozen=True, slots=True)
class CleaningResult(NotebookView):
    """The result of a clean.

    Attributes:
        run: Name of the run, for undo; None if there was nothing to do.
        moved: Paths that are in the quarantine now.
        refused: (path, why) of the files that were left alone.
        planned: Number of files that were to leave or to come back.
        recovery: The recovery of an interrupted earlier run; None if there was none.
        returned: Paths that came back from the quarantine because they are to be kept.
        kept: Paths whose decision to keep is recorded by this run.
        relabelled: Paths of the pictures whose new label is recorded by this run, as they are now.
        emptied: Folders that held nothing else, and were removed with their files; undo makes them
            again.
        changed: (path, new path) of the files that were repaired, or moved in the data set.
        counts: What the run did, in numbers.
    """

    run: str | None
    moved: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    recovery: Recovery | None = None
    returned: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    planned: int = 0
    emptied: tuple[str, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    relabelled: tuple[str, ...] = ()
    counts: RunCounts = field(default_factory=RunCounts)

    @property
    def unaccounted(self) -> int:
        """Number of planned files neither moved nor named; anything but 0 is a bug in catsclean."""
        done = len(self.moved) + len(self.changed) + len(self.returned) + len(self.refused)
        return self.planned - done

    def __repr__(self) -> str:
        if self.run is None:
            return _short("CleaningResult", "nothing to do", [("refused", len(self.refused))])
        parts = [
            *self.counts.by_word(),
            ("returned", len(self.returned)),
            ("refused", len(self.refused)),
        ]
        return _short("CleaningResult", f"run {self.run}", parts)


@dataclass(frozen=True, slots=True)
class UndoResult(NotebookView):
    """The result of an undo.

    Attributes:
        run: The run that was undone.
        restored: Paths that are back in their place.
        refused: (path, why) of the files that stay in the quarantine, and of those that an
            interrupted clean never moved and that changed since.
        revoked: Paths whose decision to keep, recorded by that run, is revoked.
        missing: (path, why) of the files that are neither in the quarantine nor in their place.
        moved: Number of files that the run had set aside.
        others: (run, files) of other runs with files that did not come back, newest first.
        folders: Folders that the clean had emptied and removed, and that are back.
        changed: (path, path in the quarantine) of repaired files that somebody changed since, so
            that they were set aside.
        kind: What the run was: ``clean``, ``repair`` or ``correction of labels``.
        relabelled: Paths of the pictures whose new label, recorded by that run, is revoked.
    """

    run: str
    restored: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    revoked: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    moved: int = 0
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()
    folders: tuple[str, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    kind: RunKind = RunKind.CLEAN
    relabelled: tuple[str, ...] = ()

    @property
    def unaccounted(self) -> int:
        """Number of moved files neither back nor named; anything but 0 is a bug in catsclean."""
        return self.moved - len(self.restored) - len(self.refused) - len(self.missing)

    def __repr__(self) -> str:
        left = sum(len(files) for _, files in self.others)
        parts = [
            ("restored", len(self.restored)),
            ("refused", len(self.refused)),
            ("missing", len(self.missing)),
            (f"label{'s' * (len(self.relabelled) > 1)} revoked", len(self.relabelled)),
            (f"decision{'s' * (len(self.revoked) > 1)} to keep revoked", len(self.revoked)),
            ("left in other runs", left),
        ]
        return _short("UndoResult", f"run {self.run}", parts)


@dataclass(frozen=True, slots=True)
class Recovery:
    """An interrupted run that was found and completed.

    Attributes:
        run: Its name.
        was: The step under way: ``moving``, ``undoing`` or ``returning``.
        done: Number of files moved or restored, including those before the interruption.
        refused: (path, why) of the files that were left in place.
        words: What was done, in parts of a sentence.
    """

    run: str
    was: RunState
    done: int
    refused: tuple[tuple[str, str], ...]
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        kinds = {RunState.MOVING: "run", RunState.UNDOING: "undo of run"}
        kind = kinds.get(self.was, "return of files from")
        done = ", ".join(self.words) or count(self.done, "file")
        text = f"The {kind} {self.run} was interrupted; it is complete now: {done}."
        if not self.refused:
            return text
        path, why = self.refused[0]
        more = f", and {len(self.refused) - 1:,} more" if len(self.refused) > 1 else ""
        stay = count(len(self.refused), "file was", "files were")
        return f"{text} {stay} left in place: {path} {why}{more}."

    def __repr__(self) -> str:
        parts = [("done", self.done), ("refused", len(self.refused))]
        return _short("Recovery", f"run {self.run} ({self.was.value})", parts)


@dataclass(frozen=True, slots=True)
class LoggedFile:
    """One file of a run, for the log.

    Attributes:
        path: Escaped, as in the manifest.
        sha256: Of its bytes.
        outcome: ``planned``, ``moved``, ``refused``, ``restored``, ``returning`` or ``missing``.
        validators: The validators that asked for the move, ``decision`` for a person.
        keeper: The copy that stays in its place; None if there is none.
        note: Why it was refused, or could not be brought back; may be empty.
        target: Where it is in the data set now, as it is or repaired; None: in the quarantine.
        made_sha256: Digest of the repaired file; None if it was not repaired.
        how: The repairs, and what they cost; empty if it was not repaired.
        reason: What the person wrote who decided about it; may be empty.
    """

    path: str
    sha256: str
    outcome: str
    validators: tuple[str, ...]
    keeper: str | None
    note: str
    target: str | None = None
    made_sha256: str | None = None
    how: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunSummary(NotebookView):
    """One run, for the log.

    Attributes:
        run: Its name.
        state: State of the run.
        started: ISO 8601, UTC.
        outcomes: Number of files by outcome.
        validators: Number of files by their first validator.
        refused: (path, why).
        kept: Number of decisions to keep.
        files: The files that it moved, or was to move.
        kept_paths: The pictures with a decision to keep.
        kind: What it was: ``clean``, ``repair`` or ``correction of labels``.
        labels: The new labels that it recorded, by path of the picture.
        reasons: What the person wrote about the decisions that it recorded, by path.
        counts: What it did, in numbers, also of what came back since.
    """

    run: str
    state: RunState
    started: str
    outcomes: dict[str, int]
    validators: dict[str, int]
    refused: tuple[tuple[str, str], ...]
    kept: int = 0
    files: tuple[LoggedFile, ...] = ()
    kept_paths: tuple[str, ...] = ()
    kind: RunKind = RunKind.CLEAN
    labels: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    counts: RunCounts = field(default_factory=RunCounts)

    @property
    def moved(self) -> int:
        """Number of files that it moved to quarantine, also of those that came back since."""
        return self.counts.set_aside

    def __repr__(self) -> str:
        since = {name: n for name, n in sorted(self.outcomes.items()) if name != "moved"}
        parts = [*self.counts.by_word(), *since.items()]
        return _short("RunSummary", f"run {self.run} ({self.state.value})", parts)


class CleaningLog(tuple[RunSummary, ...], NotebookView):
    """The runs of a data set, oldest first; a notebook shows them as a table."""

    __slots__ = ()


def _short(name: str, what: str, numbers: Iterable[tuple[str, int]]) -> str:
    """Write a result in one line: what it is about, and the numbers that are not 0."""
    parts = ", ".join(f"{number:,} {word}" for word, number in numbers if number)
    return f"<{name} of {what}: {parts}>" if parts else f"<{name}: {what}>"


def outcomes_of(entries: Iterable[Entry], *outcomes: MoveOutcome) -> tuple[tuple[str, str], ...]:
    """Return (path, why) of the files with one of some outcomes."""
    return tuple((e.path, e.note) for e in entries if e.outcome in outcomes)
