"""The labels that a person corrected, where no folder gives them.

A picture in a class folder moves when its label is corrected.  Any other label is corrected by the
decision alone: it stands in the state folder, and each audit puts it in place of the label that
the file name or the table gives, for as long as the picture has the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from catsclean.auditing.saved_decisions import Kept
from catsclean.core.evidence import Evidence


def correct_labels(evidence: Evidence, decisions: Mapping[str, Kept]) -> Evidence:
    """Put corrected labels in place of those that were read.

    Args:
        evidence: As it was read.
        decisions: The decisions of persons, by path.

    Returns:
        The evidence with the corrected labels; itself if class folders give the labels.
    """
    if evidence.dataset.label_source.by_folders or not any(one.label for one in decisions.values()):
        return evidence
    rows = evidence.rows
    labels = rows["label"].tolist()
    digests = rows["sha256"].tolist()
    for at, path in enumerate(rows["path"].tolist()):
        decided = decisions.get(path)
        if decided is not None and decided.label and decided.sha256 == digests[at]:
            labels[at] = decided.label
    named = tuple(sorted({label for label in labels if label}))
    return evidence.replaced(
        samples=evidence.with_texts("label", labels),
        dataset=replace(evidence.dataset, named_labels=named),
    )
