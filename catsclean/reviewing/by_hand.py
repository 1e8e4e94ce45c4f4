"""Questions about pictures that a person chose in Browse, made when somebody asks for them.

There is one for every picture about which a decision can be carried out, so none is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from catsclean.auditing.result import Audit
from catsclean.core.model import Sample
from catsclean.reports.questions.ask import ReviewQuestion, ask_by_hand
from catsclean.reports.questions.picture_facts import PictureFacts
from catsclean.reports.questions.picture_findings import PictureFindings
from catsclean.reports.questions.since import look_since
from catsclean.reviewing.browsing import Browser
from catsclean.validators.registry import validator_of


class ChosenByHand:
    """The questions about single pictures that no queue has."""

    def __init__(self, audit: Audit, browser: Browser) -> None:
        """Take the audit, and the browser of its pictures."""
        self._audit = audit
        self._browser = browser

    def about(self, rows: Iterable[int]) -> Mapping[int, ReviewQuestion]:
        """Return the question about each row; none for a picture that cannot be decided about.

        That is one that is set aside, was not read, or is beyond a limit.
        """
        made = {}
        for row, sample in self._browser.samples(rows).items():
            facts = self._facts(sample)
            if facts.decidable:
                made[row] = ask_by_hand(facts, self._found)
        return made

    def find(self, key: str, rows: Iterable[int]) -> ReviewQuestion | None:
        """Return the question with some key, if it is about one of some rows."""
        return next((one for one in self.about(rows).values() if one.key == key), None)

    # looked up when somebody asks first: a review that only decides needs none of it

    @cached_property
    def _found(self) -> PictureFindings:
        return PictureFindings(self._audit)

    @cached_property
    def _aside(self) -> Mapping[str, str]:
        return look_since(self._audit).runs

    @cached_property
    def _limited(self) -> frozenset[str | None]:
        findings = self._audit.findings
        return frozenset(one.path for one in findings if validator_of(one.validator).never_moved)

    def _facts(self, sample: Sample) -> PictureFacts:
        return PictureFacts(
            sample,
            known=True,
            kept=False,
            leaves=(),
            aside=self._aside.get(sample.path, ""),
            limited=sample.path in self._limited,
            relabels=bool(sample.label),
        )
