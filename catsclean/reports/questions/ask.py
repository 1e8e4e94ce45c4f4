"""The questions that an audit leaves to a person, each with the answer that catsclean suggests.

A picture is asked about once, whatever was found about it: as a member of a group of copies if it
is one, else for the finding under which the dry run of a clean counts it, too.  A person may also
decide about a picture that no question is about: :func:`ask_by_hand`.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from catsclean.auditing.result import Audit
from catsclean.cleaning.decision_journal import ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.core.model import Finding, Fix, Severity
from catsclean.reports.questions.copy_groups import Group, group_copies, is_about_copies
from catsclean.reports.questions.picture_facts import PictureFacts, facts_of
from catsclean.reports.questions.picture_findings import PictureFindings
from catsclean.reports.questions.since import look_since
from catsclean.reports.tally import counted_under, tally
from catsclean.validators.registry import repair_of, validator_of

_DIGITS: Final = 32
_ALL: Final = 1_000_000_000
#: Name of the queue of copies; that of label conflicts is called as their validator.
COPIES: Final = "copies"
_BY_HAND: Final = "keep:by-hand"


class Kind(StrEnum):
    """What a question asks.

    LABEL: Which of the labels of these copies is right?
    COPIES: Which of these copies stays?
    RELABEL: Is the label of this picture right?
    KEEP: Does this picture stay?
    """

    LABEL = "label"
    COPIES = "copies"
    RELABEL = "relabel"
    KEEP = "keep"


# as words.js has them
_TITLES: Final = {Kind.LABEL: "One picture, two labels", Kind.COPIES: "Duplicates"}
_PROPER: Final = {
    "tensorflow": "TensorFlow", "keras": "Keras", "gps": "GPS", "lfs": "LFS", "exif": "Exif",
    "iptc": "IPTC",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One picture of a question.

    Attributes:
        facts: What is known of it.
        message: What was found about it; empty if it is the copy that others are compared with.
        differing: Names of the facts in which it differs from the first picture.
        notes: What else was found about it.
    """

    facts: PictureFacts
    message: str
    differing: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """One question.

    Attributes:
        key: Says what it is about: the same pictures, asked the same, have the same key in every
            audit.
        kind: What it asks.
        pictures: The pictures, the suggested one first.
        suggested: The decisions that catsclean suggests; none where only a person can tell.
        waits: Paths that a clean leaves in their place until a person decides about them.
        repairable: Paths that it leaves there, too, but ``fix`` may repair all that was found.
        leaves: Paths that a clean sets aside without an answer.
        fixes: It is about one picture, and ``fix`` can repair something that was found about it.
    """

    key: str
    kind: Kind
    pictures: tuple[Asked, ...]
    suggested: tuple[Decision, ...]
    waits: tuple[str, ...] = ()
    repairable: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    fixes: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The pictures that an answer decides about; another may stand beside them to compare."""
        return tuple(one.facts.sample.path for one in self.asked)

    @property
    def is_group(self) -> bool:
        """Whether it is about copies of one picture."""
        return self.kind in {Kind.LABEL, Kind.COPIES}

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The pictures that are decided about: beside a single one stands one to compare with."""
        return self.pictures if self.is_group else self.pictures[:1]


@dataclass(frozen=True, slots=True)
class Queue:
    """Questions of one kind, those that matter most first.

    Attributes:
        name: ``copies`` or a validator.
        by_itself: ``clean`` carries out the suggestions without an answer.
        severity: ``error``, ``warning`` or ``note``.
        questions: The questions.
        repairs: ``fix`` can repair the pictures, unless a person decides about them.
    """

    name: str
    by_itself: bool
    severity: str
    questions: tuple[ReviewQuestion, ...]
    repairs: bool = False

    @property
    def waits(self) -> bool:
        """Whether its questions wait for a person."""
        return not self.by_itself and not self.repairs

    @property
    def key(self) -> str:
        """Its name, which for what leaves by itself is another one."""
        return f"{self.name}-by-itself" if self.by_itself else self.name

    @property
    def title(self) -> str:
        """What people call it."""
        words = " ".join(_PROPER.get(word, word) for word in self.name.split("-"))
        return _TITLES.get(self.questions[0].kind, f"{words[:1].upper()}{words[1:]}")


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The questions that are still open.

    Attributes:
        questions: Number of questions that wait for a person.
        answered: Number of questions, of all kinds, that a review has answers to.
        by_queue: Number of questions that wait for a person, by key of their queue.
    """

    questions: int
    answered: int
    by_queue: Mapping[str, int]


def count_unanswered(queues: Iterable[Queue], answers: Container[str] = ()) -> Unanswered:
    """Count the questions that the answers leave open.

    What is left to do about files is counted by
    :func:`catsclean.reports.questions.left_to_do.left_to_do`.

    Args:
        queues: All queues.
        answers: Keys of the questions that are answered.
    """
    waiting: dict[str, int] = {}
    answered = 0
    for queue in queues:
        open_ = [one for one in queue.questions if one.key not in answers]
        answered += len(queue.questions) - len(open_)
        if open_ and queue.waits:
            waiting[queue.key] = len(open_)
    return Unanswered(sum(waiting.values()), answered, waiting)


def ask(audit: Audit, answers: Iterable[ReviewAnswer] = ()) -> tuple[Queue, ...]:
    """Return the questions of an audit: first what waits for a person, then what leaves by itself.

    Args:
        audit: The audit, its findings and what was decided about them.
        answers: The answers of earlier reviews: pictures that are said to be different are not
            asked about as copies of one another again.
    """
    paths = {path for f in audit.findings for path in (f.path, *f.related) if path is not None}
    facts = facts_of(audit, paths, look_since(audit).runs)
    apart = _different(answers)
    groups = [group for group in group_copies(audit.findings, facts, _ALL) if group.asks]
    asked_about = {one.facts.sample.path for group in groups for one in group.open}
    made: dict[tuple[str, bool], list[ReviewQuestion]] = {}
    severities: dict[str, str] = {}
    found = PictureFindings(audit)
    for group in groups:
        name = group.validator if group.conflict else COPIES
        severities.setdefault(name, group.severity)
        if not group.kept and not _are_apart(group, apart):
            question = _about_group(group, found)
            made.setdefault((name, _by_itself(question)), []).append(question)
    asking = _asking(audit.findings, facts, can_repair=found.can_repair)
    for one in tally(audit):
        severities.setdefault(one.validator, one.severity.value)
        for finding in one.findings:
            path = finding.path
            if path is None or path in asked_about or asking.get(path) != one.validator:
                continue
            own = facts[path]
            if _asks(finding, own):
                asked_about.add(path)
                question = _about_finding(finding, own, facts, found)
                made.setdefault((one.validator, bool(own.leaves)), []).append(question)
    queues = (
        Queue(
            name,
            by_itself,
            severities[name],
            tuple(questions),
            found.can_repair and not by_itself and name != COPIES and _has_repair(name),
        )
        for (name, by_itself), questions in made.items()
    )
    return tuple(sorted(queues, key=_order))


def _order(queue: Queue) -> tuple[bool, bool, int]:
    """Groups come first, then labels that may be wrong, then the order of the audit."""
    kind = queue.questions[0].kind
    kinds = (Kind.LABEL, Kind.RELABEL, Kind.COPIES, Kind.KEEP)
    return queue.by_itself, queue.repairs, kinds.index(kind)


def ask_by_hand(facts: PictureFacts, found: PictureFindings) -> ReviewQuestion:
    """Return the question whether a picture stays that a person chose, and no validator.

    Args:
        facts: The picture, about which a decision can be carried out.
        found: What was found about it.
    """
    pictures = (Asked(facts, "", notes=found.notes(facts.sample.path)),)
    return _question(_key(_BY_HAND, pictures), Kind.KEEP, pictures, (), found)


def is_by_hand(key: str) -> bool:
    """Return whether a key is that of a question of :func:`ask_by_hand`."""
    return key.startswith(f"{_BY_HAND}:")


def _has_repair(validator: str) -> bool:
    return bool(repair_of(validator))


def _by_itself(question: ReviewQuestion) -> bool:
    """Tell whether all but one of some copies leave without an answer, and the last one is fine."""
    alone = len(question.pictures) - len(question.leaves) == 1
    return question.kind is Kind.COPIES and alone and not question.waits


def _about_group(group: Group, found: PictureFindings) -> ReviewQuestion:
    pictures = tuple(
        Asked(
            member.facts,
            member.message,
            member.differing,
            found.notes(member.facts.sample.path, group.validators),
        )
        for member in group.open
    )
    kind = Kind.LABEL if group.conflict else Kind.COPIES
    stays, *others = (asked.facts for asked in pictures)
    suggested: tuple[Decision, ...] = ()
    if kind is Kind.COPIES:
        suggested = (
            _decide(stays, Action.KEEP),
            *(_decide(other, Action.QUARANTINE) for other in others),
        )
    return _question(_key(kind, pictures), kind, pictures, suggested, found)


def _question(
    key: str,
    kind: Kind,
    pictures: Sequence[Asked],
    suggested: tuple[Decision, ...],
    found: PictureFindings,
) -> ReviewQuestion:
    """Make a question, and sort its pictures by what a clean does with them before the answer."""
    made = ReviewQuestion(key, kind, tuple(pictures), suggested)
    by_path = {one.facts.sample.path: one.facts for one in pictures}
    waits: list[str] = []
    for_fix: list[str] = []
    leaves: list[str] = []
    for path in made.paths:
        if by_path[path].leaves:
            leaves.append(path)
        elif found.wants_action(path) and not by_path[path].kept:
            (for_fix if found.is_repairable(path) else waits).append(path)
    fixes = not made.is_group and found.has_repair(made.paths[0])
    return replace(
        made, waits=tuple(waits), repairable=tuple(for_fix), leaves=tuple(leaves), fixes=fixes
    )


def _asking(
    findings: Iterable[Finding], facts: Mapping[str, PictureFacts], *, can_repair: bool
) -> dict[str, str]:
    """Return the validator for whose finding each picture is asked about, by path."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        if finding.path is not None and _asks(finding, facts[finding.path]):
            found.setdefault(finding.path, []).append(finding.validator)
    return {path: counted_under(of, can_repair=can_repair) for path, of in found.items()}


def _asks(finding: Finding, own: PictureFacts) -> bool:
    """Tell whether a finding asks about its picture; one that leaves is asked about for that."""
    wanted = Fix.SAFE if own.leaves else Fix.REVIEW
    return own.decidable and not own.kept and finding.fix is wanted


def _about_finding(
    finding: Finding,
    own: PictureFacts,
    facts: Mapping[str, PictureFacts],
    found: PictureFindings,
) -> ReviewQuestion:
    """Return the question that a finding asks."""
    notes = found.notes(own.sample.path, {finding.validator})
    pictures = [Asked(own, finding.message, notes=notes)]
    if is_about_copies(finding.validator) and finding.related:
        other = facts[finding.related[0]]
        pictures += [Asked(other, "")] if other.known else []
    kind = Kind.KEEP
    suggested: tuple[Decision, ...] = ()  # whether a flawed picture serves is for eyes to tell
    if validator_of(finding.validator).suggests and own.suggested:
        kind, suggested = Kind.RELABEL, (_decide(own, Action.RELABEL, own.suggested),)
    elif own.leaves:
        suggested = (_decide(own, Action.QUARANTINE),)
    elif finding.severity is Severity.NOTE:
        # to keep it as it is would keep its other fault, too
        repairs = found.has_repair(own.sample.path)
        suggested = (_decide(own, Action.FIX if repairs else Action.KEEP),)
    key = _key(f"{kind}:{finding.validator}", pictures[:1])
    return _question(key, kind, pictures, suggested, found)


def _decide(facts: PictureFacts, action: Action, label: str = "") -> Decision:
    return Decision(facts.sample.path, action, facts.sample.sha256, "review", label)


def _key(what: str, pictures: Sequence[Asked]) -> str:
    """Name a question by what it asks, and by the paths and bytes of its pictures."""
    lines = sorted(_name(one.facts.sample.sha256, one.facts.sample.path) for one in pictures)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return f"{what}:{digest[:_DIGITS]}"


def _name(sha256: str, path: str) -> str:
    # copies may have the same bytes
    return f"{sha256} {path}"


def _different(answers: Iterable[ReviewAnswer]) -> frozenset[frozenset[str]]:
    """Return the pairs of pictures that are no copies, as somebody said."""
    return frozenset(
        frozenset(pair)
        for answer in answers
        if answer.different
        for pair in itertools.combinations(
            [_name(one.sha256, one.path) for one in answer.decisions], 2
        )
    )


def _are_apart(group: Group, apart: frozenset[frozenset[str]]) -> bool:
    if not apart:
        return False
    named = [_name(one.facts.sample.sha256, one.facts.sample.path) for one in group.open]
    return all(frozenset(pair) in apart for pair in itertools.combinations(named, 2))
