"""The validator ``empty-class``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import count
from catsclean.validators.base import Validator


class EmptyClass(Validator):
    """Find classes without a single usable picture.

    ## Why it matters

    Keras counts the folder as a class: the model gets an output that nothing trains, a binary
    problem becomes one of three classes, and the labels after it in the alphabet shift by one.
    torchvision refuses the whole data set: "Found no valid file for the classes Bird".

    ## Example

        Bird: empty-class: no usable pictures (0 files)

    ## What to do

    Remove the folder, or fill it.

    ## False alarms

    A class that you have not filled yet.  A picture is usable if it decodes; other validators
    report the problems of the files in the folder.  A folder that could not be listed is reported
    by `unreadable` instead, because its contents are unknown.

    If file names or a table give the labels, a class is empty if none of its files can be used.
    """

    name = "empty-class"
    family = "labels"
    severity = Severity.ERROR
    fix = Fix.NONE
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find class folders, and labels of names or tables, without a decodable picture."""
        if not evidence.dataset.labelled:
            return
        unknown = [path for path, _ in evidence.dataset.unreadable_folders]
        usable = set(zip(evidence.decoded["split"], evidence.decoded["label"], strict=True))
        for folder, label in sorted(evidence.dataset.folders.items()):
            split = folder.partition("/")[0] if evidence.dataset.layout == "splits" else ""
            if (split, label) in usable or _lies_below(folder, unknown):
                continue
            rows = evidence.rows
            number = int(((rows["split"] == split) & (rows["label"] == label)).sum())
            message = f"no usable pictures ({count(number, 'file')})"
            yield self.finding(folder, message, label=label)
        known = set(evidence.decoded["label"])
        for label in evidence.dataset.named_labels:
            if label not in known:
                number = int((evidence.rows["label"] == label).sum())
                message = f"{label}: no usable pictures ({count(number, 'file')})"
                yield self.finding(None, message, label=label)


def _lies_below(folder: str, paths: Iterable[str]) -> bool:
    """Tell whether one of some paths is a folder or lies in it."""
    return any(path == folder or path.startswith(f"{folder}/") for path in paths)
