"""The findings of each validator: what they mean, and as many cards as the page has room for."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catsclean.core.model import Finding, Fix
from catsclean.reports.html.asking_cards import AskingCards
from catsclean.reports.questions.copy_groups import is_about_copies
from catsclean.reports.questions.picture_facts import PictureFacts
from catsclean.reports.tally import Tally
from catsclean.validators.registry import all_validators

_NOTES_SHOWN: Final = 500
_TO_DO: Final = re.compile(r"^## What to do\s*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_CODE: Final = "`"


@dataclass(frozen=True, slots=True)
class Card:
    """One finding about one sample.

    Attributes:
        finding: The finding; None on a card of a ranking whose picture has none.
        facts: The facts about the sample.
        asks: ``question`` (it waits for a person), ``kept`` (a person decided already), ``safe``
            (the file leaves unless it is kept), ``repair`` (``fix`` may repair it) or ``offer``
            (there is no finding, but it may be decided); empty if it asks nothing. The page asks
            about each sample only once.
        decided_at: Anchor of the part of the page that asks instead; empty if there is none.
        other: The copy that the finding names, to show beside it; None for other findings.
    """

    finding: Finding | None
    facts: PictureFacts
    asks: str
    decided_at: str
    other: PictureFacts | None = None

    @property
    def counts(self) -> bool:
        """Whether its question waits for a person: others need no answer."""
        return self.asks == "question"


@dataclass(frozen=True, slots=True)
class Gallery:
    """The findings of one validator.

    Attributes:
        tally: Its findings and their counts.
        cards: The cards to show, worst first.
        about_set: Findings that are not about a sample: the set, a class, a file beside pictures.
        about_total: Number of these, shown or not.
        total: Number of findings about single samples.
    """

    tally: Tally
    cards: tuple[Card, ...]
    about_set: tuple[Finding, ...]
    about_total: int
    total: int

    @property
    def asks(self) -> int:
        """Number of samples that it asks about."""
        return sum(card.counts for card in self.cards)

    @property
    def bulk(self) -> bool:
        """Whether one click may decide all; not so if a decision is about two pictures."""
        return self.asks > 1 and not is_about_copies(self.tally.validator)

    def shows_any(self, thumbnails: Container[str]) -> bool:
        """Return whether any of its cards has a picture."""
        return any(card.facts.sample.path in thumbnails for card in self.cards)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A short form of a validator's page; texts come in parts, and every second part is code.

    Attributes:
        summary: One sentence about the defect.
        to_do: Paragraphs of advice; empty if its page has no such section.
    """

    summary: tuple[str, ...]
    to_do: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The findings of one validator that the page has room for.

    Attributes:
        tally: All its findings.
        findings: Those about single samples that are shown, worst first.
        total: Number of those, shown or not.
        about_set: Findings that are not about a sample.
    """

    tally: Tally
    findings: tuple[Finding, ...]
    total: int
    about_set: tuple[Finding, ...]

    @property
    def place(self) -> str:
        """Anchor of its gallery."""
        return f"v-{self.tally.validator}"


def choose_findings(
    tallies: Sequence[Tally],
    facts: Mapping[str, PictureFacts],
    grouped: Container[str],
    carried: Container[Finding],
    room: int,
) -> list[Chosen]:
    """Choose which findings of each validator to show; one that shows none is left out.

    Args:
        tallies: Findings by validator, worst first.
        facts: Facts about every path that a finding names.
        grouped: Paths that are in a group on the page.
        carried: Findings that a ranking shows.
        room: Number of cards in all galleries together.
    """
    single = [
        [
            f
            for f in one.findings
            if _is_sample(f, facts) and not _in_group(f, grouped) and f not in carried
        ]
        for one in tallies
    ]
    # a copy is shown with its counterpart
    costs = [2 if is_about_copies(one.validator) else 1 for one in tallies]
    wanted = [len(findings) * cost for findings, cost in zip(single, costs, strict=True)]
    chosen = []
    for one, findings, share, cost in zip(
        tallies, single, shares(wanted, room), costs, strict=True
    ):
        about = tuple(f for f in one.findings if not _is_sample(f, facts))
        if findings or about:
            shown = tuple(findings[: share // cost])
            chosen.append(Chosen(one, shown, len(findings), about))
    return chosen


def build_gallery(
    chosen: Chosen, facts: Mapping[str, PictureFacts], asking: AskingCards
) -> Gallery:
    """Make the cards of what was chosen."""
    about = chosen.about_set
    cards = tuple(make_card(f, facts, asking) for f in chosen.findings)
    return Gallery(chosen.tally, cards, about[:_NOTES_SHOWN], len(about), chosen.total)


def shares(wanted: Iterable[int], room: int) -> list[int]:
    """Share room: give each its wish, or an equal share of the room that the others leave."""
    numbers = list(wanted)
    given = [0] * len(numbers)
    left = room
    for turn, index in enumerate(sorted(range(len(numbers)), key=numbers.__getitem__)):
        given[index] = min(numbers[index], left // (len(numbers) - turn))
        left -= given[index]
    return given


def _is_sample(finding: Finding, facts: Mapping[str, PictureFacts]) -> bool:
    return finding.path is not None and facts[finding.path].known


def _in_group(finding: Finding, grouped: Container[str]) -> bool:
    return is_about_copies(finding.validator) and finding.path in grouped


def make_card(finding: Finding, facts: Mapping[str, PictureFacts], asking: AskingCards) -> Card:
    """Make the card of a finding; it asks, unless the page asks about the sample elsewhere.

    Args:
        finding: The finding.
        facts: Facts about every path that a finding names.
        asking: The cards that ask.
    """
    own = facts[finding.path or ""]
    other = (
        facts[finding.related[0]]
        if is_about_copies(finding.validator) and finding.related
        else None
    )
    if not own.decidable or finding.fix is Fix.NONE:
        return Card(finding, own, "", "", other)
    if not asking.asks(finding):
        return Card(finding, own, "", asking.place_of(own.sample.path), other)
    return Card(finding, own, asking.kind_of(own), "", other)


def meanings_of(names: Iterable[str]) -> dict[str, Meaning]:
    """Return the meanings of the installed validators among some names, by name."""
    known = all_validators()
    return {name: _meaning(known[name].page()) for name in names if name in known}


def _meaning(page: str) -> Meaning:
    found = _TO_DO.search(page)
    paragraphs = re.split(r"\n\s*\n", found[1].strip()) if found else []
    return Meaning(_parts(page.partition("\n")[0]), tuple(_parts(one) for one in paragraphs))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(" ".join(text.split()).split(_CODE))
