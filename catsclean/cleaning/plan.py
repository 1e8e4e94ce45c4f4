"""What a clean would do: which files leave, which stay and why.  Nothing is moved here."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from catsclean.auditing.baseline import fingerprints, read_baseline
from catsclean.auditing.kept_view import read_kept
from catsclean.cleaning.came_back import CameBack, SaysWhatCameBack, came_back
from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.decisions import (
    Action,
    Decisions,
    decide,
    follow_renames,
    join_decisions,
    read_decisions,
)
from catsclean.cleaning.emptied import find_emptied
from catsclean.cleaning.following import follow
from catsclean.cleaning.journal import Decided, Entry, RowChange, StatusChange
from catsclean.cleaning.log import Aside, set_aside
from catsclean.cleaning.names_as_labels import source_of
from catsclean.cleaning.open_quarantine import open_data
from catsclean.cleaning.quarantine import carry_out
from catsclean.cleaning.recorded import read_samples
from catsclean.cleaning.relabelling import (
    Relabelled,
    Relabelling,
    fault_of_label,
    find_new_classes,
    suggestions,
)
from catsclean.cleaning.repair_choice import files_to_repair
from catsclean.cleaning.results import CleaningResult
from catsclean.cleaning.reviewed import count_to_clean, read_reviewed
from catsclean.cleaning.run_counts import RunCounts
from catsclean.cleaning.selection import DECISION, FIX_LATER, KeptBack, Move, Selection, Wish
from catsclean.content.record import load_content
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.evidence import Dataset
from catsclean.core.findings import read_audit
from catsclean.core.links import Folders
from catsclean.core.manifest import Manifest, check_path
from catsclean.core.model import Finding, Sample
from catsclean.core.notebook_view import NotebookView
from catsclean.core.portable_names import same_name
from catsclean.core.progress_bar import with_bar
from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.core.split_options import options_from
from catsclean.core.state import StateFolder
from catsclean.duplicates.canonical import KEEP_RULE
from catsclean.duplicates.preferred import preferences_of
from catsclean.errors import DatasetError, UsageError
from catsclean.objects.bucket_state import open_data_set
from catsclean.scan.sidecar_files import check_endings, find_sidecars
from catsclean.validators.registry import names_of, recall_meanings

if TYPE_CHECKING:
    import pandas as pd

_SIDECAR: Final = "sidecar"
_LABELS_SHOWN: Final = 20


class AuditLike(Protocol):
    """What planning needs of an audit."""

    @property
    def state(self) -> StateFolder:
        """The state folder."""

    @property
    def manifest(self) -> Manifest:
        """The samples."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings."""

    @property
    def dataset(self) -> Dataset:
        """Facts about the data set."""


@dataclass(frozen=True)
class CleaningPlan(SaysWhatCameBack, NotebookView):
    """What a clean would do.

    Attributes:
        state: The state folder, and in it the root.
        moves: The files that would leave, by the first validator that asks for it.
        kept_back: The files that stay although something was found, and why.
        refused: (entry, why) of the decisions that cannot be trusted.
        returns: The files that would come back from the quarantine since they are to be kept, by
            path: the run that holds each.
        keep_rule: Which of several copies stays.
        samples: Number of samples of the last audit that are in their place.
        emptied: Folders that would hold nothing any more, and go with their files.
        emptied_classes: Those of them that are class folders.
        relabels: The pictures that would get another label, with the copies and sidecar files that
            go along.
        reviewed: Number of decisions that were made in a review, and that this carries out.
        repairable: The files that ``fix`` may repair; those that it failed to repair are left out.
        new_classes: The labels that no picture had before, each with the class of the data set that
            has nearly the same name; empty if none has.
    """

    state: StateFolder
    moves: Mapping[str, tuple[Move, ...]]
    kept_back: tuple[KeptBack, ...]
    refused: tuple[tuple[str, str], ...]
    returns: Mapping[str, str]
    keep_rule: str
    samples: int
    emptied: tuple[str, ...]
    emptied_classes: tuple[str, ...]
    _entries: tuple[Entry, ...]
    _statuses: tuple[StatusChange, ...]
    _decided: tuple[Decided, ...]
    relabels: tuple[Relabelled, ...]
    _rows: tuple[RowChange, ...]
    reviewed: int
    repairable: frozenset[str]
    new_classes: Mapping[str, str]
    _back: CameBack
    _seen: int

    @property
    def count(self) -> int:
        """Number of files that would leave the data set."""
        return sum(entry.target is None for entry in self._entries)

    @property
    def along(self) -> int:
        """Number of those that only go along with their picture: its sidecar files."""
        return len(self.moves.get(_SIDECAR, ()))

    @property
    def decided(self) -> tuple[str, ...]:
        """Paths of the pictures that would be kept or get another label, by decision."""
        return tuple(decision.path for decision in self._decided)

    @property
    def counts(self) -> RunCounts:
        """What would leave, get another label and be kept, in numbers."""
        return RunCounts.of(self._entries, self._decided)

    @property
    def to_repair(self) -> int:
        """Number of files that ``fix`` would try to repair."""
        return len(self.repairable)

    @property
    def left_to_fix(self) -> int:
        """Number of files that stay because a person left them to ``fix``."""
        return sum(kept.why == FIX_LATER for kept in self.kept_back)

    @property
    def awaits_decisions(self) -> bool:
        """Whether any file stays only since nobody decided what becomes of it."""
        return any(kept.undecided for kept in self.kept_back)

    @property
    def takes_most(self) -> bool:
        """Whether more than half of the samples would leave."""
        return (self.count - self.along) * 2 > self.samples

    def __repr__(self) -> str:
        name = names.text(self.state.root.name)
        parts = [f"{self.count:,} to move"]
        for number, what in (
            (self.counts.relabelled, "to relabel"),
            (len(self.returns), "to restore"),
            (self.counts.kept, "to keep by decision"),
        ):
            parts += [f"{number:,} {what}"] * bool(number)
        parts.append(f"{len(self.kept_back):,} kept back")
        parts += [f"{len(self.refused):,} refused"] * bool(self.refused)
        return f"<CleaningPlan for {name!r}: {', '.join(parts)}>"

    def to_pandas(self) -> pd.DataFrame:
        """Return the plan as a table, one row for each file, sorted by path.

        Its columns: ``path``; ``action`` (``move``, ``stay``, ``return``, ``relabel``, or
        ``refused`` for a decision that is not carried out); ``validators``, with commas between;
        ``why``, for a relabelled file its new path; ``keeper``, the copy that stays for one that
        leaves.
        """
        import pandas as pd

        rows = [
            (m.path, "move", ",".join(m.validators), "; ".join(m.messages), m.keeper)
            for moves in self.moves.values()
            for m in moves
        ]
        refused = {path for path, _ in self.refused}
        rows += [
            (k.path, "stay", ",".join(k.validators), k.why, None)
            for k in self.kept_back
            if k.path not in refused
        ]
        rows += [(entry, "refused", DECISION, why, None) for entry, why in self.refused]
        rows += [
            (path, "return", DECISION, f"set aside by run {run}", None)
            for path, run in self.returns.items()
        ]
        rows += [(r.path, "relabel", r.asked_by, r.target, None) for r in self.relabels]
        columns = ["path", "action", "validators", "why", "keeper"]
        return pd.DataFrame(sorted(rows, key=lambda row: row[0]), columns=columns, dtype="string")

    @with_bar("moving")
    def apply(self, progress: Callable[[int, int], None] | None = None) -> CleaningResult:
        """Move the files into the quarantine, and bring back from it what is to be kept.

        Args:
            progress: Called with the number of files done and their total.

        Raises:
            CleaningError: The disk is full or failing; nothing is lost, the next clean resumes.
            StateError: Another command works on this data set, or a review decided about one of
                the pictures since the plan was made.
        """
        return carry_out(
            self.state,
            self._entries,
            self._statuses,
            progress,
            returns=self.returns,
            decided=self._decided,
            rows=self._rows,
            seen=self._seen,
        )


def read_audited(
    audit: AuditLike | StateFolder | str | os.PathLike[str],
    state_dir: str | os.PathLike[str] | None,
    follow_links_to: Folders,
    *,
    changes: bool = False,
) -> tuple[StateFolder, Manifest, tuple[Finding, ...]]:
    """Return state folder, manifest and findings of an audit, or of the last one of a data set.

    Args:
        audit: See :func:`plan_cleaning`.
        state_dir: See there.
        follow_links_to: See there.
        changes: Pictures are to be changed, which is possible in fewer places than moving them.

    Raises:
        DatasetError: The data set was never audited.
        ManifestError: Manifest or findings cannot be trusted.
        UsageError: It is neither an audit nor a folder.
    """
    if isinstance(audit, (str, os.PathLike)):
        audit = open_data_set(audit, state_dir, follow_links_to)
    if isinstance(audit, StateFolder):
        if not audit.exists(audit.manifest):
            raise DatasetError(audit.never_audited)
        summary = audit.read_summary()
        _refuse_fixed(audit, summary, changes=changes)
        manifest, findings = read_audit(audit, summary)
        recall_meanings(summary)
        return audit, manifest, findings
    if not hasattr(audit, "findings"):
        raise UsageError(
            "pass an audit, or the folder of an audited data set."
            f" Received: {names.received(audit)}."
        )
    _refuse_fixed(audit.state, audit.state.read_summary(), changes=changes)
    return audit.state, audit.manifest, audit.findings


def _refuse_fixed(state: StateFolder, summary: Mapping[str, Any], *, changes: bool) -> None:
    """Say that these pictures cannot be moved or repaired, and what to do instead."""
    place = state.never_changed(summary) if changes else state.never_moved(summary)
    if not place:
        return
    what = "repairs" if changes and not state.never_moved(summary) else "moves and changes"
    raise UsageError(
        f"these pictures lie in {place}, where catsclean {what} nothing."
        f" Received: {names.text(state.given)!r}. Write the usable ones to new folders:"
        f" catsclean split {state.arguments} {options_from(summary)[0]} -o FOLDER."
        " To leave others out, decide in the report, then:"
        f" catsclean clean {state.arguments} decisions.json --apply."
    )


@checked
def plan_cleaning(  # noqa: PLR0913 - every wish of a clean, most of them by name
    audit: AuditLike | StateFolder | str | os.PathLike[str],
    decisions: str | os.PathLike[str] | None = None,
    select: str | Collection[str] | None = None,
    *,
    keep: str | Iterable[str] = (),
    quarantine: str | Iterable[str] = (),
    relabel: Mapping[str, str] | None = None,
    relabel_suggested: bool = False,
    unsafe: bool = False,
    prefer: str | Iterable[str] = (),
    baseline: str | os.PathLike[str] | None = None,
    sidecars: Iterable[str] | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
) -> CleaningPlan:
    """Plan which files to set aside; nothing is changed.

    Files with a finding whose fix is ``safe`` leave; with `unsafe` those whose fix is ``review``
    as well; and those that `decisions` name, or a review decided to set aside.  A decision to keep
    wins over every finding.  What is beyond a limit never leaves, nor does the last copy of a
    picture.  Pictures under several labels wait for a decision, `unsafe` or not, unless another
    finding is ``safe``.

    Args:
        audit: An audit, its state folder, or the data set (its last audit is read), which may be an
            address such as ``s3://bucket/PetImages``.
        decisions: A decisions file, see docs/cleaning.md.
        select: Validators or families to act on; None for all.  Decisions are always acted on.
        keep: Paths of samples, as the manifest has them, that are to stay, or to come back from
            the quarantine; such a decision holds for later audits and cleans, too.  Copies in the
            same class that have a proved pair with one of them leave, unless they are kept too.
        quarantine: Paths of samples that are to leave.
        relabel: New label by path of a sample: of an existing class, or a new one.  If classes are
            folders, the picture moves to that of its new class, in the same split; in a bucket it
            stays, and the decision alone gives its label.  Copies in the same class and sidecar
            files go along.  Such a decision holds for later audits, too.
        relabel_suggested: Give the labels that validators suggest, as far as `select` names them
            and nobody decided otherwise.
        unsafe: Act on findings with fix ``review``, too, but for label conflicts.
        prefer: Patterns of files, as those of a ``.gitignore``, such as ``"Sorted/"``: of copies,
            one that matches stays.  What the audit preferred counts without it.
        baseline: A file of accepted findings, as ``audit --write-baseline`` writes it: they are
            not acted on.
        sidecars: Endings of files that go along with the picture of their name, such as ``.txt``;
            None: those that docs/splitting.md lists; empty: none do.
        state_dir: The state folder, where `audit` is a path and it does not lie beside it.
        follow_links_to: Folders outside the data set that links may lead into, where `audit` is
            a path and followed links.  Of a link that leaves, only the link moves.

    Raises:
        CleaningError: The data set is in a bucket that fails.
        DatasetError: The data set was never audited.
        ManifestError: Manifest, findings or decisions cannot be trusted.
        ConfigError: `select` names no validator or family, or `baseline` is none.
        UsageError: `keep` or `quarantine` names no sample, one twice, or one that `decisions` does;
            or `relabel` gives a label that cannot be a class; or the samples lie where nothing
            moves: in containers, or in a bucket whose state is on this machine (see
            :func:`record_decisions`).
    """
    state, manifest, findings = read_audited(audit, state_dir, follow_links_to)
    preferences = preferences_of(prefer)
    endings = check_endings(sidecars)
    samples = read_samples(manifest, findings, state, preferences)
    aside = set_aside(state)
    if not isinstance(keep, str) and hasattr(keep, "__iter__"):
        keep = list(keep)  # asked twice
    decided = _decided(decisions, keep, quarantine, relabel, state, samples, aside)
    labels = set(manifest.table["label"].dropna())
    _check_labels(relabel or {}, labels)
    journal = DecisionJournal(state)
    kept, by_caller = read_kept(state), decided.entries.keys()
    decided = read_reviewed(journal, samples, aside, decided)
    reviewed = count_to_clean(decided, kept, aside, by_caller)
    accepted = accepted_by(baseline, manifest, findings)
    selected = None if select is None else names_of(select, {f.validator for f in findings})
    if relabel_suggested:
        suggested = suggestions(
            [f for f in findings if f not in accepted], _content_of(audit, state), samples, selected
        )
        free = {p: one for p, one in suggested.items()
                if p not in kept or not kept[p].holds(one.sha256, samples[p].label)}  # fmt: skip
        decided = Decisions({**free, **decided.entries}, decided.refused)
    wish = Wish(
        selected,
        unsafe,
        accepted,
        preferences is not None,
        frozenset([keep] if isinstance(keep, str) else keep),
    )
    chosen = Selection(state, samples, findings, decided, wish, aside, kept)
    beside, shared = _plan_sidecars(state, chosen.entries, samples, endings)
    if beside:
        chosen.moves[_SIDECAR] = beside
    given = _plan_relabels(state, chosen, labels, endings)
    entries = (*chosen.entries, *map(_entry_of_sidecar, beside), *given.entries)
    emptied = _emptied(state, entries)
    class_folders = labels if classes_are_folders(state) else set()
    order = sorted(chosen.moves, key=lambda name: (name != DECISION, name == _SIDECAR, name))
    return CleaningPlan(
        state,
        {name: tuple(chosen.moves[name]) for name in order},
        (*(chosen.kept[path] for path in sorted(chosen.kept)), *shared, *given.kept),
        (*chosen.refused, *given.refused),
        chosen.returns,
        KEEP_RULE,
        len(samples.keys() - aside.gone.keys()),
        emptied,
        tuple(folder for folder in emptied if folder.rpartition("/")[2] in class_folders),
        entries,
        tuple(chosen.statuses),
        (*chosen.decided, *given.decided),
        tuple(given.moves),
        tuple(given.rows),
        reviewed,
        files_to_repair(state, manifest, findings, decided, aside, accepted),
        find_new_classes((one.label for one in given.moves), labels),
        came_back(state, manifest),
        journal.length,
    )


def _check_labels(relabel: Mapping[str, str], labels: Collection[str]) -> None:
    """Check the labels that a caller gives by name: no picture can get one that is no class.

    Raises:
        UsageError: One cannot be a class, or differs from one in case or accents only.
    """
    meant = {same_name(label): label for label in labels}
    for path, given in relabel.items():
        label = given if given in labels else names.encode(check_path(given))
        if fault := fault_of_label(label, labels, meant):
            some = sorted(labels)[:_LABELS_SHOWN]
            more = f" and {len(labels) - len(some):,} more" if len(labels) > len(some) else ""
            raise UsageError(
                f"relabel= for {names.text(path)!r}: {fault}. Classes: {', '.join(some)}{more}."
            )


def accepted_by(
    baseline: str | os.PathLike[str] | None, manifest: Manifest, findings: Collection[Finding]
) -> frozenset[Finding]:
    """Return the findings that a baseline accepts.

    Args:
        baseline: The file; None: no finding is accepted.
        manifest: The samples.
        findings: The findings of the same audit.

    Raises:
        ConfigError: The file is no baseline.
    """
    if baseline is None:
        return frozenset()
    known = read_baseline(baseline)
    prints = fingerprints(manifest, findings)
    return frozenset(f for f, one in zip(findings, prints, strict=True) if one in known)


def classes_are_folders(state: StateFolder) -> bool:
    """Tell whether class folders gave the labels of the last audit."""
    return source_of(state).by_folders


def _labels_move(state: StateFolder) -> bool:
    """Tell whether a picture moves to another folder if it gets another label."""
    return classes_are_folders(state) and not state.never_changed()


def _content_of(audit: object, state: StateFolder) -> ContentEvidence | None:
    """Return what the pictures of an audit show; None if it was not examined."""
    own = getattr(audit, "content", None)
    if isinstance(own, ContentEvidence):
        return own
    facts = state.read_summary().get("content")
    key = facts.get("key") if isinstance(facts, dict) else None
    return load_content(state, str(key)) if key else None


@dataclass(slots=True)
class _Given:
    """What new labels change."""

    moves: list[Relabelled]
    entries: list[Entry]
    rows: list[RowChange]
    decided: list[Decided]
    refused: list[tuple[str, str]]
    kept: list[KeptBack]


def _plan_relabels(
    state: StateFolder, chosen: Selection, labels: Collection[str], endings: frozenset[str]
) -> _Given:
    """Plan the new labels: where the pictures go, and their copies and sidecar files."""
    made = _Given([], [], [], [], [], [])
    if not chosen.relabels or not state.root.is_dir():
        return made
    dataset = state.read_summary().get("dataset")
    layout = dataset.get("layout", "classes") if isinstance(dataset, dict) else "classes"
    if not _labels_move(state):
        layout = "flat"
    with open_data(state) as data:
        plan = Relabelling(str(layout), labels, chosen.samples, data, chosen.recorded)
        for path, (label, owner) in sorted(chosen.relabels.items()):
            reason = chosen.decisions[owner or path].reason
            known = reason in {f.validator for f in chosen.by_path.get(owner or path, ())}
            plan.add(path, label, reason if known else DECISION, owner,
                     usable=chosen.is_usable(path), reason="" if known else reason)  # fmt: skip
        for move in follow(data, plan.targets, endings, plan.free):
            if isinstance(move, KeptBack):
                made.kept.append(move)
                continue
            plan.entries.append(move)
            label = chosen.relabels[move.owner or ""][0]
            plan.moves.append(
                Relabelled(move.path, move.target or "", "", label, _SIDECAR, move.owner)
            )
    made.moves, made.entries, made.rows = plan.moves, plan.entries, plan.rows
    made.decided, made.refused = plan.decided, plan.refused
    made.kept.extend(KeptBack(path, (DECISION,), why) for path, why in plan.done)
    return made


def _plan_sidecars(
    state: StateFolder, leaving: Iterable[Entry], samples: Collection[str], endings: frozenset[str]
) -> tuple[list[Move], list[KeptBack]]:
    """Find the sidecar files of the pictures that leave, and those that must stay.

    Args:
        state: The state folder; it knows the root.
        leaving: The files that leave.
        samples: Paths of the samples; other files, such as system junk, have no sidecars.
        endings: Extensions of sidecar files.

    Returns:
        The moves of those that belong to a single picture; the others, and why they stay.
    """
    planned = {entry.path for entry in leaving}
    pictures = [names.decode(path) for path in planned if path in samples]
    moves: list[Move] = []
    stay: list[KeptBack] = []
    if not pictures or not endings or not state.root.is_dir():
        return moves, stay
    with open_data(state) as data:
        for sidecar in find_sidecars(data, pictures, endings):
            path, owner = names.encode(sidecar.path), names.encode(sidecar.picture)
            if path in planned:
                continue
            if sidecar.others:
                stay.append(KeptBack(path, (_SIDECAR,), "belongs to several pictures of its name"))
                continue
            try:
                digest, status = data.digest(sidecar.path)
            except (NotAsRecordedError, OSError):
                stay.append(KeptBack(path, (_SIDECAR,), "cannot be read"))
                continue
            message = f"belongs to {owner}"
            moves.append(Move(path, digest, status.st_size, (_SIDECAR,), (message,), owner=owner))
    return moves, stay


def _entry_of_sidecar(move: Move) -> Entry:
    return Entry(move.path, move.sha256, move.size_bytes, [_SIDECAR], owner=move.owner)


def _emptied(state: StateFolder, entries: Collection[Entry]) -> tuple[str, ...]:
    if not entries or not state.root.is_dir():
        return ()
    with open_data(state) as data:
        arriving = [entry.arrives for entry in entries if entry.arrives is not None]
        found = find_emptied(data, [entry.path for entry in entries], arriving)
    return tuple(sorted(folder.path for folder in found))


def _decided(
    decisions: object,
    keep: str | Iterable[str],
    quarantine: str | Iterable[str],
    relabel: Mapping[str, str] | None,
    state: StateFolder,
    samples: Mapping[str, Sample],
    aside: Aside,
) -> Decisions:
    """Return the decisions of both kinds; labels that exist may be any text if not folders."""
    digests = {path: sample.sha256 or None for path, sample in samples.items()}
    labels = set() if classes_are_folders(state) else {one.label for one in samples.values()}
    here = {path: sha256 for (path, sha256) in aside.runs if path in aside.gone}
    named = decide(keep, quarantine, digests, here, relabel, labels - {""})
    if decisions is None:
        return Decisions(named, ())
    if not isinstance(decisions, str | os.PathLike):
        raise UsageError(
            f"decisions must be a file, see docs/cleaning.md. Received: {type(decisions).__name__}."
            " Name paths as keep=[...] and quarantine=[...]."
        )
    own = set(Action) - {Action.FIX}
    known = {*aside.runs, *aside.left(digests)}
    read = read_decisions(decisions, state.root, digests, known, labels - {""}, own)
    return join_decisions(named, follow_renames(read, aside.renamed, digests))
