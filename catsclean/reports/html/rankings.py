"""The pictures that the judges of content rank first: doubtful labels, and odd pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from catsclean.auditing.result import Audit
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.model import Finding, Severity
from catsclean.reports.html.asking_cards import AskingCards
from catsclean.reports.html.galleries import Card, make_card, shares
from catsclean.reports.questions.picture_facts import PictureFacts
from catsclean.reports.tally import WorthALook, doubtful_labels, worth_a_look
from catsclean.validators.registry import validator_of

LABELS: Final = "label_rank"
ODD: Final = "odd_rank"
# anchors of their parts of the page
PLACES: Final = {LABELS: "labels", ODD: "odd"}
_MOST_LABELS: Final = 100
_FEWEST_ODD: Final = 12
_MOST_ODD: Final = 60
_NEIGHBOURS: Final = 3
# A network's name for a picture that is less probable is wrong more often than not.
_LEAST_PROBABLE_NAME: Final = 0.3
# of the thumbnails of a page
_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class RankedCard:
    """One ranked picture.

    Attributes:
        card: The picture, with its finding, if there is one, and what it asks.
        row: Its row of the content evidence.
        neighbours: The pictures most like it, for a doubtful label.
        name: What the network calls it; empty if that is uncertain.
    """

    card: Card
    row: dict[str, Any]
    neighbours: tuple[PictureFacts, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first pictures of one ranking.

    Attributes:
        place: Anchor of its part of the page.
        cards: The first ones, by rank.
        total: How many labels are in doubt, or pictures stand out, shown or not.
        last: The rank from which on the list is not worth the time; 0 if no rank is.
        validator: The one whose findings the cards carry; empty if they carry none.
        usual: Medians of the figures in the rows, to compare with.
    """

    place: str
    cards: tuple[RankedCard, ...]
    total: int
    last: int
    validator: str
    usual: dict[str, float]

    @property
    def asks(self) -> int:
        """Number of pictures that it asks about."""
        return sum(one.card.counts for one in self.cards)

    @property
    def weak(self) -> bool:
        """Whether the judge is wrong so often that its findings are only notes."""
        found = [one.card.finding for one in self.cards if one.card.finding is not None]
        return bool(found) and all(one.severity is Severity.NOTE for one in found)

    @property
    def bulk(self) -> bool:
        """Whether one click may decide all."""
        return self.asks > 1


class Rankings:
    """Chooses the rows that the page shows; their cards are made once the facts are known.

    Attributes:
        paths: Paths of the pictures and of their neighbours.
        cost: How many thumbnails they take.
    """

    def __init__(self, audit: Audit, max_thumbnails: int) -> None:
        """Choose.

        Args:
            audit: What was found.
            max_thumbnails: Of the whole page; the rankings take a quarter of them at most.
        """
        content = audit.content
        self._chosen: dict[str, list[dict[str, Any]]] = {LABELS: [], ODD: []}
        self._total = {LABELS: 0, ODD: 0}
        self._last = {LABELS: 0, ODD: 0}
        self._usual: dict[str, float] = {}
        if content is not None and len(content.table):
            self._choose(content, worth_a_look(audit), int(max_thumbnails * _SHARE))
        self._findings = _by_ranking(audit)
        rows = [row for rows in self._chosen.values() for row in rows]
        near = [path for row in self._chosen[LABELS] for path in neighbours_of(row)]
        self.paths = {row["path"] for row in rows} | set(near)
        self.cost = len(rows) + len(near)

    def _choose(self, content: ContentEvidence, worth: WorthALook, room: int) -> None:
        rows = content.rows
        labels = min(worth.labels, _MOST_LABELS)
        ranked_labels = rows[LABELS] > 0
        ranked = rows[ODD] > 0
        odd = min(int(ranked.sum()), max(worth.odd, _FEWEST_ODD), _MOST_ODD)
        label_share, odd_share = shares((labels * (1 + _NEIGHBOURS), odd), room)
        self._chosen[LABELS] = _first(
            content, LABELS, ranked_labels, label_share // (1 + _NEIGHBOURS)
        )
        self._chosen[ODD] = _first(content, ODD, ranked, odd_share)
        self._total = {LABELS: int(doubtful_labels(content).sum()), ODD: worth.odd}
        self._last = {LABELS: worth.labels, ODD: worth.odd}
        for name in ("neighbour_distance", "neither", "oddness"):
            self._usual[name] = float(np.nanmedian(rows[name])) if ranked.any() else 0.0

    @property
    def carried(self) -> list[tuple[str, Finding]]:
        """The findings that cards carry, each with the anchor of its part of the page."""
        return [
            (PLACES[name], self._findings[name][row["path"]])
            for name, rows in self._chosen.items()
            for row in rows
            if row["path"] in self._findings.get(name, {})
        ]

    def build(self, facts: Mapping[str, PictureFacts], asking: AskingCards) -> dict[str, Ranking]:
        """Make the cards, by the column that ranks them.

        Args:
            facts: Facts about every path.
            asking: The cards that ask.
        """
        return {name: self._build(name, facts, asking) for name in self._chosen}

    def _build(self, name: str, facts: Mapping[str, PictureFacts], asking: AskingCards) -> Ranking:
        findings = self._findings.get(name, {})
        cards = []
        for row in self._chosen[name]:
            finding, own = findings.get(row["path"]), facts[row["path"]]
            card = make_card(finding, facts, asking) if finding else _offered(own, asking)
            near = neighbours_of(row) if name == LABELS else ()
            sure = row["likely_name_probability"] >= _LEAST_PROBABLE_NAME
            shown = row["likely_name"] if sure else ""
            cards.append(RankedCard(card, row, tuple(facts[path] for path in near), shown))
        carried = [one.card.finding for one in cards if one.card.finding is not None]
        validator = carried[0].validator if carried else ""
        return Ranking(
            PLACES[name], tuple(cards), self._total[name], self._last[name], validator, self._usual
        )


def _offered(own: PictureFacts, asking: AskingCards) -> Card:
    """Make a card without a finding: it leads to where the page asks, or offers to decide here."""
    if place := asking.place_of(own.sample.path):
        return Card(None, own, "", place)
    open_ = own.decidable and not own.kept and not own.leaves
    return Card(None, own, "offer" if open_ else "", "")


def neighbours_of(row: dict[str, Any]) -> Sequence[str]:
    """Return the paths of the pictures most like a row's."""
    found: str = row["neighbours"]
    return found.split("\n")[:_NEIGHBOURS] if found else ()


def _first(
    content: ContentEvidence, rank: str, among: np.ndarray, number: int
) -> list[dict[str, Any]]:
    ranks = content.rows[rank]
    at = np.flatnonzero(among)
    order = at[np.argsort(ranks[at], kind="stable")][:number]
    rows: list[dict[str, Any]] = content.table.take(order).to_pylist()
    return rows


def _by_ranking(audit: Audit) -> dict[str, dict[str, Finding]]:
    """Return the findings that a ranking may show, by the column that ranks them and by path."""
    found: dict[str, dict[str, Finding]] = {}
    for finding in audit.findings:
        rank = validator_of(finding.validator).ranked_by
        if rank and finding.path is not None:
            found.setdefault(rank, {})[finding.path] = finding
    return found
