"""What clean, undo, recovery and log say of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from catsclean.cleaning.journal import Journal, Outcome, RunState
from catsclean.counting import count


@dataclass(frozen=True, slots=True)
class CleaningResult:
    """What a clean did.

    Attributes:
        run: Name of the run, for undo; None when there was nothing to do.
        moved: Paths that are in the quarantine now.
        refused: (path, why) of the files that were left alone.
        recovery: What an interrupted run before it needed; None where there was none.
    """

    run: str | None
    moved: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    recovery: Recovery | None = None


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What an undo did.

    Attributes:
        run: The run that was undone.
        restored: Paths that are back in their place.
        refused: (path, why) of the files that stay in the quarantine.
    """

    run: str
    restored: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recovery:
    """An interrupted run that was found and completed.

    Attributes:
        run: Its name.
        was: What had been under way: ``moving`` or ``undoing``.
        done: Files moved or restored, those of before the interruption included.
        refused: (path, why) of the files that were left where they are.
    """

    run: str
    was: RunState
    done: int
    refused: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        kind = "clean" if self.was is RunState.MOVING else "undo"
        done = count(self.done, "file")
        return f"The {kind} {self.run} had been interrupted: it is complete now, {done}."


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run, for the log.

    Attributes:
        run: Its name.
        state: Where it stands.
        started: ISO 8601, UTC.
        outcomes: Number of files by outcome.
        validators: Number of files by the validator that asked first.
        refused: (path, why).
    """

    run: str
    state: RunState
    started: str
    outcomes: dict[str, int]
    validators: dict[str, int]
    refused: tuple[tuple[str, str], ...]


def refusals(journal: Journal, outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Give (path, why) of the files with an outcome and a note."""
    return tuple((e.path, e.note) for e in journal.entries if e.outcome is outcome and e.note)
