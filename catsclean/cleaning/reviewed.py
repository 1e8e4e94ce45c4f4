"""The decisions of reviews, as far as they are about the files as they are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning.decision_journal import DecisionJournal, says_the_same
from catsclean.cleaning.decisions import Action, Decision, Decisions, check_current
from catsclean.cleaning.log import Aside
from catsclean.core.manifest import Manifest
from catsclean.core.model import Sample, Status
from catsclean.core.state import StateFolder
from catsclean.validators.registry import validator_of


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


def read_reviewed(
    journal: DecisionJournal,
    samples: Mapping[str, Sample],
    aside: Aside,
    given: Decisions | None = None,
) -> Decisions:
    """Add what was decided in reviews to the decisions of a caller, for samples of an audit.

    Args:
        journal: The journal of the decisions.
        samples: The samples, by path.
        aside: The contents of the quarantine.
        given: The decisions of the caller, if there are any.

    Raises:
        StateError: The journal of the decisions is damaged.
    """
    digests = {path: sample.sha256 or None for path, sample in samples.items()}
    labels = {path: sample.label for path, sample in samples.items()}
    return with_reviewed(journal, given or Decisions({}, ()), digests, labels, aside.runs)


def count_to_clean(
    decided: Decisions, recorded: Mapping[str, Kept], aside: Aside, but: Collection[str] = ()
) -> int:
    """Return how many decisions a clean has still to carry out or to record.

    Those that leave a picture to ``fix`` are not counted.

    Args:
        decided: The decisions.
        recorded: By path, the decisions that are recorded.
        aside: The contents of the quarantine.
        but: Paths whose decisions are not counted.
    """
    return sum(
        one.action is not Action.FIX
        and path not in but
        and not (path in recorded and says_the_same(recorded[path], one))
        and not (one.action is Action.QUARANTINE and (path, one.sha256) in aside.runs)
        for path, one in decided.entries.items()
    )


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


def count_not_carried_out(state: StateFolder, manifest: Manifest) -> int:
    """Return how many decisions of reviews a split of these samples lacks: no clean has made them.

    Those that leave a picture to ``fix`` are not counted, nor those about other bytes, nor those
    that keep a picture that a split has anyway.

    Args:
        state: The state folder.
        manifest: The samples.

    Raises:
        StateError: The journal of the decisions is damaged.
    """
    journal = DecisionJournal(state)
    journal.read()
    decisions = journal.decisions()
    if not decisions:
        return 0
    recorded = read_kept(state)
    known = manifest.lists(["path", "sha256", "label", "status"], decisions.keys())
    waiting = 0
    for path, sha256, label, status in zip(*known.values(), strict=True):
        decision, kept = decisions[path], recorded.get(path)
        done = {
            Action.KEEP: status != Status.DROP.value,
            Action.QUARANTINE: status == Status.DROP.value,
            Action.RELABEL: label == decision.label,
            Action.FIX: True,
        }[decision.action]
        is_recorded = kept is not None and says_the_same(kept, decision)
        waiting += sha256 == decision.sha256 and not done and not is_recorded
    return waiting


def kept_by_reviews(state: StateFolder, manifest: Manifest) -> frozenset[str]:
    """Return the samples that a review decided to keep, recorded by a clean or not.

    Those that training cannot use are left out, as a clean leaves their status.

    Args:
        state: The state folder.
        manifest: The samples.

    Raises:
        StateError: The journal of the decisions is damaged.
    """
    journal = DecisionJournal(state)
    decisions = journal.decisions() if journal.read() else {}
    keeps = {path: one for path, one in decisions.items() if one.action is Action.KEEP}
    if not keeps:
        return frozenset()
    known = manifest.lists(["path", "sha256", "reason"], keeps.keys())
    return frozenset(
        path
        for path, sha256, reason in zip(*known.values(), strict=True)
        if sha256 == keeps[path].sha256 and not any(map(_is_unusable, (reason or "").split(",")))
    )


def _is_unusable(validator: str) -> bool:
    """Tell whether nothing can train on what a validator finds, even if a person keeps it."""
    kind = validator_of(validator)
    return kind.tensorflow_refuses or kind.never_moved or kind.not_fetched


def was_reviewed(state: StateFolder) -> bool:
    """Return whether a review decided about any picture.

    Raises:
        StateError: The journal of the decisions is damaged.
    """
    return bool(DecisionJournal(state).read())
