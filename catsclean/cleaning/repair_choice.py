"""Which files ``fix`` repairs: who asks for it, what a person decided, and what stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Literal

from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.saved_decisions import forbids_repair
from catsclean.cleaning.decisions import Action, Decision, Decisions
from catsclean.cleaning.loaders import LOADERS, Loader
from catsclean.cleaning.log import Aside
from catsclean.cleaning.mend_in_workers import Patient
from catsclean.cleaning.open_quarantine import open_folder
from catsclean.cleaning.repairs.repair import all_repairs
from catsclean.cleaning.selection import KeptBack
from catsclean.cleaning.tried_repairs import read_refusals
from catsclean.core import names
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding, Status
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state import StateFolder
from catsclean.images.formats.sniff import FORMATS, ending_of
from catsclean.validators.registry import validator_of

#: What ``--strip`` may name, and the repair that does it.
StripName = Literal["metadata", "gps"]
STRIPS: Final[dict[StripName, str]] = {"metadata": "strip-metadata", "gps": "strip-position"}
_LOAD: Final = "make-loadable"
_RENAME: Final = "correct-extension"


class RepairChoice:
    """The files to repair: who asks, and for what.

    Attributes:
        asking: Validators that ask for a repair, by path.
        wanted: Names of the repairs, by path.
        kept: The files that stay, by path.
        everywhere: Repairs that are tried on every picture: most need none.
        rows: Rows of the manifest by path.
        recorded: All paths of the manifest.
    """

    def __init__(
        self,
        state: StateFolder,
        manifest: Manifest,
        findings: Sequence[Finding],
        loader: Loader,
        paths: Collection[str] | None = None,
    ) -> None:
        """Take an audit.

        Args:
            state: Its state folder.
            manifest: Its manifest.
            findings: Its findings.
            loader: The program that is to read the pictures.
            paths: The samples to choose from; None: all.
        """
        self.rows = _rows_of(manifest, paths)
        self.recorded = frozenset(manifest.lists(["path"], None)["path"])
        self.by_path: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            if finding.path is not None:
                self.by_path[finding.path].append(finding)
        self.of_set = [finding for finding in findings if finding.path is None]
        self.everywhere = set(STRIPS.values())
        self.loader = loader
        self.asking: defaultdict[str, list[str]] = defaultdict(list)
        self.wanted: defaultdict[str, set[str]] = defaultdict(set)
        self.kept: dict[str, KeptBack] = {}
        self._decided = {
            path: one.run
            for path, one in read_kept(state).items()
            # a decision about the label says nothing about the file, and follows it
            if path in self.rows and not one.label and self.rows[path]["sha256"] == one.sha256
        }
        self._reviewed: Mapping[str, Decision] = {}
        self._only_decided = False
        self._not_selected: defaultdict[str, list[str]] = defaultdict(list)

    def respect(self, decided: Decisions, *, only_decided: bool) -> None:
        """Respect what a person decided.

        Args:
            decided: The decisions of reviews, and of a file.
            only_decided: Repair only the pictures that were left to ``fix``.
        """
        self._reviewed, self._only_decided = decided.entries, only_decided
        self.kept |= {path: KeptBack(path, (), why) for path, why in decided.refused}

    def note_undecidable(self) -> None:
        """Note the files that a person left to ``fix``, and in which it has nothing to repair."""
        for path, one in self._reviewed.items():
            if one.action is Action.FIX and path not in self.asking and path not in self.kept:
                why = "nothing was found in it that fix repairs"
                if others := list(dict.fromkeys(self._not_selected.get(path, ()))):
                    why = f"not selected: {', '.join(others)}"
                self.kept[path] = KeptBack(path, tuple(others), why)

    def follow_moves(self, aside: Aside) -> None:
        """Let findings that are older than the new name of a file ask for it under that name.

        They still hold in another class folder, but not after a repair gave it another extension.
        Files in the quarantine are left alone.
        """
        for path, run in aside.gone.items():
            self.by_path.pop(path, None)
            if path in self.rows:
                self.rows.pop(path)
                decision = self._reviewed.get(path)
                if decision is not None and decision.action is Action.FIX:
                    self.kept[path] = KeptBack(path, (), f"set aside already, by run {run}")
        for path in aside.moved.keys() - self.rows.keys():
            found, now = self.by_path.pop(path, []), aside.renamed.get(path, "")
            moved = now in self.rows and now not in self.by_path
            if moved and ending_of(now) == ending_of(path):
                self.by_path[now] = found

    def by_findings(
        self, selected: Callable[[str], bool], accepted: Collection[Finding] = ()
    ) -> None:
        """Choose what findings ask for.

        Args:
            selected: Tells whether the findings of a validator are to be repaired.
            accepted: Findings of a baseline; only a picture that a person left to ``fix`` is
                repaired for one.
        """
        for path, found in self.by_path.items():
            for finding in found:
                kind = validator_of(finding.validator)
                if not kind.repair:
                    continue
                if kind.repair_for and self.loader.name not in kind.repair_for:
                    continue
                if finding in accepted and not self.is_left_to_fix(path):
                    continue
                if selected(finding.validator):
                    self._ask(path, finding.validator, kind.repair)
                else:
                    self._not_selected[path].append(finding.validator)

    def by_set(self, selected: Callable[[str], bool], accepted: Collection[Finding] = ()) -> None:
        """Choose all pictures if a finding says that most of them have something.

        Args:
            selected: As in :meth:`by_findings`.
            accepted: Findings of a baseline.
        """
        for finding in self.of_set:
            kind, counts = validator_of(finding.validator), finding not in accepted
            if counts and kind.repair and kind.collective and selected(finding.validator):
                self.everywhere.add(kind.repair)
                self._ask_all(finding.validator, kind.repair)

    def by_loader(self) -> None:
        """Choose the pictures that the loader does not list."""
        for path, row in self.rows.items():
            if not self.loader.lists(ending_of(path)) and self._is_used(path, row):
                self._ask(path, f"for-{self.loader.name}", _LOAD)

    def by_strip(self, repair: str) -> None:
        """Choose the pictures whose metadata are to be removed; most have some.

        One in a format that is not decoded here is asked, too, to be named if it cannot serve.
        """
        self._ask_all(repair, repair)
        for path, row in self.rows.items():
            kind = FORMATS.get(row["format"] or "")
            if row["width_px"] is None and kind is not None and kind.missing():
                self._ask(path, repair, repair)

    def _ask_all(self, name: str, repair: str) -> None:
        for path, row in self.rows.items():
            if self._is_used(path, row):
                self._ask(path, name, repair)

    def _is_used(self, path: str, row: Mapping[str, Any]) -> bool:
        """Return whether a row is a picture that `clean` leaves, or that a repair makes usable."""
        if row["width_px"] is None:
            return False
        return row["status"] != Status.DROP.value or not self._why_not(path)

    def _ask(self, path: str, name: str, repair: str) -> None:
        decision = self._reviewed.get(path)
        if self._only_decided and (decision is None or decision.action is not Action.FIX):
            return
        if why := self._why_not(path):
            self.kept[path] = KeptBack(path, (name,), why)
            return
        self.asking[path].append(name)
        self.wanted[path].add(repair)

    def _why_not(self, path: str) -> str:
        row = self.rows.get(path)
        if row is None or row["sha256"] is None:
            return "the audit could not read it, so its digest is unknown"
        action = self._reviewed[path].action if path in self._reviewed else None
        if action is Action.KEEP:
            return "decided: keep"
        if action is Action.QUARANTINE:
            return "decided: clean sets it aside"
        if path in self._decided and action is not Action.FIX:
            return f"decided: keep, in run {self._decided[path]}"
        for finding in self.by_path.get(path, ()):
            if not forbids_repair(finding):
                continue
            if validator_of(finding.validator).never_moved:
                return "over a limit: it was not judged, so it is never changed"
            return f"{finding.validator}: clean sets it aside"
        return ""

    def is_left_to_fix(self, path: str) -> bool:
        """Return whether a person decided that a picture is repaired, and so that it stays."""
        decision = self._reviewed.get(path)
        return decision is not None and decision.action is Action.FIX

    def reason(self, path: str) -> str:
        """Return what the person wrote who left a picture to ``fix``; may be empty."""
        return self._reviewed[path].reason if self.is_left_to_fix(path) else ""

    def drop_links(self, data: Folder) -> None:
        """Leave out links: what they lead to belongs elsewhere."""
        for path in list(self.wanted):
            try:
                is_link = data.link_text(names.decode(path)) is not None
            except (NotAsRecordedError, OSError):
                is_link = False  # the worker says what is wrong
            if is_link:
                self.keep(path, "is a link: repair the file that it leads to")

    def keep(self, path: str, why: str) -> None:
        """Leave a file as it is."""
        self.kept[path] = KeptBack(path, tuple(dict.fromkeys(self.asking.pop(path, ()))), why)
        self.wanted.pop(path, None)

    def patients(self) -> list[Patient]:
        """Return the files to repair, sorted by path, each with its repairs in their order."""
        return [
            Patient(
                path,
                self.rows[path]["sha256"],
                int(self.rows[path]["size_bytes"]),
                tuple(name for name in all_repairs() if name in self._repairs_of(path)),
            )
            for path in sorted(self.wanted)
        ]

    def _repairs_of(self, path: str) -> set[str]:
        """Return the repairs of a file; one that the loader lists must still be listed after."""
        wanted = self.wanted[path]
        if _RENAME in wanted and not self.loader.ending_for(self.rows[path]["format"] or ""):
            return wanted | {_LOAD}
        return wanted


def files_to_repair(
    state: StateFolder,
    manifest: Manifest,
    findings: Sequence[Finding],
    decided: Decisions,
    aside: Aside,
    accepted: Collection[Finding] = (),
) -> frozenset[str]:
    """Return the paths of the files that ``fix`` may repair if it is given no options.

    Those that the last ``fix`` could not repair are left out.

    Args:
        state: The state folder of an audit.
        manifest: Its manifest.
        findings: Its findings.
        decided: What a person decided.
        aside: The contents of the quarantine.
        accepted: Findings of a baseline, which are not acted on.
    """
    asking = [one for one in findings if validator_of(one.validator).repair and one not in accepted]
    if not asking or state.never_changed() or not state.root.is_dir():
        return frozenset()
    named = {finding.path for finding in asking if finding.path is not None}
    paths = {*named, *aside.moved, *aside.renamed.values()}
    chosen = RepairChoice(state, manifest, findings, LOADERS["tensorflow"], paths)
    chosen.respect(decided, only_decided=False)
    chosen.follow_moves(aside)
    chosen.by_findings(lambda _: True, accepted)
    with open_folder(state.root) as data:
        chosen.drop_links(data)
    refused = read_refusals(state)
    return frozenset(
        path
        for path in chosen.wanted.keys() - aside.repaired
        if (path, chosen.rows[path]["sha256"]) not in refused
    )


def _rows_of(manifest: Manifest, paths: Collection[str] | None) -> dict[str, dict[str, Any]]:
    """Return rows of a manifest by path, None where a value is missing."""
    columns = manifest.column_names
    values = manifest.lists(columns, paths)
    return {
        row[0]: dict(zip(columns, row[1:], strict=True))
        for row in zip(values["path"], *(values[name] for name in columns), strict=True)
    }
