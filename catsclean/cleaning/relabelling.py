"""Give pictures another label: where each one goes, which copies go along, and what is refused.

If labels are folders, a picture moves to the folder of its new class, inside the same split.  A
label that comes from elsewhere is corrected by the decision alone.  Either is kept from audit to
audit (:mod:`catsclean.auditing.saved_decisions`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning.decisions import Action, Decision
from catsclean.cleaning.free_names import FreeNames
from catsclean.cleaning.journal import Cell, Decided, Entry, RowChange
from catsclean.cleaning.last_copy import CopyGraph
from catsclean.core import names
from catsclean.core.alike_labels import class_key
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.model import Finding, Sample, Status
from catsclean.core.portable_names import faults_of, same_name
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.text import closest
from catsclean.scan import junk
from catsclean.scan.layout import Layout, named_like_splits
from catsclean.validators.registry import validator_of


@dataclass(frozen=True, slots=True)
class Relabelled:
    """One picture that would get another label, or a file that would follow it.

    Attributes:
        path: Escaped, as in the manifest.
        target: Its path afterwards; the same if its label is not a folder.
        before: Its label; empty if it had none.
        label: Its new label.
        asked_by: ``decision``, or the validator whose suggestion it is; ``sidecar``.
        owner: The picture whose copy or sidecar file this is; None for the picture itself.
    """

    path: str
    target: str
    before: str
    label: str
    asked_by: str
    owner: str | None = None


def suggestions(
    findings: Iterable[Finding],
    content: ContentEvidence | None,
    samples: Mapping[str, Sample],
    selected: Collection[str] | None,
) -> dict[str, Decision]:
    """Return a decision for each finding whose validator suggests a label.

    Args:
        findings: All findings.
        content: What the pictures show; None if the audit did not examine it.
        samples: By path.
        selected: Validators to listen to; None: all.
    """
    found: dict[str, Decision] = {}
    if content is None or content.missing:
        return found
    paths = content.rows["path"].tolist()
    columns: dict[str, dict[str, str]] = {}
    for finding in findings:
        path, column = finding.path, validator_of(finding.validator).suggests
        listened = selected is None or finding.validator in selected
        if path is None or not column or not listened:
            continue
        if column not in columns:
            columns[column] = dict(zip(paths, content.rows[column].tolist(), strict=True))
        sample, label = samples.get(path), columns[column].get(path, "")
        # an audit of an older version took Cat and cat for two classes
        other = sample is not None and label and class_key(label) != class_key(sample.label)
        if sample is not None and sample.sha256 and other:
            found.setdefault(
                path, Decision(path, Action.RELABEL, sample.sha256, finding.validator, label)
            )
    return found


def with_copies(
    decisions: Mapping[str, Decision], graph: CopyGraph, samples: Mapping[str, Sample]
) -> dict[str, tuple[str, str | None]]:
    """Return the new label of each picture, and the picture whose copy it is.

    Copies in the same class go along, unless a person decided about them: otherwise one picture
    would have two labels.
    """
    found: dict[str, tuple[str, str | None]] = {}
    for path, decision in sorted(decisions.items()):
        if decision.action is not Action.RELABEL or path not in samples:
            continue
        found[path] = decision.label, None
        waiting = [path]
        while waiting:
            for other in sorted(graph.partners(waiting.pop())):
                if other not in decisions and other not in found and samples[other].sha256:
                    found[other] = decision.label, path
                    waiting.append(other)
    return found


def fault_of_label(label: str, labels: Collection[str], known: Mapping[str, str]) -> str:
    """Return why a picture cannot get a label; empty if it can.

    Args:
        label: The label, escaped.
        labels: The labels of the data set.
        known: The same by :func:`~catsclean.core.portable_names.same_name`.
    """
    if label in labels:
        return ""
    if (meant := known.get(same_name(label))) is not None:
        return f"the label {label} differs from the class {meant} in case or accents only"
    native = names.decode(label)
    faults = faults_of(label)
    if junk.is_junk_folder(native) or native.startswith("."):
        faults = [*faults, "loaders skip such a folder"]
    if named_like_splits([label, label]):
        faults = [*faults, "it is the name of a split"]
    return f"{label} cannot be a class: {faults[0]}" if faults else ""


def find_new_classes(given: Iterable[str], labels: Collection[str]) -> dict[str, str]:
    """Return the labels that make a new class, each with the class of nearly the same name.

    Args:
        given: The new labels of pictures, escaped; empty ones are passed over.
        labels: The classes of the data set.

    Returns:
        The closest class by new label; empty if no name is close.
    """
    new = sorted(set(given) - set(labels) - {""})
    lower = {label.casefold(): label for label in sorted(labels)}
    return {label: lower.get(closest(label.casefold(), lower), "") for label in new}


class Relabelling:
    """Plans where pictures with a new label go.

    Attributes:
        moves: The pictures that get another label.
        entries: The files that move, as the journal records them.
        rows: The rows of the manifest that change.
        decided: The decisions to keep the pictures with their new labels.
        refused: (path, why) of those that stay.
        done: (path, why) of those that have their new label already.
        targets: New path of each picture that moves, by its present one.
    """

    def __init__(
        self,
        layout: str,
        labels: Collection[str],
        samples: Mapping[str, Sample],
        data: Folder,
        kept: Mapping[str, Kept],
    ) -> None:
        """Take the data set.

        Args:
            layout: ``classes``, ``splits``, or ``flat`` if folders do not give the labels.
            labels: Its classes.
            samples: By path.
            data: The data set.
            kept: The decisions that are recorded, by path.
        """
        self._kept = kept
        self._layout, self._labels, self._samples = Layout(layout), set(labels), samples
        self._data, self.free = data, FreeNames(data, samples)
        self._known = {same_name(label): label for label in labels}
        self.moves: list[Relabelled] = []
        self.entries: list[Entry] = []
        self.rows: list[RowChange] = []
        self.decided: list[Decided] = []
        self.refused: list[tuple[str, str]] = []
        self.done: list[tuple[str, str]] = []
        self.targets: dict[str, str] = {}

    def add(
        self,
        path: str,
        label: str,
        asked_by: str,
        owner: str | None = None,
        *,
        usable: bool,
        reason: str = "",
    ) -> None:
        """Plan a new label for a picture.

        Args:
            path: The picture.
            label: Its new label.
            asked_by: ``decision``, or a validator.
            owner: The picture whose copy it is; None if it is named itself.
            usable: Nothing else keeps it from being used.
            reason: What the person wrote who decided that; may be empty.
        """
        sample = self._samples[path]
        if sample.label == label:
            self.done.append((path, f"has the label {label} already"))
            return
        try:
            self._check(label)
            target = self._place(path, label)
        except (NotAsRecordedError, OSError) as error:
            self.refused.append((path, str(error)))
            return
        self.moves.append(Relabelled(path, target, sample.label, label, asked_by, owner))
        if target != path:
            self.targets[path] = target
            known = (path, sample.sha256, sample.size_bytes)
            self.entries.append(Entry(*known, [asked_by], target=target, reason=reason))
        status = Status.KEEP.value if usable else sample.status
        before: dict[str, Cell] = {"path": path, "sha256": sample.sha256}
        before |= {"label": sample.label or None, "status": sample.status}
        after = before | {"path": target, "label": label, "status": status}
        self.rows.append(RowChange(before, after))
        given = (label,) if self._layout.kind != "flat" else self._given(sample)
        self.decided.append(Decided(target, sample.sha256, label, given=given, reason=reason))

    def _given(self, sample: Sample) -> tuple[str, ...]:
        """Return the labels that a decision is against: what is read now, and corrected before."""
        before = self._kept.get(sample.path)
        if before is None or not before.label or not before.holds(sample.sha256, sample.label):
            return (sample.label,)
        return tuple(dict.fromkeys((*before.given, before.label))) if before.given else ()

    def _place(self, path: str, label: str) -> str:
        """Return the path of a picture in the folder of another class, under a free name.

        Returns:
            The same path if no folder gives its label: the decision alone corrects it.

        Raises:
            NotAsRecordedError: It is a link, lies outside of the split folders, or there are no
                classes.
        """
        if self._layout.kind == "flat":
            if not self._labels:
                raise NotAsRecordedError("stays: this data set has no classes")
            return path
        if self._data.link_text(names.decode(path)) is not None:
            raise NotAsRecordedError("is a link: move it by hand")
        parts = path.split("/")
        depth = 1 if self._layout.kind == "splits" else 0
        if len(parts) == depth:
            raise NotAsRecordedError("lies outside of the split folders")
        folders = parts[:-1]
        # a file without a class lies above the class folders
        folders[depth : depth + 1] = [label]
        return self.free.find("/".join([*folders, parts[-1]]))

    def _check(self, label: str) -> None:
        """Check the name of a new class.

        Raises:
            NotAsRecordedError: It cannot be used.
        """
        if fault := fault_of_label(label, self._labels, self._known):
            raise NotAsRecordedError(f"stays: {fault}")
