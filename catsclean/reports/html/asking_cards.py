"""Where the page asks about each picture: once, although several of its parts may show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from catsclean.core.model import Finding, Fix
from catsclean.reports.questions.ask import COPIES, Queue
from catsclean.reports.questions.picture_facts import PictureFacts


class AskingCards:
    """The card that asks about each picture, of all that show it; or the group it is in."""

    def __init__(self, groups: Mapping[str, str], queues: Sequence[Queue] = ()) -> None:
        """Take what is known before the cards are chosen.

        Args:
            groups: By path of a picture that a group on the page asks about, the group's anchor.
            queues: The questions of the audit.
        """
        self._places = dict(groups)
        self._findings: dict[str, Finding] = {}
        self._repairable = {
            path
            for queue in queues
            if queue.repairs
            for question in queue.questions
            for path in question.paths
        }
        # of a group for which the page has no room, the first card of each picture asks
        self._validators = {
            path: queue.name
            for queue in queues
            if queue.name != COPIES
            for question in queue.questions
            for path in question.paths
        }

    def choose(
        self, shown: Iterable[tuple[str, Finding]], facts: Mapping[str, PictureFacts]
    ) -> None:
        """Choose: the card whose finding the question is about, or else the first one.

        Args:
            shown: The findings that have cards, in the order of the page, each with the anchor of
                the part of the page that it stands in.
            facts: Facts about every path that a finding names.
        """
        for place, finding in shown:
            path = finding.path or ""
            if finding.fix is Fix.NONE or not facts[path].decidable:
                continue
            before = self._findings.get(path)
            if path in self._places and before is None:
                continue  # a group asks
            wanted = self._validators.get(path)
            if before is None or wanted == finding.validator != before.validator:
                self._places[path], self._findings[path] = place, finding

    def place_of(self, path: str) -> str:
        """Return the anchor of the part of the page that asks about a picture; empty if none."""
        return self._places.get(path, "")

    def asks(self, finding: Finding) -> bool:
        """Tell whether the card of a finding asks about its picture."""
        return self._findings.get(finding.path or "") is finding

    def kind_of(self, own: PictureFacts) -> str:
        """Return what a card asks that asks about its picture, as `Card.asks` describes it."""
        if own.kept:
            return "kept"
        if own.leaves:
            return "safe"
        return "repair" if own.sample.path in self._repairable else "question"
