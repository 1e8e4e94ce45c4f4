"""The decisions of reviews, as far as they are about the files as they are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning.decision_journal import DecisionJournal, says_the_same
from catsclean.cleaning.decisions import Action, Decision, Decisions, check_current
from catsclean.core.state import StateFolder


def with_reviewed(
    journal: DecisionJournal,
    given: Decisions,
    digests: Mapping[str, str | None],
    labels: Mapping[str, str],
    aside: Collection[tuple[str, str]] = (),
    recorded: Mapping[str, Kept] | None = None,
) -> Decisions:
    """Add what was decided in reviews to the decisions that a caller gives, which come first.

    A decision about a file that is gone, or has its new label already, was carried out and does
    not count any more.

    Args:
        journal: The journal of the decisions.
        given: The decisions of the caller.
        digests: sha256 of every sample of the last audit by path, None if there is none.
        labels: Label of every sample, by path.
        aside: Path and sha256 of the files in the quarantine.
        recorded: By path, the decisions that are recorded and need not be again; None: whatever is
            recorded, a caller wants to know it.

    Raises:
        StateError: The journal of the decisions is damaged.
    """
    journal.read()
    entries: dict[str, Decision] = {}
    refused = list(given.refused)
    for path, decision in journal.decisions().items():
        known = (recorded or {}).get(path)
        if path in given.entries or (known is not None and says_the_same(known, decision)):
            continue
        if _is_done(decision, digests, labels, aside):
            continue
        try:
            check_current(decision, digests, aside)
        except ValueError as error:
            refused.append((path, str(error)))
        else:
            entries[path] = decision
    return Decisions({**entries, **given.entries}, tuple(refused))


def _is_done(
    decision: Decision,
    digests: Mapping[str, str | None],
    labels: Mapping[str, str],
    aside: Collection[tuple[str, str]],
) -> bool:
    is_aside = (decision.path, decision.sha256) in aside
    if decision.action is Action.FIX:
        return is_aside or decision.path not in digests
    if decision.path not in digests:
        return not is_aside
    return decision.action is Action.RELABEL and decision.label == labels.get(decision.path)


def was_reviewed(state: StateFolder) -> bool:
    """Return whether a review decided about any picture.

    Raises:
        StateError: The journal of the decisions is damaged.
    """
    return bool(DecisionJournal(state).read())
