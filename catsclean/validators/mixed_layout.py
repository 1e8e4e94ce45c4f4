"""The validator ``mixed-layout``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

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
    """Find pictures outside the class folders, and classes nested inside a class.

    ## Why it matters

    A picture outside the class folders has no label: Keras and torchvision silently skip it,
    other tools stop.  A folder such as `train/Cat` next to `Cat` and `Dog` is worse:
    loaders look one level down and take everything below `train` for a class of that name.

    ## Example

        0.jpg: mixed-layout: is not in a class folder, so it has no label
        train: mixed-layout: looks like a class, but contains folders named like classes: Cat, Dog

    ## What to do

    Move the pictures into the folder of their class.  If the layout was recognised wrongly,
    set it: `--layout classes`, `splits` or `flat`.

    If the labels of a test set were not published, its pictures are loose in its folder,
    `test/1.jpg` next to `train/Cat/1.jpg`.  That is one note for the folder, and you need not do
    anything.

    ## False alarms

    Pictures of a README next to the class folders: they are not data, and no loader reads
    them.  Put them in a folder outside the data set, or ignore this validator.
    """

    name = "mixed-layout"
    family = "dataset"
    severity = Severity.ERROR
    fix = Fix.NONE
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find pictures without a label where there are classes, and classes within classes."""
        # other validators report pictures that names or a table leave without a label
        if not evidence.dataset.labelled or not evidence.dataset.label_source.by_folders:
            return
        samples = evidence.rows
        rows = samples.where((samples["label"] == "") & samples.is_in("outcome", _PICTURES))
        unlabelled = _without_classes(evidence.dataset, rows["split"].tolist())
        for split, number in sorted(unlabelled.items()):
            yield self.finding(
                split,
                f"contains {count(number, 'picture')} but no class folders, so they have no labels:"
                " they are in no split, and not used for training or scoring",
                severity=Severity.NOTE,
            )
        for path, split in zip(rows["path"], rows["split"], strict=True):
            if split in unlabelled:
                continue
            parts = path.split("/")[:-1]
            if any(junk.is_junk_folder(names.decode(part)) for part in parts):
                continue
            where = f"is in the split {split!r}, but not" if split else "is not"
            yield self.finding(path, f"{where} in a class folder, so it has no label")
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
                    "looks like a class, but contains folders named like classes: "
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
