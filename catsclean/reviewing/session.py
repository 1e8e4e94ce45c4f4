"""One review: the questions of an audit and their answers, as plain values for a page.

It knows nothing of HTTP: the web application and the widget of a notebook both speak to it.  A
page names pictures by their row in the manifest, and questions by their key; it never names a file.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.result import Audit
from catsclean.auditing.save import load_audit
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer, says_the_same
from catsclean.cleaning.decisions import Action, Decision, check_label
from catsclean.cleaning.decisions_view import standing_decisions
from catsclean.cleaning.plan import classes_are_folders
from catsclean.cleaning.relabelling import fault_of_label
from catsclean.core import names
from catsclean.core.portable_names import same_name
from catsclean.core.state import StateFolder
from catsclean.reports.questions.ask import Asked, Kind, Queue, ReviewQuestion, ask, is_by_hand
from catsclean.reviewing.browsing import Browser, View
from catsclean.reviewing.by_hand import ChosenByHand
from catsclean.reviewing.carried_out import CarriedOut
from catsclean.reviewing.refusals import RefusedRequestError

#: The most questions that are returned at once.
MOST_QUESTIONS: Final = 100
_MOST_ANSWERS: Final = 500


class Review:
    """The questions and answers of one data set; may be used from several threads.

    Attributes:
        audit: The audit that the questions are about.
        browser: All pictures of it.
        carried_out: The answers whose questions are gone, because a clean carried them out.
    """

    def __init__(self, audit: Audit) -> None:
        """Find the questions.

        Args:
            audit: An audit; one that was loaded will do.

        Raises:
            StateError: The decisions of earlier reviews are damaged.
        """
        self._lock = threading.RLock()
        self._journal = DecisionJournal(audit.state)
        self.renew(audit)

    def renew(self, audit: Audit) -> None:
        """Find the questions again, after a clean or an audit.

        Raises:
            StateError: The decisions of earlier reviews are damaged.
        """
        with self._lock:
            self._seen = _marks(audit.state)
            answers = self._journal.read()
            self.audit = audit
            self.browser = Browser(audit)
            # an answer that says that pictures are different hides its own question at the next
            # start only: here it can still be taken back
            self._queues = {one.key: one for one in ask(audit, list(answers.values()))}
            self._questions = {
                question.key: question
                for queue in self._queues.values()
                for question in queue.questions
            }
            self.carried_out = CarriedOut(audit.state, answers, self._questions)
            named = {
                asked.facts.sample.path
                for question in self._questions.values()
                for asked in question.pictures
            }
            self._row_of = self.browser.rows_of(named)
            self._by_hand = ChosenByHand(audit, self.browser)
            # what was decided, and the length of the journal that says so
            self._actions: dict[str, str] = {}
            self._decided_at = -1
            self._about = {
                self._row_of[asked.facts.sample.path]: (queue.key, at, question)
                for queue in self._queues.values()
                for at, question in enumerate(queue.questions)
                for asked in question.asked
            }
            labels = audit.manifest.packed["label"].unique().to_pylist()
            self._labels = frozenset(filter(None, labels))
            self._known_labels = {same_name(label): label for label in self._labels}
            # labels that are no folders may be any text
            self._any_text = frozenset() if classes_are_folders(audit.state) else self._labels

    def is_stale(self) -> bool:
        """Return whether an audit, a clean or an undo changed what the questions are about."""
        return _marks(self.audit.state) != self._seen

    def summary(self) -> dict[str, Any]:
        """Return the queues with their counts, and facts about the data set.

        They are those of the last audit, and of all cleans since.

        Raises:
            CatscleanError: As :func:`catsclean.load_audit`.
        """
        self.audit.state.refresh()
        with self._lock:
            if self.is_stale():
                self.renew(load_audit(self.audit.state))
            answers = self._journal.read()
            return {
                "name": names.encode(self.audit.root.name),
                "arguments": self.audit.state.arguments,
                "pictures": len(self.audit.manifest.packed),
                "labels": sorted(self._labels),
                "queues": [_queue(queue, answers) for queue in self._queues.values()],
                "by_hand": self._count_by_hand(),
                "carried_out": {"number": self.carried_out.number, "by": self.carried_out.by},
                "journal": self._journal.length,
            }

    def questions(self, queue: str, start: int, number: int) -> dict[str, Any]:
        """Return some questions of a queue, with their answers.

        Args:
            queue: Its key.
            start: Position of the first one.
            number: How many, at most 100.

        Returns:
            ``total``; ``first``, the position of the first open one; ``questions``.

        Raises:
            RefusedRequestError: There is no such queue.
        """
        with self._lock:
            if queue not in self._queues:
                raise RefusedRequestError("no such queue")
            answers = self._journal.read()
            every = self._queues[queue].questions
            first = next((at for at, one in enumerate(every) if one.key not in answers), len(every))
            some = every[max(0, start) :][: max(0, min(number, MOST_QUESTIONS))]
            return {
                "total": len(every),
                "first": first,
                "questions": [self._question(one) for one in some],
            }

    def first_open(self) -> ReviewQuestion | None:
        """Return the question that a page opens with; None if no question waits for a person.

        Raises:
            StateError: The decisions are damaged.
        """
        with self._lock:
            answers = self._journal.read()
            waiting = [queue for queue in self._queues.values() if queue.waits]
            open_ = (one for queue in waiting for one in queue.questions if one.key not in answers)
            return next(open_, None)

    def about(self, rows: Sequence[int]) -> dict[str, Any]:
        """Return some pictures, and the questions about them.

        Args:
            rows: Rows of the manifest; those that do not exist, and all behind the first 500, are
                left out.

        Returns:
            ``pictures`` as of :meth:`Browser.picture`; ``questions`` as of :meth:`questions`, at
            most one for each row, with the key of its ``queue`` and its position there, ``at``.  A
            picture that no queue asks about has a question without a queue, unless no decision
            about it can be carried out; ``recorded`` is the action that was decided earlier.
        """
        with self._lock:
            self._journal.read()
            some = rows[:_MOST_ANSWERS]
            # several rows of one group have one question
            found = dict.fromkeys(self._about[row] for row in some if row in self._about)
            by_hand = self._by_hand.about(row for row in some if row not in self._about)
            self._row_of |= {one.paths[0]: row for row, one in by_hand.items()}
            decided = self._decided() if by_hand else {}
            return {
                "pictures": self.browser.some(some),
                "questions": [
                    {**self._question(one), "queue": queue, "at": at} for queue, at, one in found
                ]
                + [
                    {
                        **self._question(one),
                        "queue": "",
                        "at": 0,
                        "recorded": decided.get(one.paths[0], ""),
                    }
                    for one in by_hand.values()
                ],
            }

    def pictures(self, view: View, start: int, number: int) -> dict[str, Any]:
        """Return a part of a view, as :meth:`Browser.pictures`, by the decisions of this moment.

        Raises:
            StateError: The decisions are damaged.
        """
        with self._lock:
            return self._browser_of(view).pictures(view, start, number)

    def histogram(self, view: View) -> dict[str, Any]:
        """Count the pictures of a view, as :meth:`Browser.histogram`, likewise.

        Raises:
            StateError: The decisions are damaged.
        """
        with self._lock:
            return self._browser_of(view).histogram(view)

    def save(self, body: object) -> tuple[dict[str, Any], bool]:
        """Save the answers that a page sends, durably and all of them, or none.

        Args:
            body: ``entry``, an id that the page makes; ``answers``, a list of ``question``,
                ``expected`` (the entry that the page believes to stand, or ``""``),
                ``decisions`` (a list of ``row``, ``action`` and ``label``; empty takes the answer
                back) and ``different``.

        Returns:
            ``answers``, by question those that stand now; ``held``, if pictures are being moved:
            by question, why its answer was not saved; and whether all are those of the page.

        Raises:
            RefusedRequestError: The request makes no sense; nothing was saved.
            StateError: The answers could not be saved.
        """
        with self._lock:
            entry, answers, expected = self._read(body)
            try:
                saved = self._journal.save(entry, answers, expected)
            except ValueError as error:
                raise RefusedRequestError(str(error)) from None
            held = {question: self._held(path) for question, path in saved.held.items()}
            return {
                "answers": {one.question: self._answer(one) for one in saved.answers},
                "journal": self._journal.length,
                **({"held": held} if held else {}),
            }, saved.taken and not held

    def changes(self, journal: int) -> dict[str, Any]:
        """Return the answers that were given since the journal had some length, by whomever.

        Returns:
            ``answers`` by question; ``journal``, its length now; ``stale``: the questions have
            changed, and :meth:`summary` has the new ones.
        """
        with self._lock:
            self._journal.read()
            changed = {
                key
                for key in self._journal.changed_since(journal)
                if key in self._questions or is_by_hand(key)
            }
            return {
                "answers": {key: self._answer(self._journal.answer(key)) for key in changed},
                "journal": self._journal.length,
                "stale": self.is_stale(),
            }

    def picture(self, row: int, digest: str) -> tuple[str, str] | None:
        """Return path and sha256 of a picture; None if there is none, or it has other bytes by now.

        Args:
            row: Its row in the manifest.
            digest: The beginning of its sha256, as the page knows it.
        """
        with self._lock:
            return self.browser.named(row, digest)

    def _held(self, path: str) -> str:
        return (
            f"{path} is being cleaned now. When that has ended, what is left is asked again. If it"
            f" was interrupted, catsclean log {self.audit.state.arguments} completes it."
        )

    def _question(self, question: ReviewQuestion) -> dict[str, Any]:
        answer = self._journal.answer(question.key)
        return {
            "key": question.key,
            "kind": question.kind.value,
            "pictures": [self._picture(one) for one in question.pictures],
            "suggested": self._decisions(question.suggested),
            "answer": self._answer(answer),
            "fixes": question.fixes,
        }

    def _picture(self, asked: Asked) -> dict[str, Any]:
        facts = asked.facts
        row = self._row_of[facts.sample.path]
        return {
            **self.browser.picture(row),
            "message": asked.message,
            "differs": sorted(asked.differing),
            "notes": list(asked.notes),
            "suggested": facts.suggested,
            "leaves": list(facts.leaves),
            "aside": facts.aside,
        }

    def _answer(self, answer: ReviewAnswer) -> dict[str, Any] | None:
        if answer.is_open:
            return None
        return {
            "entry": answer.entry,
            "decisions": self._decisions(answer.decisions),
            "different": answer.different,
        }

    def _decisions(self, decisions: Sequence[Decision]) -> list[dict[str, Any]]:
        self._find_rows({one.path for one in decisions})
        return [
            {"row": self._row_of[one.path], "action": one.action.value, "label": one.label}
            for one in decisions
            if one.path in self._row_of
        ]

    def _read(self, body: object) -> tuple[str, list[ReviewAnswer], dict[str, str]]:
        """Check what a page sends: nothing of it is believed."""
        if not isinstance(body, dict) or not isinstance(body.get("entry"), str):
            raise RefusedRequestError("an entry needs an id")
        items = body.get("answers")
        if not isinstance(items, list) or not 0 < len(items) <= _MOST_ANSWERS:
            raise RefusedRequestError(f"an entry has 1 to {_MOST_ANSWERS} answers")
        answers = [self._read_answer(item) for item in items]
        if len({answer.question for answer in answers}) < len(answers):
            raise RefusedRequestError("a question is answered twice")
        expected = {
            answer.question: item["expected"]
            for answer, item in zip(answers, items, strict=True)
            if isinstance(item.get("expected"), str)
        }
        return body["entry"], answers, expected

    def _read_answer(self, item: object) -> ReviewAnswer:
        if not isinstance(item, dict):
            raise RefusedRequestError("an answer is not an object")
        key, different, listed = item.get("question"), item.get("different"), item.get("decisions")
        if not isinstance(listed, list):
            raise RefusedRequestError("decisions must be a list")
        question = self._find_question(key, listed) if isinstance(key, str) else None
        if question is None:
            raise RefusedRequestError("no such question: it may be one of an earlier audit")
        pictures = {self._row_of[one.facts.sample.path]: one for one in question.pictures}
        decisions = tuple(self._read_decision(one, pictures) for one in listed)
        fixes = any(one.action is Action.FIX for one in decisions)
        if fixes and not question.fixes:
            raise RefusedRequestError("fix cannot repair this picture")
        if len({one.path for one in decisions}) < len(decisions):
            raise RefusedRequestError("a picture is decided about twice")
        return ReviewAnswer(question.key, decisions, different is True and bool(decisions))

    def _find_question(self, key: str, listed: Sequence[object]) -> ReviewQuestion | None:
        """Return the question of a key; one by hand is made for the rows that the page names."""
        if not is_by_hand(key):
            return self._questions.get(key)
        given = [item.get("row") for item in listed if isinstance(item, dict)]
        rows = [row for row in given[:1] if type(row) is int]
        # an answer that is taken back names no row
        paths = {one.path for one in self._journal.answer(key).decisions}
        rows += self._find_rows(paths)
        found = self._by_hand.find(key, [row for row in rows if row not in self._about])
        if found is not None:
            self._find_rows(set(found.paths))
        return found

    def _find_rows(self, paths: set[str]) -> list[int]:
        """Return the rows of some paths, and remember them."""
        self._row_of |= self.browser.rows_of(paths - self._row_of.keys())
        return [self._row_of[path] for path in paths if path in self._row_of]

    def _browser_of(self, view: View) -> Browser:
        if view.decided:
            self._journal.read()
            self.browser.know(self._decided())
        return self.browser

    def _decided(self) -> dict[str, str]:
        """Return the actions that were decided about the pictures as they are, by path."""
        if self._decided_at != self._journal.length:
            decisions = standing_decisions(self.audit.state, self._journal)
            known = self.audit.manifest.lists(["path", "sha256"], decisions.keys())
            self._actions = {
                path: decisions[path].action.value
                for path, sha256 in zip(*known.values(), strict=True)
                if decisions[path].sha256 == sha256
            }
            self._decided_at = self._journal.length
        return self._actions

    def _count_by_hand(self) -> int:
        """Count the answers about chosen pictures that are still to be carried out."""
        answers = self._journal.read()
        recorded = read_kept(self.audit.state)
        waiting = {
            key: one
            for key in answers
            if is_by_hand(key)
            for one in answers[key].decisions
            if one.path not in recorded or not says_the_same(recorded[one.path], one)
        }
        rows = self._find_rows({one.path for one in waiting.values()})
        found = self._by_hand.about(row for row in rows if row not in self._about)
        return sum(one.key in waiting for one in found.values())

    def _label(self, given: object) -> str:
        """Check a label as a clean will: nobody should hear later that it cannot be used.

        Raises:
            ValueError: It cannot be used.
        """
        label = check_label(given, self._any_text)
        if fault := fault_of_label(label, self._labels, self._known_labels):
            raise ValueError(fault)
        return label

    def _read_decision(self, item: object, pictures: Mapping[int, Asked]) -> Decision:
        if not isinstance(item, dict) or type(item.get("row")) is not int:
            raise RefusedRequestError("a decision needs the row of its picture")
        asked = pictures.get(item["row"])
        if asked is None or not asked.facts.decidable:
            raise RefusedRequestError("the question is not about this picture")
        try:
            action = Action(str(item.get("action")))
            label = self._label(item.get("label")) if action is Action.RELABEL else ""
        except ValueError as error:
            raise RefusedRequestError(str(error)) from None
        sample = asked.facts.sample
        return Decision(sample.path, action, sample.sha256, "review", label)


def _queue(queue: Queue, answers: Mapping[str, ReviewAnswer]) -> dict[str, Any]:
    kinds = {question.kind for question in queue.questions}
    return {
        "key": queue.key,
        "name": queue.name,
        "title": queue.title,
        "by_itself": queue.by_itself,
        "repairs": queue.repairs,
        "severity": queue.severity,
        "total": len(queue.questions),
        "answered": sum(question.key in answers for question in queue.questions),
        # pictures that are looked at alone fit on one page
        "pages": kinds <= {Kind.KEEP, Kind.RELABEL},
    }


def _marks(state: StateFolder) -> tuple[object, ...]:
    """Return what changes with every audit, clean and undo."""
    journals = sorted(state.quarantine.glob("*/journal.json"))
    marks = []
    for path in (state.manifest, state.path / "audit.json", *journals):
        try:
            status = path.stat()
        except OSError:
            continue
        marks.append((path.parent.name, path.name, status.st_mtime_ns, status.st_ino))
    return tuple(marks)
