"""The labels that a person corrected, where no folder gives them.

A picture in a class folder moves when its label is corrected.  Any other label is corrected by the
decision alone: it stands in the state folder, and each audit puts it in place of the label that
the file name or the table gives, for as long as the picture has the same bytes.  If the name or the
table gives another label than at the time of the decision, somebody corrected it there since: the
later change counts, and the audit says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from catsclean.auditing.saved_decisions import Kept
from catsclean.core.evidence import Evidence
from catsclean.core.label_source import LabelSource
from catsclean.core.text import count


def correct_labels(evidence: Evidence, decisions: Mapping[str, Kept]) -> Evidence:
    """Put corrected labels in place of those that were read.

    Args:
        evidence: As it was read.
        decisions: The decisions of persons, by path.

    Returns:
        The evidence with the corrected labels; itself if class folders give the labels, unless
        nothing moves in them (:attr:`Dataset.never_changed`).
    """
    dataset = evidence.dataset
    moved = dataset.label_source.by_folders and not dataset.never_changed
    if moved or not any(one.label for one in decisions.values()):
        return evidence
    rows = evidence.rows
    labels = rows["label"].tolist()
    digests = rows["sha256"].tolist()
    later = 0
    for at, path in enumerate(rows["path"].tolist()):
        decided = decisions.get(path)
        if decided is None or decided.sha256 != digests[at]:
            continue
        if decided.corrects(labels[at]):
            labels[at] = decided.label
        elif not decided.holds(digests[at], labels[at]):
            later += 1
    named = tuple(sorted({label for label in labels if label}))
    if dataset.label_source.by_folders:
        named = tuple(label for label in named if label not in dataset.folders.values())
    dataset = replace(dataset, named_labels=named)
    if later:
        dataset = replace(dataset, label_source=_with_note(dataset.label_source, later))
    return evidence.replaced(samples=evidence.with_texts("label", labels), dataset=dataset)


def _with_note(source: LabelSource, later: int) -> LabelSource:
    """Note how many corrected labels were changed again where the labels come from."""
    labels = count(later, "corrected label has", "corrected labels have")
    note = f"{labels} another label here now, which counts"
    return replace(source, note=f"{source.note}; {note}" if source.note else note)
