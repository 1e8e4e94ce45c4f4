"""``decisions.jsonl``: every decision of a review, in the order in which they were made.

The file is only ever appended to.  A line is one entry: what somebody did at once, such as one
answer, or a page of 24.  It is on disk before the caller is told so.  What counts
is the last entry about a question; an entry without decisions takes the earlier one back.

Several processes may write.  Each holds a lock while it appends, and reads first what the others
wrote.  Whoever changes an answer names the entry that it believes to stand, so that nobody
overwrites what they have not seen.
"""

from __future__ import annotations

import json
import os
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from filelock import FileLock, Timeout

from catsclean.cleaning.decisions import Decision, read_decision
from catsclean.core import names
from catsclean.core.name_calls import make_durable
from catsclean.core.state import StateFolder
from catsclean.errors import StateError

_LOCK_SECONDS: Final = 10.0
_ENTRY_ID: Final = re.compile(r"[0-9A-Za-z-]{8,64}")
_MOST_KEY: Final = 200
# the reason of its decisions, as a decisions file has one
_REVIEW: Final = "review"


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
        taken: They are those of the entry.  If not, somebody else answered first, and nothing of
            the entry was saved.
    """

    answers: tuple[ReviewAnswer, ...]
    taken: bool


class DecisionJournal:
    """The decisions of the reviews of one data set.

    Attributes:
        length: Number of bytes read so far; it grows with each entry.
    """

    def __init__(self, state: StateFolder) -> None:
        """Take the state folder; nothing is read yet."""
        self._path = state.decision_journal
        self._state = state
        self._standing: dict[str, ReviewAnswer] = {}
        self._entries: set[str] = set()
        self._changes: list[tuple[int, frozenset[str]]] = []
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
        if not _ENTRY_ID.fullmatch(entry) or any(
            not 0 < len(answer.question) <= _MOST_KEY for answer in answers
        ):
            raise ValueError("an entry must have an id, and its questions keys")
        lock = FileLock(self._path.with_name(self._path.name + ".lock"), timeout=_LOCK_SECONDS)
        try:
            self._state.create()
            with lock, self._state.recording():
                return self._save(entry, answers, expected or {})
        except StateError:
            # the line may be in the file, and not where it lasts
            self._forget()
            raise
        except Timeout:
            raise StateError(
                "another process has been saving decisions for"
                f" {_LOCK_SECONDS:.0f} seconds. Try again."
            ) from None
        except OSError as error:
            raise StateError(
                f"cannot save the decision in {names.text(str(self._path))!r}:"
                f" {error.strerror or error}. Make room, and try again."
            ) from error

    def changed_since(self, length: int) -> frozenset[str]:
        """Return the questions that entries behind some length of the journal are about."""
        behind = bisect_right(self._changes, length, key=lambda change: change[0])
        return frozenset[str]().union(*(questions for _, questions in self._changes[behind:]))

    def decisions(self) -> dict[str, Decision]:
        """Return the decisions that stand, by path; of two about one picture the later counts."""
        found: dict[str, Decision] = {}
        for answer in self._standing.values():
            found.update({decision.path: decision for decision in answer.decisions})
        return found

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
        self._append(_line(entry, answers, standing))
        self._catch_up()
        return Saved(tuple(map(self.answer, asked)), taken=True)

    def _append(self, line: bytes) -> None:
        """Append a line durably, or leave the file as it is."""
        is_new = not self._path.exists()
        # never through a link that was planted under this name
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self._path, flags | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "ab", buffering=0) as stream:
            # behind what was read lies at most the torn line of a process that was killed
            stream.truncate(self.length)
            try:
                rest = memoryview(line)
                while rest:
                    rest = rest[stream.write(rest) :]
                os.fsync(descriptor)
            except OSError:
                stream.truncate(self.length)
                raise
        if is_new:
            make_durable(self._path.parent)

    def _forget(self) -> None:
        self._standing.clear()
        self._entries.clear()
        self._changes.clear()
        self._lines = self.length = 0

    def _catch_up(self) -> None:
        try:
            with self._path.open("rb") as stream:
                if stream.seek(0, os.SEEK_END) < self.length:
                    self._forget()  # it was replaced by the one that lasts
                stream.seek(self.length)
                data = stream.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StateError(
                f"cannot read the decisions in {names.text(str(self._path))!r}:"
                f" {error.strerror or error}."
            ) from error
        whole = data.rfind(b"\n") + 1  # a torn line was never acknowledged
        for line in data[:whole].splitlines(keepends=True):
            self._lines += 1
            questions = self._take(line)
            self.length += len(line)
            self._changes.append((self.length, questions))

    def _take(self, line: bytes) -> frozenset[str]:
        """Let an entry count; return its questions."""
        try:
            document = json.loads(line)
            entry, answers = document["entry"], [_answer(one) for one in document["answers"]]
            if not isinstance(entry, str) or not _ENTRY_ID.fullmatch(entry):
                raise ValueError("invalid id")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StateError(
                f"line {self._lines:,} of {names.text(str(self._path))!r} is damaged:"
                f" {names.text(str(error))[:200]}. Remove the line to go on without its decisions."
            ) from error
        self._entries.add(entry)
        for answer in answers:
            self._standing.pop(answer.question, None)  # the later one goes to the end
            if not answer.is_open:
                self._standing[answer.question] = replace(answer, entry=entry)
        return frozenset(answer.question for answer in answers)


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
        read_decision({**one, "reason": _REVIEW}, {one.get("label")}) for one in item["decisions"]
    )
    return ReviewAnswer(names.text(question), decisions, different)
