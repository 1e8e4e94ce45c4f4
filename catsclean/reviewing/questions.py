"""The questions that an audit leaves to a person, each with the answer that catsclean suggests.

A picture is asked about once, whatever was found about it: as a member of a group of copies if it
is one, else for the gravest of its findings.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from catsclean.auditing.result import Audit
from catsclean.cleaning.decision_journal import ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.core.model import Finding, Fix, Severity
from catsclean.reports.html.copy_groups import Group, group_copies
from catsclean.reports.html.galleries import make_card
from catsclean.reports.html.picture_facts import PictureFacts, facts_of
from catsclean.reports.html.since import look_since
from catsclean.reports.tally import repair_of, tally
from catsclean.validators.registry import validator_of

_DIGITS: Final = 32
_ALL: Final = 1_000_000_000
#: Name of the queue of copies; that of label conflicts is called as their validator.
COPIES: Final = "copies"


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
    """

    key: str
    kind: Kind
    pictures: tuple[Asked, ...]
    suggested: tuple[Decision, ...]

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The pictures that are decided about: beside a single one stands one to compare with."""
        return self.pictures if self.kind in {Kind.LABEL, Kind.COPIES} else self.pictures[:1]


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
    def key(self) -> str:
        """Its name, which for what leaves by itself is another one."""
        return f"{self.name}-by-itself" if self.by_itself else self.name


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
    asked_about = {one.facts.sample.path: COPIES for group in groups for one in group.open}
    made: dict[tuple[str, bool], list[ReviewQuestion]] = {}
    severities: dict[str, str] = {}
    found = _by_path(audit.findings)
    for group in groups:
        name = group.validator if group.conflict else COPIES
        severities.setdefault(name, group.severity)
        if not group.kept and not _are_apart(group, apart):
            made.setdefault((name, _leaves(group)), []).append(_about_group(group, found))
    for one in tally(audit):
        severities.setdefault(one.validator, one.severity.value)
        for finding in one.findings:
            if (question := _about_finding(finding, facts, asked_about, found)) is not None:
                leaves = finding.fix is Fix.SAFE
                made.setdefault((one.validator, leaves), []).append(question)
    can_repair = not audit.state.never_changed(audit.summary)
    queues = (
        Queue(
            name,
            by_itself,
            severities[name],
            tuple(questions),
            can_repair and _repairs(name, by_itself),
        )
        for (name, by_itself), questions in made.items()
    )
    return tuple(sorted(queues, key=_order))


def _order(queue: Queue) -> tuple[bool, bool, int]:
    """Groups come first, then labels that may be wrong, then the order of the audit."""
    kind = queue.questions[0].kind
    kinds = (Kind.LABEL, Kind.RELABEL, Kind.COPIES, Kind.KEEP)
    return queue.by_itself, queue.repairs, kinds.index(kind)


def _repairs(name: str, by_itself: bool) -> bool:  # noqa: FBT001 - the two say which queue it is
    return name != COPIES and not by_itself and bool(repair_of(name))


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.path is not None:
            found.setdefault(finding.path, []).append(finding)
    return found


def _leaves(group: Group) -> bool:
    """Tell whether all but one of the open members leave without an answer."""
    return not group.conflict and group.leaving == len(group.open) - 1


def _about_group(group: Group, found: Mapping[str, Sequence[Finding]]) -> ReviewQuestion:
    pictures = tuple(
        Asked(
            member.facts,
            member.message,
            member.differing,
            _notes(found.get(member.facts.sample.path, ()), group.validators),
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
    return ReviewQuestion(_key(kind, pictures), kind, pictures, suggested)


def _notes(found: Iterable[Finding], said: Collection[str]) -> tuple[str, ...]:
    """Return what validators found about a picture, but for those that the question is about."""
    return tuple(f"{one.validator}: {one.message}" for one in found if one.validator not in said)


def _about_finding(
    finding: Finding,
    facts: dict[str, PictureFacts],
    asked_about: dict[str, str],
    found: Mapping[str, Sequence[Finding]],
) -> ReviewQuestion | None:
    """Return the question that a finding leaves; None if there is none, or its picture has one."""
    if finding.path is None:
        return None
    card = make_card(finding, facts, asked_about, finding.validator)
    if card.asks not in {"review", "safe"}:
        return None
    own = card.facts
    notes = _notes(found[finding.path], {finding.validator})
    pictures = [Asked(own, finding.message, notes=notes)]
    if card.other is not None and card.other.known:
        pictures.append(Asked(card.other, ""))
    kind = Kind.KEEP
    suggested: tuple[Decision, ...] = ()  # whether a flawed picture serves is for eyes to tell
    if validator_of(finding.validator).suggests and own.suggested:
        kind, suggested = Kind.RELABEL, (_decide(own, Action.RELABEL, own.suggested),)
    elif card.asks == "safe":
        suggested = (_decide(own, Action.QUARANTINE),)
    elif finding.severity is Severity.NOTE:
        suggested = (_decide(own, Action.KEEP),)
    key = _key(f"{kind}:{finding.validator}", pictures[:1])
    return ReviewQuestion(key, kind, tuple(pictures), suggested)


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
