"""Answers that a clean or a repair has carried out: their questions are not asked any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from catsclean.auditing.kept_view import read_kept
from catsclean.cleaning.decision_journal import ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.cleaning.journal import RunState
from catsclean.cleaning.log import cleaning_log, set_aside
from catsclean.core.state import StateFolder
from catsclean.errors import CleaningError, StateError


class CarriedOut:
    """How many answers were carried out, and by what.

    Attributes:
        number: Number of answers.
        by: Such as ``the last clean``; empty if several runs, or none, did it.
    """

    def __init__(
        self, state: StateFolder, answers: Mapping[str, ReviewAnswer], asked: Collection[str]
    ) -> None:
        """Look what became of answers.

        Args:
            state: The state folder.
            answers: All that stand, by key of their question.
            asked: Keys of the questions that are asked.
        """
        self.number, self.by = 0, ""
        gone = [one for key, one in answers.items() if key not in asked and one.decisions]
        if not gone:
            return
        try:
            runs = _Runs(state)
        except (StateError, CleaningError):
            return  # the log says what is wrong
        found = [[runs.of(decision) for decision in one.decisions] for one in gone]
        done = [run for those in found if None not in those for run in those]
        self.number = sum(None not in those for those in found)
        if done and set(done) == {runs.last}:
            self.by = f"the last {runs.kind}"


class _Runs:
    """The runs that carried out decisions."""

    def __init__(self, state: StateFolder) -> None:
        self._aside = set_aside(state)
        kept = read_kept(state).values()
        # a picture with a new label may lie in another folder since
        self._kept = {(one.sha256, one.label, one.left_out): one.run for one in kept}
        done = [one for one in cleaning_log(state) if one.state is not RunState.UNDONE]
        self.last, self.kind = (done[-1].run, done[-1].kind.value) if done else ("", "")

    def of(self, decision: Decision) -> str | None:
        """Return the run that carried a decision out, empty if it has no name; None if none did."""
        away = self._aside.runs.get((decision.path, decision.sha256))
        if decision.action is Action.FIX:
            return away or self._aside.moved.get(decision.path)
        if decision.action is Action.QUARANTINE and away is not None:
            return away
        leaves = decision.action is Action.QUARANTINE
        return self._kept.get((decision.sha256, decision.label, leaves))
