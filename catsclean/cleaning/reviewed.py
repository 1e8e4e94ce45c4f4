"""The decisions of reviews, as far as they are about the files as they are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.decisions import Action, Decision, Decisions, check_current
from catsclean.core.model import Sample
from catsclean.core.state import StateFolder


def with_reviewed(
    state: StateFolder,
    given: Decisions,
    samples: Mapping[str, Sample],
    aside: Collection[tuple[str, str]],
) -> Decisions:
    """Add what was decided in reviews to the decisions that a caller gives, which come first.

    A decision about a file that is gone, or has its new label already, was carried out and does
    not count any more.

    Args:
        state: The state folder.
        given: The decisions of the caller.
        samples: The samples of the last audit, by path.
        aside: Path and sha256 of the files in the quarantine.

    Raises:
        StateError: The journal of the decisions is damaged.
    """
    journal = DecisionJournal(state)
    journal.read()
    digests = {path: sample.sha256 or None for path, sample in samples.items()}
    entries: dict[str, Decision] = {}
    refused = list(given.refused)
    for path, decision in journal.decisions().items():
        if path in given.entries or _is_done(decision, samples.get(path), aside):
            continue
        try:
            check_current(decision, digests, aside)
        except ValueError as error:
            refused.append((path, str(error)))
        else:
            entries[path] = decision
    return Decisions({**entries, **given.entries}, tuple(refused))


def _is_done(decision: Decision, sample: Sample | None, aside: Collection[tuple[str, str]]) -> bool:
    if sample is None:
        return (decision.path, decision.sha256) not in aside
    return decision.action is Action.RELABEL and decision.label == sample.label
