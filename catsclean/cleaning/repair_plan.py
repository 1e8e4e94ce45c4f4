"""What `fix` would do: which files are repaired and how, and which stay and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from catsclean.cleaning.came_back import CameBack, SaysWhatCameBack, came_back
from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.decisions import Action, Decisions, read_decisions
from catsclean.cleaning.following import follow
from catsclean.cleaning.free_names import FreeNames
from catsclean.cleaning.journal import Cell, Decided, Entry, Made, RowChange
from catsclean.cleaning.loaders import LOADERS, LoaderName
from catsclean.cleaning.log import Aside, set_aside
from catsclean.cleaning.mend_in_workers import Cure, Patient, fetch_repaired, try_repairs
from catsclean.cleaning.names_as_labels import source_of, why_not_rename
from catsclean.cleaning.open_quarantine import open_folder
from catsclean.cleaning.plan import AuditLike, accepted_by, read_audited
from catsclean.cleaning.quarantine import carry_out
from catsclean.cleaning.repair_choice import STRIPS, RepairChoice, StripName
from catsclean.cleaning.repairs.repair import NOTHING, Wishes
from catsclean.cleaning.results import CleaningResult
from catsclean.cleaning.reviewed import with_reviewed
from catsclean.cleaning.selection import DECISION, KeptBack
from catsclean.cleaning.tried_repairs import note_refusals
from catsclean.core import names
from catsclean.core.arguments import checked, whole_number
from catsclean.core.evidence import Dataset, Evidence, pair_table
from catsclean.core.limits import Limits
from catsclean.core.links import Folders
from catsclean.core.model import Finding, Status
from catsclean.core.notebook_view import NotebookView
from catsclean.core.progress_bar import with_bar
from catsclean.core.rows import Table
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state import StateFolder
from catsclean.errors import UsageError
from catsclean.scan.sidecar_files import check_endings
from catsclean.validators.base import Validator
from catsclean.validators.registry import all_validators, names_of, validator_of

if TYPE_CHECKING:
    import pandas as pd

_SIDECAR: Final = "sidecar"
# columns of the manifest that a repaired file has new values for
_FACTS: Final = ("width_px", "height_px", "mode", "format", "frames", "exif_orientation")


@dataclass(frozen=True, slots=True)
class Repaired:
    """One file that would be repaired, or that would follow one.

    Attributes:
        path: Escaped, as in the manifest.
        target: Its path afterwards; often the same.
        validators: The validators that asked for it, ``sidecar`` for a file that follows.
        repairs: Names of the repairs.
        how: The repairs, and what they cost.
        lossless: Every pixel stays as it is.
        sha256: Of the bytes that were judged.
        made_sha256: Of the repaired bytes; empty if only the name changes.
        owner: The picture whose sidecar file this is; None for any other file.
    """

    path: str
    target: str
    validators: tuple[str, ...]
    repairs: tuple[str, ...]
    how: str
    lossless: bool
    sha256: str
    made_sha256: str = ""
    owner: str | None = None


@dataclass(frozen=True)
class RepairPlan(SaysWhatCameBack, NotebookView):
    """What a repair would do; every repair was tried, and its result checked.

    Attributes:
        state: The state folder, and in it the root.
        repairs: The files that would be repaired, by path; sidecar files after their picture.
        kept_back: The files that stay although something was found that has a repair, and why.
        refused: (entry, why) of the decisions of a file that cannot be trusted.
    """

    state: StateFolder
    repairs: tuple[Repaired, ...]
    kept_back: tuple[KeptBack, ...]
    _entries: tuple[Entry, ...]
    _rows: tuple[RowChange, ...]
    _patients: Mapping[str, tuple[Patient, int]]
    _wishes: Wishes
    _decided: tuple[Decided, ...] = ()
    _tried: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    _back: CameBack = field(default_factory=CameBack)
    _seen: int = 0

    @property
    def count(self) -> int:
        """Number of pictures that would be repaired."""
        return sum(one.owner is None for one in self.repairs)

    @property
    def tried(self) -> int:
        """Number of pictures that a repair was tried for, without those that had nothing left."""
        return self.count + self._tried

    def __repr__(self) -> str:
        name = names.text(self.state.root.name)
        stay = f"{len(self.kept_back):,} kept back"
        return f"<RepairPlan for {name!r}: {self.count:,} to repair, {stay}>"

    def to_pandas(self) -> pd.DataFrame:
        """Return the plan as a table, one row for each file, sorted by path.

        Its columns: ``path``; ``action`` (``repair`` or ``stay``); ``target``; ``validators`` and
        ``repairs``, with commas between; ``lossless``; ``why``, the cost of the repair or why the
        file stays.
        """
        import pandas as pd

        rows: list[tuple[Any, ...]] = [
            (r.path, "repair", r.target, ",".join(r.validators), ",".join(r.repairs), r.lossless,
             r.how)
            for r in self.repairs
        ]  # fmt: skip
        rows += [
            (k.path, "stay", k.path, ",".join(k.validators), "", True, k.why)
            for k in self.kept_back
        ]
        columns = ["path", "action", "target", "validators", "repairs", "lossless", "why"]
        return pd.DataFrame(sorted(rows, key=lambda row: row[0]), columns=columns)

    @with_bar("repairing")
    def apply(self, progress: Callable[[int, int], None] | None = None) -> CleaningResult:
        """Repair the files; the originals go to the quarantine, and undo brings them back.

        Args:
            progress: Called with the number of files done and their total.

        Raises:
            CleaningError: The disk is full or failing; nothing is lost, the next command resumes.
            StateError: Another command works on this data set, or a review decided about one of
                the pictures since the plan was made.
        """
        return carry_out(
            self.state,
            self._entries,
            (),
            progress,
            decided=self._decided,
            rows=self._rows,
            prepare=self._make,
            seen=self._seen,
        )

    def _make(self, wanted: Mapping[str, Made]) -> Iterator[tuple[str, bytes | str]]:
        patients = [self._patients[path] for path in wanted]
        return fetch_repaired(self.state.root, patients, self._wishes)


@with_bar("trying repairs")
@checked
def plan_repairs(  # noqa: PLR0913 - every wish of a repair, most of them by name
    audit: AuditLike | StateFolder | str | os.PathLike[str],
    select: str | Collection[str] | None = None,
    *,
    ignore: str | Collection[str] | None = None,
    strip: StripName | None = None,
    loader: LoaderName = "tensorflow",
    lossless: bool = False,
    salvage: int = 0,
    decisions: str | os.PathLike[str] | None = None,
    decided: bool = False,
    baseline: str | os.PathLike[str] | None = None,
    sidecars: Iterable[str] | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
    progress: Callable[[int, int], None] | None = None,
) -> RepairPlan:
    """Plan which files to repair; each repair is tried, and nothing is changed.

    A validator's attribute `repair` says which repair serves for its findings.  A picture that a
    person decided to keep or to set aside stays as it is, and so does one that `clean` sets aside
    for something that has no repair.  One that a person left to `fix`, although something else was
    found about it, is to be kept: that is recorded for the repaired file.

    Args:
        audit: An audit, its state folder, or the data set (its last audit is read).
        select: Validators or families whose findings to repair; None for all.  If a property is
            so common that one finding covers the whole set, its pictures are repaired only if
            `select` names the validator.
        ignore: Validators or families to leave out.
        strip: ``metadata`` removes all metadata from every picture that has some, ``gps`` only the
            position; None: neither.
        loader: The program that has to read the pictures: ``tensorflow``, ``keras`` or ``torch``.
            What it rejects is encoded again, or renamed if that is enough.
        lossless: Make only repairs that leave every pixel as it is.
        salvage: Crop a cut picture to the rows that exist, if at least so many percent do; 0:
            never.
        decisions: A decisions file, see docs/cleaning.md: only the pictures are repaired that it,
            or a review, left to ``fix``.  Its other entries are for :func:`plan_cleaning`.
        decided: Repair only the pictures that a review left to ``fix``.
        baseline: A file of accepted findings, as ``audit --write-baseline`` writes it: they are
            not repaired, unless a person left their picture to ``fix``.
        sidecars: Extensions of files that follow a picture that is renamed, such as ``.txt``; None:
            those that docs/splitting.md lists; empty: none do.
        state_dir: The state folder, if `audit` is a path and it is not beside the data set.
        follow_links_to: Folders outside the data set that links may lead into, if `audit` is a
            path and followed links.  A link itself is never repaired.
        progress: Called with the number of files tried and their total.

    Raises:
        DatasetError: The data set was never audited.
        ManifestError: Manifest, findings or decisions cannot be trusted.
        ConfigError: `select` or `ignore` names no validator or family, or `baseline` is none.
        StateError: The decisions of reviews are damaged.
        UsageError: `strip` or `loader` is unknown, or `salvage` is not a number from 0 to 100.
        WorkerError: No worker process can be started.
    """
    state, manifest, findings = read_audited(audit, state_dir, follow_links_to, changes=True)
    least = whole_number("salvage", salvage, 0, 100)
    wishes = Wishes(_limits(state), _loader(loader), least, lossless)
    endings = check_endings(sidecars)
    aside = set_aside(state)
    journal = DecisionJournal(state)
    chosen = RepairChoice(state, manifest, findings, LOADERS[wishes.loader])
    given = _given(decisions, state, chosen, aside)
    only_decided = decided or decisions is not None
    chosen.respect(_reviewed(journal, given, chosen, aside), only_decided=only_decided)
    chosen.follow_moves(aside)
    accepted = accepted_by(baseline, manifest, findings)
    chosen.by_findings(_selection(select, ignore, findings), accepted)
    if select is None:
        chosen.by_loader()
    else:
        chosen.by_set(_selection(select, ignore, findings), accepted)
    if strip is not None:
        chosen.by_strip(_strip(strip))
    if decisions is not None:
        chosen.note_undecidable()
    with open_folder(state.root) as data:
        chosen.drop_links(data)
        patients = chosen.patients()
        asking = {path: tuple(dict.fromkeys(who)) for path, who in chosen.asking.items()}
        kinds = [kind for kind in all_validators().values() if kind.columns]
        inspectors = tuple(f"{kind.__module__}:{kind.__qualname__}" for kind in kinds)
        cures = try_repairs(state.root, patients, wishes, inspectors, progress)
        made = _Making(state, data, endings, chosen, asking, aside.moved.keys())
        made.judge(patients, cures)
        made.add(patients, cures)
    if strip is None and not lossless and loader == "tensorflow":
        tried = {(one.path, one.sha256) for one in patients}
        refused = {one: chosen.kept[one[0]].why for one in tried if one[0] in chosen.kept}
        note_refusals(state, tried, refused)
    return RepairPlan(
        state,
        tuple(made.repairs),
        tuple(chosen.kept[path] for path in sorted(chosen.kept)),
        tuple(made.entries),
        tuple(made.rows),
        made.patients,
        wishes,
        tuple(made.decided),
        len(chosen.kept.keys() & {one.path for one in patients}),
        given.refused,
        came_back(state, manifest),
        journal.length,
    )


def _given(
    file: str | os.PathLike[str] | None, state: StateFolder, chosen: RepairChoice, aside: Aside
) -> Decisions:
    """Return what a decisions file leaves to ``fix``; note what was repaired already."""
    if file is None:
        return Decisions({}, ())
    digests = {path: row["sha256"] for path, row in chosen.rows.items()}
    done = {**aside.runs, **aside.left(digests)}
    read = read_decisions(file, state.root, digests, done.keys(), refusing=[Action.FIX])
    found = {path: one for path, one in read.entries.items() if one.action is Action.FIX}
    for path, one in found.items():
        if digests.get(path) != one.sha256:
            why = f"repaired or set aside already, by run {done[path, one.sha256]}"
            chosen.kept[path] = KeptBack(path, (), why)
    still = {path: one for path, one in found.items() if path not in chosen.kept}
    return Decisions(still, read.refused)


def _reviewed(
    journal: DecisionJournal, given: Decisions, chosen: RepairChoice, aside: Aside
) -> Decisions:
    """Add what reviews decided to what a file did, but for the entries that are refused."""
    digests = {path: row["sha256"] for path, row in chosen.rows.items()}
    labels = {path: row["label"] or "" for path, row in chosen.rows.items()}
    return with_reviewed(journal, Decisions(given.entries, ()), digests, labels, aside.runs)


def _limits(state: StateFolder) -> Limits:
    """Return the limits of the last audit, so that what it read can be read again."""
    known = state.read_summary().get("limits")
    if not isinstance(known, dict):
        return Limits()
    return Limits(**{name: known[name] for name in Limits.__slots__ if name in known})


def _loader(name: str) -> str:
    if name not in LOADERS:
        listed = ", ".join(LOADERS)
        raise UsageError(f"loader must be one of {listed}. Received: {name!a:.40}.")
    return name


def _strip(name: str) -> str:
    if name not in STRIPS:
        raise UsageError(f"strip must be one of {', '.join(STRIPS)}. Received: {name!a:.40}.")
    return STRIPS[name]


def _selection(
    select: str | Collection[str] | None,
    ignore: str | Collection[str] | None,
    findings: Iterable[Finding],
) -> Callable[[str], bool]:
    found = {finding.validator for finding in findings}
    wanted = None if select is None else names_of(select, found)
    unwanted = frozenset() if ignore is None else names_of(ignore, found)
    return lambda name: (wanted is None or name in wanted) and name not in unwanted


class _Making:
    """Turns results of repairs into the entries of a journal."""

    def __init__(
        self,
        state: StateFolder,
        data: Folder,
        endings: frozenset[str],
        chosen: RepairChoice,
        asking: Mapping[str, tuple[str, ...]],
        earlier: Collection[str],
    ) -> None:
        self.state, self.data, self.endings, self.earlier = state, data, endings, earlier
        self.chosen, self.asking = chosen, asking
        self.free = FreeNames(data, chosen.recorded)
        self.label_source = source_of(state)
        self.repairs: list[Repaired] = []
        self.entries: list[Entry] = []
        self.rows: list[RowChange] = []
        self.decided: list[Decided] = []
        self.patients: dict[str, tuple[Patient, int]] = {}
        self.targets: dict[str, str] = {}

    def judge(self, patients: Iterable[Patient], cures: Iterable[Cure]) -> None:
        """Choose the new names, and let the validators that asked judge the results."""
        results: list[dict[str, Any]] = []
        for patient, cure in zip(patients, cures, strict=True):
            path = patient.path
            if cure.why_not or cure.evidence is None:
                self.chosen.keep(path, cure.why_not)
                # most pictures have no metadata to remove, and some were repaired since the audit
                tried = set(patient.repairs) <= self.chosen.everywhere
                if cure.why_not == NOTHING and (tried or path in self.earlier):
                    del self.chosen.kept[path]
                continue
            wanted = path
            if cure.ending:
                stem = path.rpartition(".")[0] if "." in path.rpartition("/")[2][1:] else path
                wanted = stem + cure.ending
            try:
                target = path if wanted == path else self.free.find(wanted, own=path)
                if target != path and (why := why_not_rename(self.label_source, path, target)):
                    raise NotAsRecordedError(why)
            except NotAsRecordedError as error:
                self.chosen.keep(path, str(error))
                continue
            self.targets[path] = target
            row = self.chosen.rows[path]
            own = {"path": target, "label": row["label"] or "", "split": row["split"] or "",
                   "size_bytes": cure.size_bytes or patient.size_bytes, "group": ""}  # fmt: skip
            results.append(cure.evidence | own)
        for path, why in self._still_found(results).items():
            self.chosen.keep(path, why)
            del self.targets[path]

    def _still_found(self, results: list[dict[str, Any]]) -> dict[str, str]:
        """Return what the validators that asked still find in the repaired files, by path."""
        if not results:
            return {}
        table = Table(pa.Table.from_pylist(sorted(results, key=lambda row: row["path"])))
        dataset = Dataset(self.state.root, "classes")
        evidence = Evidence(table, dataset, pair_table())
        source = {target: path for path, target in self.targets.items()}
        found: dict[str, str] = {}
        for name in dict.fromkeys(n for path in self.targets for n in self.asking[path]):
            kind = validator_of(name)
            if kind is Validator:  # a wish of the user's, or a validator that is not installed
                continue
            for finding in kind().judge(evidence):
                path = source.get(finding.path or "", "")
                if name in self.asking.get(path, ()):
                    found.setdefault(path, f"{name} would still find: {finding.message}")
        return found

    def add(self, patients: Iterable[Patient], cures: Iterable[Cure]) -> None:
        """Add the entries of the files that can be repaired, and of their sidecar files."""
        for patient, cure in zip(patients, cures, strict=True):
            path, target = patient.path, self.targets.get(patient.path)
            if target is None:
                continue
            asking = self.asking[path]
            made = None
            if cure.sha256:
                made = Made(target, cure.sha256, cure.size_bytes, cure.how)
                self.patients[path] = (patient, cure.size_bytes)
            # recorded as for a picture that clean set aside by decision
            decided = [DECISION] if self.chosen.is_left_to_fix(path) else []
            self.entries.append(
                Entry(path, patient.sha256, patient.size_bytes, [*asking, *decided],
                      target=None if made else target, made=made,
                      reason=self.chosen.reason(path))
            )  # fmt: skip
            self.repairs.append(
                Repaired(path, target, asking, patient.repairs, cure.how, cure.lossless,
                         patient.sha256, cure.sha256)
            )  # fmt: skip
            self.rows.append(self._row(patient, cure, target))
        renamed = {path: target for path, target in self.targets.items() if path != target}
        for move in follow(self.data, renamed, self.endings, self.free):
            if isinstance(move, KeptBack):
                self.chosen.kept.setdefault(move.path, move)
                continue
            self.entries.append(move)
            self.repairs.append(
                Repaired(move.path, move.target or "", (_SIDECAR,), (), f"follows {move.owner}",
                         lossless=True, sha256=move.sha256, owner=move.owner)
            )  # fmt: skip

    def _row(self, patient: Patient, cure: Cure, target: str) -> RowChange:
        """Return the new values of a row of the manifest."""
        row, asking = self.chosen.rows[patient.path], self.asking[patient.path]
        left = [name for name in (row["reason"] or "").split(",") if name and name not in asking]
        decided = self.chosen.is_left_to_fix(patient.path)
        if left and decided:
            reason = self.chosen.reason(patient.path)
            self.decided.append(Decided(target, cure.sha256 or patient.sha256, reason=reason))
        # what nobody else asks to look at is usable now
        status = row["status"] if left and not decided else Status.KEEP.value
        before: dict[str, Cell] = {"path": patient.path, "sha256": patient.sha256}
        after: dict[str, Cell] = {"path": target, "sha256": cure.sha256 or patient.sha256}
        values: dict[str, Any] = {"status": status, "reason": ",".join(left) or None}
        if cure.sha256 and cure.evidence is not None:
            values |= {name: cure.evidence[name] for name in _FACTS}
            values |= {"size_bytes": cure.size_bytes}
            values["exif_orientation"] = _known(values["exif_orientation"])
        for name, value in values.items():
            if row[name] != value:
                before[name] = _plain(row[name])
                after[name] = _plain(value)
        return RowChange(before, after)


def _known(value: Any) -> Any:
    return None if value == -1 else value


def _plain(value: Any) -> Cell:
    return value if value is None or isinstance(value, str) else int(value)
