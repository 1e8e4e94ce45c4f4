"""Choose which files leave, from findings, decisions and what was asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from catsclean.auditing.saved_decisions import Kept, forbids_training, is_ruined
from catsclean.cleaning.decisions import REVIEW, Action, Decision, Decisions
from catsclean.cleaning.journal import Decided, Entry, StatusChange
from catsclean.cleaning.last_copy import (
    WITHIN_CLASS,
    CopyGraph,
    best,
    copy_groups,
    spare_one,
    stay_for_others,
)
from catsclean.cleaning.log import Aside
from catsclean.cleaning.open_quarantine import open_data
from catsclean.cleaning.relabelling import with_copies
from catsclean.cleaning.tried_repairs import read_refusals
from catsclean.core import names
from catsclean.core.model import Finding, Fix, Sample, Status
from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.core.state import StateFolder
from catsclean.validators.base import CopyKind
from catsclean.validators.registry import only_repairs, validator_of

DECISION: Final = "decision"


@dataclass(frozen=True, slots=True)
class Move:
    """One file that would leave.

    Attributes:
        path: Escaped, as in the manifest.
        sha256: Of the bytes that were judged; checked again before the move.
        size_bytes: Their number.
        validators: Who asked for it, ``decision`` first where a person did.
        messages: What they said.
        keeper: The copy that must be in place for this one to leave; None where none is needed.
        owner: The picture whose sidecar file this is; None for what leaves by itself.
    """

    path: str
    sha256: str
    size_bytes: int
    validators: tuple[str, ...]
    messages: tuple[str, ...]
    keeper: str | None = None
    owner: str | None = None


# why a file stays that a person decided about
FIX_LATER: Final = "decided: fix repairs it"
_STAYING: Final = {Action.KEEP: "decided: keep", Action.FIX: FIX_LATER}
# why a file stays that `unsafe` would move
_TO_REVIEW: Final = "to review: decide in the review or in the report"
_TO_REPAIR: Final = "to repair: catsclean fix tries it, or decide in the review or in the report"
#: Why a file stays that ``fix`` tried and left as it is.
CANNOT_REPAIR: Final = "to review: fix cannot repair it; decide in the review or in the report"


@dataclass(frozen=True, slots=True)
class KeptBack:
    """One file that has findings with a fix, or a decision, and stays.

    Attributes:
        path: Escaped, as in the manifest.
        validators: Who asked for it to leave.
        why: Why it stays.
        undecided: It stays since nobody decided what becomes of it.
    """

    path: str
    validators: tuple[str, ...]
    why: str
    undecided: bool = False

    @property
    def movable(self) -> bool:
        """Whether it would move if the clean were `unsafe`."""
        return self.why in {_TO_REVIEW, _TO_REPAIR, CANNOT_REPAIR}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for.

    Attributes:
        select: Validators to act on; None: all.
        unsafe: Act on findings whose fix is ``review``, too.
        accepted: Findings of a baseline, which are not acted on.
        prefers: Some files are preferred to their copies.
        kept_by_name: Files to keep in place of their copies.  A decisions file does not say so: it
            has an entry for each file that a person decided about.
        counts: Only the numbers matter, so no file is opened for its digest.
    """

    select: frozenset[str] | None
    unsafe: bool
    accepted: frozenset[Finding] = frozenset()
    prefers: bool = False
    kept_by_name: frozenset[str] = frozenset()
    counts: bool = False


def is_conflict(finding: Finding) -> bool:
    """Tell whether a finding is about labels: no file says which is right, so a person decides."""
    return validator_of(finding.validator).copies is CopyKind.OTHER_LABEL


class Selection:
    """Findings and decisions, turned into moves and files kept back.

    Attributes:
        moves: The files that leave, by the first validator that asks for it.
        kept: The files that stay although something was found, by path.
        refused: (entry, why) of the decisions that are not carried out.
        entries: The moves, as the journal records them.
        statuses: The rows of the manifest that change.
        returns: The files that come back from the quarantine, by path: the run that holds them.
        decided: The decisions to keep, which hold from now on.
        relabels: New label of the pictures that get one, and the picture whose copy each is.
    """

    def __init__(
        self,
        state: StateFolder,
        samples: dict[str, Sample],
        findings: Iterable[Finding],
        decisions: Decisions | None,
        wish: Wish,
        aside: Aside,
        kept: Mapping[str, Kept],
    ) -> None:
        self.state = state
        self.samples = samples
        self.by_path: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            if finding.path is not None and finding.path not in aside.repaired:
                self.by_path[finding.path].append(finding)
        self.decisions = decisions.entries if decisions is not None else {}
        self.refused = decisions.refused if decisions is not None else ()
        self.wish = wish
        self.aside = aside
        self.recorded = kept
        self.kept_before = {
            path: one
            for path, one in kept.items()
            if path in samples and path not in self.decisions
            if one.holds(samples[path].sha256, samples[path].label)
        }
        self.kept: dict[str, KeptBack] = {}
        self.moves: defaultdict[str, list[Move]] = defaultdict(list)
        self.entries: list[Entry] = []
        self.statuses: list[StatusChange] = []
        self.returns: dict[str, str] = {}
        self.decided: list[Decided] = []
        self.relabels: dict[str, tuple[str, str | None]] = {}
        self._can_repair = not state.never_changed()
        self._refusals = read_refusals(state)
        self._choose()

    def _choose(self) -> None:
        findings = [finding for found in self.by_path.values() for finding in found]
        graph = CopyGraph(self.samples, findings)
        self._relabel(graph)
        selected = {}
        for path in sorted(self.by_path.keys() | self.decisions.keys()):
            asking = self._asking(path)
            if asking:
                selected[path] = asking
        # a person who keeps or prefers a file says which label is right, too
        across = CopyGraph(self.samples, findings, frozenset(CopyKind))
        groups = copy_groups(
            self.samples,
            (
                (path, other)
                for path, found in self.by_path.items()
                for finding in found
                if validator_of(finding.validator).copies is not None
                for other in finding.related
            ),
        )
        useless = {path for path, found in self.by_path.items() if any(map(is_ruined, found))}
        useless |= self.aside.gone.keys() - self.returns.keys()
        useless |= {path for path, one in self.kept_before.items() if one.left_out}
        # files that leave only because another one stays
        as_copies = {
            path
            for path, asking in selected.items()
            if all(validator_of(name).copies in WITHIN_CLASS for name in asking)
        } - useless
        chosen = self._set_aside_for_kept(selected, across, useless)
        if self.wish.prefers:
            chosen |= self._prefer_label(selected, across, useless)
            as_copies |= self._prefer(selected, as_copies, graph, useless)
        as_copies -= chosen
        decided = {p for p, d in self.decisions.items() if d.action is Action.QUARANTINE}
        for path in spare_one(selected, decided, useless, groups, self.samples):
            self._keep(path, "the last copy of its picture")
            del selected[path]
        for paths, pairs in ((as_copies, graph), (chosen, across)):
            for path in self._lonely(selected, paths, pairs, useless):
                self._keep(path, "all files that are proved copies of it are to move, so it stays")
                del selected[path]
        for path, asking in selected.items():
            keeper = None
            if path in as_copies or path in chosen:
                proved = (across if path in chosen else graph).partners(path)
                partners = sorted(self._staying(proved, selected, useless))
                keeper = self._keeper(path, partners, selected, useless)
            elif path in groups and path not in useless:
                keeper = self._keeper(path, groups[path], selected, useless)
            self._move(path, asking, keeper)
        self._keep_as_decided()

    def _relabel(self, graph: CopyGraph) -> None:
        """Find what gets another label: it stays in the set, and so do its copies."""
        found = with_copies(self.decisions, graph, self.samples)
        self.relabels = {
            path: new
            for path, new in found.items()
            if new[1] is None or (path not in self.kept_before and path not in self.aside.gone)
        }

    def is_usable(self, path: str) -> bool:
        """Return whether nothing keeps a picture from being trained on, if a person keeps it."""
        ruined = any(map(forbids_training, self.by_path.get(path, [])))
        return not self.samples[path].refused and not ruined

    def _staying(
        self, paths: Collection[str], selected: Collection[str], useless: Collection[str]
    ) -> list[str]:
        """Return those of some files that stay and can be used."""
        return [
            path
            for path in paths
            if path not in selected and path not in useless and self.samples[path].sha256
        ]

    def _lonely(
        self,
        selected: Collection[str],
        as_copies: Collection[str],
        graph: CopyGraph,
        useless: Collection[str],
    ) -> set[str]:
        """Find the copies that have to stay: each that leaves needs a proved pair that stays."""
        alone = [
            path
            for path in as_copies
            if path in selected and not self._staying(graph.partners(path), selected, useless)
        ]
        return stay_for_others(alone, graph, self.samples)

    def _may_leave(self, path: str, useless: Collection[str]) -> bool:
        """Say whether a copy may leave for another one that was decided to be kept."""
        return (
            path not in useless
            and path not in self.decisions
            and path not in self.kept_before
            and self.samples[path].sha256 != ""
            and not any(validator_of(f.validator).never_moved for f in self.by_path[path])
        )

    def _set_aside_for_kept(
        self, selected: dict[str, list[str]], graph: CopyGraph, useless: Collection[str]
    ) -> set[str]:
        """Select the copies of what was named to be kept: to keep one is to choose it."""
        found = set()
        for path, decision in self.decisions.items():
            if decision.action is not Action.KEEP or path not in self.wish.kept_by_name:
                continue
            if path in useless or path not in self.samples:
                continue
            for other in graph.partners(path):
                if self._may_leave(other, useless):
                    found.add(other)
                    named = [
                        f.validator
                        for f in self.by_path[other]
                        if validator_of(f.validator).copies is not None
                    ]
                    named = named or [f.validator for f in self.by_path[path] if other in f.related]
                    selected[other] = list(dict.fromkeys([DECISION, *named]))
                    self.kept.pop(other, None)
        return found

    def _prefer_label(
        self, selected: dict[str, list[str]], across: CopyGraph, useless: Collection[str]
    ) -> set[str]:
        """Select what has another label than a copy of it that the user prefers."""
        found: set[str] = set()
        if not self.wish.unsafe:
            return found
        for path in sorted(across.paths):
            preferring = [
                finding.validator
                for finding in self.by_path[path]
                if is_conflict(finding)
                and (self.wish.select is None or finding.validator in self.wish.select)
                and finding not in self.wish.accepted
                and any(
                    self.samples[other].preferred < self.samples[path].preferred
                    and not self.samples[other].refused
                    for other in self._staying(
                        [one for one in finding.related if one in self.samples], selected, useless
                    )
                )
            ]
            if preferring and path not in selected and self._may_leave(path, useless):
                selected[path] = list(dict.fromkeys(preferring))
                self.kept.pop(path, None)
                found.add(path)
        return found

    def _prefer(
        self,
        selected: dict[str, list[str]],
        as_copies: Collection[str],
        graph: CopyGraph,
        useless: Collection[str],
    ) -> set[str]:
        """Exchange what stays for what the user prefers; give the files that leave in its place.

        A preferred file stays, if it would leave only as a copy, and a file leaves in its place
        that the audit kept, if no pattern prefers it as much.
        """
        found = set()
        leaving = sorted(as_copies & selected.keys(), key=lambda p: (self.samples[p].preferred, p))
        for path in leaving:
            if path not in selected or self.samples[path].refused:
                continue
            staying = self._staying(graph.partners(path), selected, useless)
            own = self.samples[path].preferred
            if any(self.samples[other].preferred <= own for other in staying):
                continue
            out = [other for other in staying if self._may_leave(other, useless)]
            if not out:
                continue
            asking = selected.pop(path)
            for other in out:
                selected[other] = asking
                found.add(other)
        return found

    def _move(self, path: str, asking: list[str], keeper: str | None) -> None:
        known = self._known(path)
        if known is None:
            return
        asked = sorted(self.by_path[path], key=lambda finding: finding.validator not in asking)
        decision = self.decisions.get(path)
        reason = "" if decision is None else decision.reason
        messages = tuple(finding.message for finding in asked)
        # not the marks of the report and of the review, which name no words of a person
        if reason and reason not in {REVIEW, *(finding.validator for finding in asked)}:
            messages = (reason, *messages)
        self.moves[asking[0]].append(Move(path, *known, tuple(asking), messages, keeper))
        digest = None if keeper is None else self.samples[keeper].sha256
        self.entries.append(Entry(path, *known, asking, keeper, digest, reason=reason))
        if path in self.samples:
            self._change(path, Status.DROP.value, ",".join(asking))

    def _asking(self, path: str) -> list[str]:
        """Name who asks for a file to leave; note why it stays where nobody does or may."""
        found = self.by_path.get(path, [])
        decision = self.decisions.get(path)
        if path not in self.samples and path in self.aside.moved:
            return []  # the findings are older than its new name
        if self._is_aside(path, decision):
            return []
        if limits := [f for f in found if validator_of(f.validator).never_moved]:
            why = "over a limit: it was not judged, so it is never moved"
            if decision is not None and decision.action is not Action.KEEP:
                self.refused = (*self.refused, (path, why))
                self.relabels.pop(path, None)
            self._keep(path, why, limits)
            return []
        if path in self.relabels:
            return []
        if decision is not None and decision.action in _STAYING:
            self._keep(path, _STAYING[decision.action])
            return []
        if path in self.kept_before:
            if any(f.fix is not Fix.NONE for f in found):
                one = self.kept_before[path]
                what = f"relabel {one.label}" if one.label else "keep"
                kept = f"{what}, in run {one.run}" if one.run else what
                self._keep(path, f"decided: {'left out of splits' if one.left_out else kept}")
            return []
        fixable = [f for f in found if f.fix is not Fix.NONE]
        accepted = self.wish.accepted
        open_ = [f for f in fixable if f not in accepted] if accepted else fixable
        listed = [f for f in open_ if self.wish.select is None or f.validator in self.wish.select]
        conflicts = [f for f in found if is_conflict(f)]
        unsafe = self.wish.unsafe and not conflicts
        safe = [f for f in listed if f.fix is Fix.SAFE and not is_conflict(f)]
        asking = [f.validator for f in (listed if unsafe else safe)]
        if decision is not None:
            asking = [DECISION, *asking]
        elif not asking and listed and conflicts:
            why = "only you know which label is right: decide in the review or in the report"
            self._keep(path, why, conflicts, undecided=True)
        elif not asking and listed:
            self._keep(path, self._why_undecided(path, listed), listed, undecided=True)
        elif not asking and fixable and not open_:
            self._keep(path, "accepted in the baseline")
        elif not asking and any(f.fix is Fix.SAFE for f in open_):
            self._keep(path, "not selected", [f for f in open_ if f.fix is Fix.SAFE])
        return list(dict.fromkeys(asking))

    def _why_undecided(self, path: str, listed: Iterable[Finding]) -> str:
        """Say who can do something about a file that stays: ``fix``, or a person."""
        if not (self._can_repair and only_repairs(f.validator for f in listed)):
            return _TO_REVIEW
        tried = (path, self.samples[path].sha256) in self._refusals
        return CANNOT_REPAIR if tried else _TO_REPAIR

    def _is_aside(self, path: str, decision: Decision | None) -> bool:
        """Tell whether a file is in the quarantine; it comes back where that was decided."""
        run = self.aside.gone.get(path)
        if decision is None:
            if run is not None:
                self._keep(path, f"set aside already, by run {run}")
            return run is not None
        if decision.action is Action.RELABEL:
            if run is not None:
                self.refused = (*self.refused, (path, f"was set aside by run {run}: restore it"))
                self.relabels.pop(path, None)
            return run is not None
        holding = self.aside.runs.get((path, decision.sha256))
        here = path in self.samples and self.samples[path].sha256 == decision.sha256
        if holding is None or (here and run is None):
            return run is not None
        if decision.action in {Action.QUARANTINE, Action.FIX}:
            self._keep(path, f"set aside already, by run {holding}")
        elif run is None:
            why = f"it was set aside by run {holding}, and another file is in its place"
            self.refused = (*self.refused, (path, why))
        else:
            self.returns[path] = holding
        return True

    def _known(self, path: str) -> tuple[str, int] | None:
        """Return digest and size of a file: the audit's, or for junk by name, those of now."""
        sample = self.samples.get(path)
        if sample is not None and sample.sha256:
            return sample.sha256, sample.size_bytes
        if any(validator_of(f.validator).junk_by_name for f in self.by_path[path]):
            if self.wish.counts:
                return "", 0
            try:
                with open_data(self.state) as data:
                    digest, status = data.digest(names.decode(path))
            except (NotAsRecordedError, OSError) as error:
                self._keep(path, str(error))
                return None
            return digest, status.st_size
        self._keep(path, "the audit could not read it, so its digest is unknown")
        return None

    def _keeper(
        self, path: str, group: list[str], selected: Collection[str], useless: Collection[str]
    ) -> str | None:
        staying = [
            other
            for other in group
            if other not in selected and other not in useless and self.samples[other].sha256
        ]
        if not staying:
            return None
        named = {
            other
            for finding in self.by_path[path]
            if not is_conflict(finding)
            for other in finding.related
        }
        sha256 = self.samples[path].sha256
        # the nearest copy: the same bytes, then one that a finding names, then any of the group;
        # named is what has the same label
        same = [p for p in staying if self.samples[p].sha256 == sha256]
        near = [p for p in staying if p in named]
        return best([p for p in same if p in named] or same or near or staying, self.samples)

    def _keep_as_decided(self) -> None:
        """Mark as looked at what a person decided to keep, unless nothing could train on it."""
        refused = {path for path, _ in self.refused}
        for path, decision in self.decisions.items():
            if decision.action is not Action.KEEP or path in refused:
                continue
            before, sample = self.recorded.get(path), self.samples.get(path)
            if before is None or before.sha256 != decision.sha256 or before.left_out:
                self.decided.append(Decided(path, decision.sha256, reason=decision.reason))
            elif sample is not None and not before.holds(sample.sha256, sample.label):
                # its label was changed since where it comes from
                self.decided.append(
                    Decided(
                        path,
                        decision.sha256,
                        label_before=before.label,
                        reason=decision.reason,
                    )
                )
            if sample is not None and self.is_usable(path):
                self._change(path, Status.KEEP.value, sample.reason or None)

    def _change(self, path: str, status: str, reason: str | None) -> None:
        sample = self.samples[path]
        if status != sample.status and sample.sha256:
            before, after = (sample.status, sample.reason or None), (status, reason)
            self.statuses.append(StatusChange(path, sample.sha256, before, after))

    def _keep(
        self,
        path: str,
        why: str,
        asking: Iterable[Finding] | None = None,
        *,
        undecided: bool = False,
    ) -> None:
        """Note why a file stays, for all the findings with a fix that ask for it to leave."""
        if asking is None:
            asking = (f for f in self.by_path.get(path, []) if f.fix is not Fix.NONE)
        named = tuple(dict.fromkeys(f.validator for f in asking))
        self.kept[path] = KeptBack(path, named, why, undecided)
