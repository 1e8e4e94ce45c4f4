"""``decisions.jsonl``: every decision about a picture, in the order in which they were made.

The file is only ever appended to.  A line is one entry: what somebody did at once in a review, such
as one answer, or a page of 24; or what a clean, an undo or a call recorded
(:mod:`catsclean.auditing.kept_view`).  It is on disk before the call returns.  What counts is
the last entry about a question; an entry without decisions takes the earlier one back.

Several processes may write.  Each holds a lock while it appends, and reads first what the others
wrote.  Whoever changes an answer names the entry that it believes to stand, so that nobody
overwrites what they have not seen.

An answer about a picture that a clean, a repair or an undo is moving is not saved: it could no
longer be what that does.  A run begins under the same lock, and not if somebody answered after it
was planned.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from catsclean.auditing.kept_view import ENTRY_ID, KeptChange, damaged_line, recorded_in
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning.decisions import REVIEW, Action, Decision, read_decision
from catsclean.cleaning.runs_at_work import RunsAtWork
from catsclean.core import names
from catsclean.core.line_log import LineLog
from catsclean.core.parse_json import parse_json
from catsclean.core.state import StateFolder
from catsclean.errors import StateError

_MOST_KEY: Final = 200


@dataclass(frozen=True, slots=True)
class ReviewAnswer:
    """The answer to one question of a review.

    Attributes:
        question: Key of the question (:class:`catsclean.reports.questions.ask.ReviewQuestion`).
        decisions: One for each of its pictures that was decided about; none: the question is open.
        different: The pictures of the question are no copies of one another.
        entry: The entry that gave the answer; empty before it is saved, and for an open question.
    """

    question: str
    decisions: tuple[Decision, ...] = ()
    different: bool = False
    entry: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nothing is decided."""
        return not self.decisions and not self.different


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an entry.

    Attributes:
        answers: The answers that stand now to the questions of the entry.
        taken: They are those of the entry, but for the questions in `held`.  If not, somebody
            else answered first, and nothing of the entry was saved.
        held: By question, a picture that is being moved, so its answer was not saved.
    """

    answers: tuple[ReviewAnswer, ...]
    taken: bool
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Change:
    """What one entry changed.

    Attributes:
        length: Length of the journal behind it.
        questions: The questions that it is about.
        paths: The pictures of their answers, and of those that stood before.
    """

    length: int
    questions: frozenset[str]
    paths: frozenset[str]


class DecisionJournal:
    """The decisions of the reviews of one data set.

    Attributes:
        length: Number of bytes read so far; it grows with each entry.
    """

    def __init__(self, state: StateFolder) -> None:
        """Take the state folder; nothing is read yet."""
        self._log = LineLog(state.decision_journal)
        self._state = state
        self._standing: dict[str, ReviewAnswer] = {}
        self._entries: set[str] = set()
        self._changes: list[_Change] = []
        self._at_work = RunsAtWork(state)
        self._recorded: dict[str, KeptChange] = {}
        self._lines = 0
        self.length = 0

    def read(self) -> Mapping[str, ReviewAnswer]:
        """Read what is new; return the answers that stand, by question, in the order of time.

        Raises:
            StateError: The journal is damaged or cannot be read.
        """
        self._catch_up()
        return self._standing

    def answer(self, question: str) -> ReviewAnswer:
        """Return the answer that stood when the journal was last read."""
        return self._standing.get(question, ReviewAnswer(question))

    def save(
        self, entry: str, answers: Sequence[ReviewAnswer], expected: Mapping[str, str] | None = None
    ) -> Saved:
        """Append one entry; it is on the disk when this returns.

        An entry that was saved before is not saved again, so that a caller may repeat its request.

        Args:
            entry: An id for the entry, of 8 to 64 letters, digits and dashes.
            answers: The answers, of one question each.
            expected: By question, the entry that the caller believes to stand, empty for none;
                questions that it does not name are answered whatever stands.

        Raises:
            ValueError: The id or a question's key is invalid.
            StateError: The journal is damaged, or cannot be written: nothing was saved.
        """
        if not ENTRY_ID.fullmatch(entry) or any(
            not 0 < len(answer.question) <= _MOST_KEY for answer in answers
        ):
            raise ValueError("an entry must have an id, and its questions keys")
        try:
            self._state.create()
            with self._log.lock(), self._state.recording():
                return self._save(entry, answers, expected or {})
        except StateError:
            # the line may be in the file, and not where it lasts
            self._forget()
            raise
        except OSError as error:
            raise StateError(
                f"cannot save the decision in {names.text(str(self._log.path))!r}:"
                f" {error.strerror or error}. Make room, and try again."
            ) from error

    def changed_since(self, length: int) -> frozenset[str]:
        """Return the questions that entries behind some length of the journal are about."""
        return frozenset[str]().union(*(one.questions for one in self._behind(length)))

    @contextmanager
    def closed(self, length: int, paths: Collection[str]) -> Iterator[None]:
        """Let nobody answer while the block begins to carry out a plan.

        Args:
            length: Length of the journal when the plan was made.
            paths: The pictures that the plan is about.

        Raises:
            OSError: The state folder cannot be written.
            StateError: Somebody answered about one of them since; or the journal is damaged.
        """
        with self._log.lock():
            self.refuse_later(length, paths)
            yield

    def refuse_later(self, length: int, paths: Collection[str]) -> None:
        """Refuse a plan if somebody answered about its pictures since it was made.

        Args:
            length: As in :meth:`closed`.
            paths: As in :meth:`closed`.

        Raises:
            StateError: Somebody did; or the journal is damaged.
        """
        self._catch_up()
        decided = frozenset[str]().union(*(one.paths for one in self._behind(length)))
        if later := sorted(decided.intersection(paths)):
            others = f" and {len(later) - 1:,} more" if len(later) > 1 else ""
            raise StateError(
                f"a review decided about {later[0]}{others} after this was planned."
                " Nothing was changed: plan it again."
            )

    def _behind(self, length: int) -> Sequence[_Change]:
        return self._changes[bisect_right(self._changes, length, key=lambda one: one.length) :]

    def decisions(self) -> dict[str, Decision]:
        """Return the decisions that stand, by path; of two about one picture the later counts.

        One that a clean or a call recorded later, and that says something else, counts, too: what
        was decided before it in a review does not.
        """
        found: dict[str, Decision] = {}
        for answer in self._standing.values():
            found.update({decision.path: decision for decision in answer.decisions})
        return {path: one for path, one in found.items() if not self._is_overruled(one)}

    def _is_overruled(self, decision: Decision) -> bool:
        change = self._recorded.get(decision.path)
        later = None if change is None else change.after
        if later is None or later.sha256 != decision.sha256:
            return False
        return not says_the_same(later, decision)

    def _save(
        self, entry: str, answers: Sequence[ReviewAnswer], expected: Mapping[str, str]
    ) -> Saved:
        self._catch_up()
        asked = tuple(answer.question for answer in answers)
        if entry in self._entries:
            return Saved(tuple(map(self.answer, asked)), taken=True)
        standing = tuple(map(self.answer, asked))
        if any(expected.get(one.question, one.entry) != one.entry for one in standing):
            return Saved(standing, taken=False)
        held = self._held(answers)
        free = [answer for answer in answers if answer.question not in held]
        if free:
            before = [self.answer(answer.question) for answer in free]
            self._log.append([_line(entry, free, before)], self.length)
            self._catch_up()
        return Saved(tuple(map(self.answer, asked)), taken=True, held=held)

    def _held(self, answers: Sequence[ReviewAnswer]) -> dict[str, str]:
        """Return the questions about pictures that are being moved, each with one of those."""
        moving = self._at_work.moving()
        if not moving:
            return {}
        found = {one.question: sorted(self._pictures(one) & moving.keys()) for one in answers}
        return {question: paths[0] for question, paths in found.items() if paths}

    def _forget(self) -> None:
        self._standing.clear()
        self._entries.clear()
        self._changes.clear()
        self._recorded.clear()
        self._lines = self.length = 0

    def _catch_up(self) -> None:
        try:
            if self._log.size() < self.length:
                self._forget()  # it was replaced by the one that lasts
            data = self._log.read(self.length)
        except OSError as error:
            raise StateError(
                f"cannot read the decisions in {names.text(str(self._log.path))!r}:"
                f" {error.strerror or error}."
            ) from error
        for line in data.splitlines(keepends=True):
            self._lines += 1
            questions, paths = self._take(line)
            self.length += len(line)
            self._changes.append(_Change(self.length, questions, paths))

    def _take(self, line: bytes) -> tuple[frozenset[str], frozenset[str]]:
        """Let an entry count; return its questions, and the pictures of old and new answers."""
        try:
            document = parse_json(line)
            entry, answers = document["entry"], [_answer(one) for one in document["answers"]]
            if not isinstance(entry, str) or not ENTRY_ID.fullmatch(entry):
                raise ValueError("invalid id")
            recorded = recorded_in(document)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged_line(self._state, self._lines, error) from error
        self._entries.add(entry)
        if not document.get("whole"):  # which lists what was decided before
            self._recorded.update({change.path: change for change in recorded})
        paths: set[str] = set()
        for answer in answers:
            paths |= self._pictures(answer)
            for decision in answer.decisions:
                self._recorded.pop(decision.path, None)
            self._standing.pop(answer.question, None)  # the later one goes to the end
            if not answer.is_open:
                self._standing[answer.question] = replace(answer, entry=entry)
        return frozenset(answer.question for answer in answers), frozenset(paths)

    def _pictures(self, answer: ReviewAnswer) -> set[str]:
        """Return the pictures of an answer, and of the one that it replaces."""
        before = self.answer(answer.question)
        return {decision.path for one in (answer, before) for decision in one.decisions}


def says_the_same(recorded: Kept, decision: Decision) -> bool:
    """Return whether a recorded decision is what was decided; a repair is never recorded."""
    leaves = decision.action is Action.QUARANTINE
    return decision.action is not Action.FIX and (
        (recorded.sha256, recorded.left_out, recorded.label)
        == (decision.sha256, leaves, decision.label)
    )


def _line(entry: str, answers: Sequence[ReviewAnswer], standing: Sequence[ReviewAnswer]) -> bytes:
    document = {
        "entry": entry,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "answers": [
            {
                "question": answer.question,
                "before": before.entry,
                "decisions": [_plain(decision) for decision in answer.decisions],
                **({"different": True} if answer.different else {}),
            }
            for answer, before in zip(answers, standing, strict=True)
        ],
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def _plain(decision: Decision) -> dict[str, str]:
    plain = {"path": decision.path, "action": decision.action.value, "sha256": decision.sha256}
    return {**plain, "label": decision.label} if decision.label else plain


def _answer(item: dict[str, Any]) -> ReviewAnswer:
    question, different = item["question"], item.get("different", False)
    if not isinstance(question, str) or not isinstance(different, bool):
        raise TypeError("invalid question")
    # whether a label can be one was checked when it was saved, and is again when it is given
    decisions = tuple(
        read_decision({**one, "reason": REVIEW}, {one.get("label")}) for one in item["decisions"]
    )
    return ReviewAnswer(names.text(question), decisions, different)
