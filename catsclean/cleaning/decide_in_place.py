"""Record decisions about pictures that stay where they are: in containers and in buckets.

A picture in a folder that a person leaves out goes into the quarantine, and so does an object of a
bucket if ``catsclean clean`` is asked.  Here, the picture stays: the decision stands in the state
folder, each audit applies it for as long as the bytes stay the same, and a split leaves the picture
out.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from catsclean.auditing.kept_view import change_kept, read_kept
from catsclean.auditing.saved_decisions import LEFT_OUT, Kept, forbids_training
from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.decisions import (
    Action,
    Decision,
    Decisions,
    decide,
    join_decisions,
    read_decisions,
)
from catsclean.cleaning.relabelling import find_new_classes
from catsclean.cleaning.reviewed import with_reviewed
from catsclean.cleaning.statuses import change_rows, change_statuses
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.findings import read_audit
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding, Status
from catsclean.core.state import StateFolder
from catsclean.errors import DatasetError, StateError, UsageError
from catsclean.objects.bucket_state import open_data_set
from catsclean.validators.registry import recall_meanings, validator_of

_NEVER_CHANGED: Final = "pictures in archives and buckets are not repaired"
_RUINED: Final = "it cannot be used for training, whatever is decided"


@dataclass(frozen=True, slots=True)
class RecordedDecisions:
    """What :func:`record_decisions` recorded.

    Attributes:
        kept: Paths of the pictures to keep.
        left_out: Paths of the pictures to leave out.
        relabelled: New label by path.
        refused: (entry, why) of the decisions that cannot be trusted or carried out.
        new_classes: The labels that no picture had before, each with the class of nearly the same
            name; empty if none has.
    """

    kept: tuple[str, ...]
    left_out: tuple[str, ...]
    relabelled: Mapping[str, str]
    refused: tuple[tuple[str, str], ...]
    new_classes: Mapping[str, str] = field(default_factory=dict)


@checked
def record_decisions(
    root: str | os.PathLike[str] | StateFolder,
    decisions: str | os.PathLike[str] | None = None,
    *,
    keep: str | Iterable[str] = (),
    quarantine: str | Iterable[str] = (),
    relabel: Mapping[str, str] | None = None,
    dry_run: bool = False,
    state_dir: str | os.PathLike[str] | None = None,
) -> RecordedDecisions:
    """Record what a person decided about pictures in containers or in a bucket.

    That is what is passed, and what was decided in reviews (:func:`review`).

    Args:
        root: The data set: a container, a folder of containers, or an address in a bucket.
        decisions: A decisions file, see docs/cleaning.md.
        keep: Paths of samples to keep, as the manifest has them.
        quarantine: Paths of samples to leave out of every split.
        relabel: New label by path of a sample.
        dry_run: Return what would be recorded, and change nothing.
        state_dir: The state folder, if it is not beside the data set.

    Returns:
        What was recorded.

    Raises:
        DatasetError: The data set was never audited.
        ManifestError: Manifest, findings or decisions cannot be trusted.
        StateError: Another command works on this data set, or the state folder cannot be written,
            or a review decided about one of the pictures in the meantime.
        UsageError: The pictures lie in folders (see :func:`plan_cleaning`); or a path is not a
            sample, or is named twice.
    """
    state = root if isinstance(root, StateFolder) else open_data_set(root, state_dir)
    if not state.exists(state.manifest):
        raise DatasetError(state.never_audited)
    summary = state.read_summary()
    if not state.never_changed(summary):
        raise UsageError(
            "only decisions about pictures in archives and buckets are recorded alone."
            f" Received: {state.given!r}. Use plan_cleaning (catsclean clean)."
        )
    manifest, findings = read_audit(state, summary)
    recall_meanings(summary)
    rows = _Rows(manifest, findings)
    reviews = DecisionJournal(state)
    found = with_reviewed(
        reviews,
        _read(state, rows, decisions, keep, quarantine, relabel),
        rows.digests,
        {path: rows.label(path) for path in rows.by_path},
        recorded=read_kept(state),
    )
    usable, refused = _usable(rows, found)
    if usable and not dry_run:
        with state.lock():
            _record(state, rows, usable, reviews)
    by_action = {
        action: tuple(one.path for one in usable if one.action is action) for action in Action
    }
    labels = {one.path: one.label for one in usable if one.action is Action.RELABEL}
    return RecordedDecisions(
        by_action[Action.KEEP],
        by_action[Action.QUARANTINE],
        labels,
        refused,
        find_new_classes(labels.values(), rows.labels),
    )


def count_decisions(state: StateFolder) -> int:
    """Return how many decisions of persons are recorded.

    Raises:
        StateError: They are damaged.
    """
    return len(read_kept(state))


class _Rows:
    """The samples that decisions may be about."""

    def __init__(self, manifest: Manifest, findings: Iterable[Finding]) -> None:
        table = manifest.to_arrow()
        wanted = ("path", "sha256", "label", "status", "reason")
        columns = (table.column(name).to_pylist() for name in wanted)
        self.by_path = {row[0]: row[1:] for row in zip(*columns, strict=True)}
        self.ruined = {
            finding.path
            for finding in findings
            if forbids_training(finding) or validator_of(finding.validator).tensorflow_refuses
        }

    @property
    def digests(self) -> dict[str, str | None]:
        """Digest of each sample, by path."""
        return {path: row[0] for path, row in self.by_path.items()}

    def label(self, path: str) -> str:
        """Return the label of a sample; empty if it has none."""
        return self.by_path[path][1] or ""

    @property
    def labels(self) -> frozenset[str]:
        """Labels that exist."""
        return frozenset(row[1] for row in self.by_path.values() if row[1])


def _read(
    state: StateFolder,
    rows: _Rows,
    file: str | os.PathLike[str] | None,
    keep: str | Iterable[str],
    quarantine: str | Iterable[str],
    relabel: Mapping[str, str] | None,
) -> Decisions:
    named = decide(keep, quarantine, rows.digests, {}, relabel, rows.labels)
    if file is None:
        return Decisions(named, ())
    read = read_decisions(file, state.root, rows.digests, (), rows.labels)
    return join_decisions(named, read)


def _usable(
    rows: _Rows, decisions: Decisions
) -> tuple[list[Decision], tuple[tuple[str, str], ...]]:
    """Return the decisions to record, sorted by path, and the others with the reason."""
    usable, refused = [], list(decisions.refused)
    for path, decision in sorted(decisions.entries.items()):
        if decision.action is Action.FIX:
            refused.append((path, _NEVER_CHANGED))
        elif decision.action is not Action.QUARANTINE and path in rows.ruined:
            refused.append((path, _RUINED))
        else:
            usable.append(decision)
    return usable, tuple(refused)


def _record(
    state: StateFolder, rows: _Rows, decisions: Collection[Decision], reviews: DecisionJournal
) -> None:
    planned = reviews.length

    def decide_also(known: Mapping[str, Kept]) -> Mapping[str, Kept]:
        reviews.refuse_later(planned, {decision.path for decision in decisions})
        found = dict(known)
        for decision in decisions:
            path, new = decision.path, decision.label
            before = known.get(path)
            # a second correction is still one of the label that the container gives
            given = before.given if before is not None and before.label else (rows.label(path),)
            leaves = decision.action is Action.QUARANTINE
            against = given if new else ()
            found[path] = Kept(path, decision.sha256, "", new, against, leaves, decision.reason)
        return found

    try:
        change_kept(state, decide_also, "recorded")
    except OSError as error:
        raise StateError(
            f"cannot save the decisions in {names.text(str(state.path))!r}:"
            f" {error.strerror or error}. Make room, and try again."
        ) from error
    _update_manifest(state, rows, decisions)


def _update_manifest(state: StateFolder, rows: _Rows, done: Iterable[Decision]) -> None:
    statuses, labels = [], []
    for decision in done:
        sha256, label, status, reason = rows.by_path[decision.path]
        leaves = decision.action is Action.QUARANTINE
        after = (Status.DROP.value, LEFT_OUT) if leaves else (Status.KEEP.value, reason)
        statuses.append((decision.path, sha256, (status, reason), after))
        if decision.action is Action.RELABEL:
            place = {"path": decision.path, "sha256": sha256}
            labels.append(({**place, "label": label}, {**place, "label": decision.label}))
    change_statuses(state, statuses)
    change_rows(state, labels)
