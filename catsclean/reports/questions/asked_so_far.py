"""The questions of an audit as they stand now: what cleans set aside, and reviews answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from catsclean.auditing.result import Audit
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.errors import StateError
from catsclean.reports.questions.ask import ask, count_unanswered
from catsclean.reports.questions.copy_groups import Group
from catsclean.reports.questions.left_to_do import left_to_do
from catsclean.reports.questions.picture_facts import PictureFacts, facts_of
from catsclean.reports.questions.since import look_since


class AskedSoFar:
    """The questions of an audit, for a reader that cannot answer them in the journal.

    Attributes:
        audit: The audit.
        since: The files that were set aside since the audit.
        queues: All questions, answered or not.
        unanswered: Those that are still open.
        left: What is left to do, as all commands count it.
        trouble: Why nobody can tell which questions reviews have answered; empty if one can.
    """

    def __init__(self, audit: Audit) -> None:
        """Find the questions, and read the answers."""
        self.audit = audit
        self.since = look_since(audit)
        self.left = left_to_do(audit)
        self.trouble = ""
        answers: Mapping[str, ReviewAnswer] = {}
        try:
            answers = DecisionJournal(audit.state).read()
        except StateError:
            # without the error's message: it names the data set's place, and a page may be shared
            self.trouble = "Cannot tell what reviews decided. See catsclean clean."
        self.queues = ask(audit, answers.values())
        self.unanswered = count_unanswered(self.queues, answers)
        asked = [question for queue in self.queues for question in queue.questions]
        # by path of a picture in a group: whether the group waits for a person
        self._copies = {
            path: queue.waits
            for queue in self.queues
            for question in queue.questions
            for path in question.paths
            if question.is_group
        }
        self._reviewed = {
            decision.path: decision.action.value
            for question in asked
            if question.key in answers
            for decision in answers[question.key].decisions
        }

    def facts_of(self, paths: set[str]) -> dict[str, PictureFacts]:
        """Return the facts about some samples, with what reviews decided about them."""
        found = facts_of(self.audit, paths, self.since.runs)
        for path in found.keys() & self._reviewed.keys():
            found[path] = replace(found[path], reviewed=self._reviewed[path])
        return found

    def still_copies(self, groups: Iterable[Group]) -> list[Group]:
        """Leave out the groups of pictures that somebody said to be different."""
        return [
            group
            for group in groups
            if not group.asks or group.kept or group.open[0].facts.sample.path in self._copies
        ]

    def kind_of(self, group: Group) -> str:
        """Return what a group asks.

        ``question``: it waits for a person; ``self``: all but one leave without an answer;
        ``kept``: a person decided to keep them all; empty: nothing.
        """
        if not group.asks:
            return ""
        if group.kept:
            return "kept"
        return "question" if self._copies[group.open[0].facts.sample.path] else "self"
