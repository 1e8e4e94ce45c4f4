"""The validator ``mixed-layout``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from catsclean.core import names
from catsclean.core.evidence import Dataset, Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.split_names import is_held_out
from catsclean.core.text import count
from catsclean.scan import junk
from catsclean.validators.base import Validator

_PICTURES: Final = tuple(
    outcome.value
    for outcome in (
        Outcome.DECODED,
        Outcome.TRUNCATED,
        Outcome.UNDECODABLE,
        Outcome.UNSUPPORTED,
        Outcome.OVER_LIMIT,
    )
)


class MixedLayout(Validator):
    """Finds pictures outside of every class folder, and classes nested inside of a class.

    ## Why it matters

    With class folders, a picture beside them has no label: Keras and torchvision pass it over
    in silence, other tools stop.  Worse is a folder such as `train/Cat` beside `Cat` and `Dog`:
    loaders look one level down and take everything below `train` for a class of that name.

    ## Example

        0.jpg: mixed-layout: lies beside the class folders, so it has no label
        train: mixed-layout: is taken for a class, but holds folders named like classes: Cat, Dog

    ## What to do

    Move the pictures into the folder of their class.  If the layout was recognised wrongly,
    force it: `--layout classes`, `splits` or `flat`.

    A test set whose labels were never given out lies loose in its folder, `test/1.jpg` beside
    `train/Cat/1.jpg`.  That is one note for the folder, and nothing needs to be done.

    ## False alarms

    Pictures of a README kept beside the class folders: they are no data, and no loader takes
    them.  Keep them in a folder outside the data set, or ignore this validator.
    """

    name: ClassVar[str] = "mixed-layout"
    family: ClassVar[str] = "dataset"
    severity: ClassVar[Severity] = Severity.ERROR
    fix: ClassVar[Fix] = Fix.NONE
    compares: ClassVar[bool] = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find pictures without a label where there are classes, and classes within classes."""
        if not evidence.dataset.labelled:
            return
        samples = evidence.rows
        rows = samples.where((samples["label"] == "") & samples.is_in("outcome", _PICTURES))
        unlabelled = _without_classes(evidence.dataset, rows["split"].tolist())
        for split, number in sorted(unlabelled.items()):
            yield self.finding(
                split,
                f"holds {count(number, 'picture')} and no class folders, so they have no label:"
                " no split takes them, and nothing is trained or scored on them",
                severity=Severity.NOTE,
            )
        for path, split in zip(rows["path"], rows["split"], strict=True):
            if split in unlabelled:
                continue
            parts = path.split("/")[:-1]
            if any(junk.is_junk_folder(names.decode(part)) for part in parts):
                continue
            where = f"lies in the split {split!r}, outside of" if split else "lies beside"
            yield self.finding(path, f"{where} the class folders, so it has no label")
        if evidence.dataset.layout == "classes":
            yield from self._nested(evidence)

    def _nested(self, evidence: Evidence) -> Iterator[Finding]:
        """Find classes all of whose pictures lie in folders that are named like other classes."""
        samples = evidence.rows
        labels = set(evidence.dataset.labels)
        labelled = (samples["label"] != "") & samples.is_in("outcome", _PICTURES)
        places = zip(evidence.folders[labelled], samples["label"][labelled], strict=True)
        inner: dict[str, set[str]] = {}
        for folder, label in set(places):
            inner.setdefault(label, set()).add(folder.partition("/")[2].partition("/")[0])
        for label, found in sorted(inner.items()):
            if found and found <= labels - {label}:
                yield self.finding(
                    str(label),
                    "is taken for a class, but holds folders named like classes: "
                    + ", ".join(sorted(found)),
                    label=str(label),
                )


def _without_classes(dataset: Dataset, splits: list[str]) -> dict[str, int]:
    """Count the pictures of each split that is held out and has no class folder.

    Args:
        dataset: What is known of the folder.
        splits: Split of each picture without a label.
    """
    with_classes = {folder.partition("/")[0] for folder in dataset.folders}
    counts = Counter(splits)
    return {
        split: number
        for split, number in counts.items()
        if dataset.layout == "splits" and split not in with_classes and is_held_out(split)
    }
