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
from catsclean.scan.layout import find_nested
from catsclean.validators.base import Validator

# so many classes that may hold classes are named, and the others are counted
_MOST_NAMED: Final = 20
_SHOWN: Final = 3
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
        hand: mixed-layout: all its pictures are in the folders paper, rock, unlike those of most
        classes: are these classes, too?

    If one class holds all its pictures in several folders while most others hold them directly,
    these folders may be classes, too: `hand/paper` and `hand/rock` beside `cat` and `dog` are all
    the class `hand`.  That is a warning.  If most classes look like this, the audit asks which
    folders are the classes, and `split` waits for the answer.

    ## What to do

    Move the pictures into the folder of their class, and classes out of another class.  If the
    layout was recognised wrongly, set it: `--layout classes`, `splits` or `flat`.

    If the labels of a test set were not published, its pictures are loose in its folder,
    `test/1.jpg` next to `train/Cat/1.jpg`.  That is one note for the folder, and you need not do
    anything.

    ## False alarms

    Pictures of a README next to the class folders: they are not data, and no loader reads
    them.  Put them in a folder outside the data set, or ignore this validator.  A class may be
    divided into folders for a good reason (days, persons, sources): then set the layout, and it is
    not asked about.
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
        yield from self._nested(evidence)

    def _nested(self, evidence: Evidence) -> Iterator[Finding]:
        """Find classes all of whose pictures lie in folders that may be classes."""
        labels = set(evidence.dataset.labels)
        places: dict[str, list[str]] = {}
        for folder, label in sorted(evidence.dataset.folders.items()):
            places.setdefault(label, []).append(folder)
        inner = _inner_folders(evidence)
        holding = {label for label, found in inner.items() if found <= labels - {label}}
        for label in sorted(holding & places.keys()):
            listed = ", ".join(sorted(inner[label]))
            message = f"looks like a class, but contains folders named like classes: {listed}"
            first, *others = places[label]
            yield self.finding(first, message, label=label, related=others)
        if evidence.dataset.forced:
            return
        few = [one for one in find_nested(inner) if one in places and one not in holding]
        for label in few[:_MOST_NAMED]:
            message = (
                f"all its pictures are in the folders {_some(inner[label])}, unlike those of most"
                " classes: are these classes, too?"
            )
            first, *others = places[label]
            yield self.finding(
                first, message, label=label, related=others, severity=Severity.WARNING
            )
        if more := few[_MOST_NAMED:]:
            message = (
                f"{count(len(more), 'more class', 'more classes')}, such as {more[0]}, with all"
                " pictures in folders"
            )
            yield self.finding(None, message, severity=Severity.WARNING)


def _inner_folders(evidence: Evidence) -> dict[str, set[str]]:
    """Return the folders directly in each class that hold pictures; empty for the class itself."""
    samples = evidence.rows
    labelled = (samples["label"] != "") & samples.is_in("outcome", _PICTURES)
    depth = 2 if evidence.dataset.layout == "splits" else 1
    inner: dict[str, set[str]] = {}
    for folder, label in set(
        zip(evidence.folders[labelled], samples["label"][labelled], strict=True)
    ):
        below = folder.split("/", depth + 1)[depth : depth + 1]
        inner.setdefault(str(label), set()).update(below or [""])
    return inner


def _some(texts: Iterable[str]) -> str:
    listed = sorted(texts)
    return ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")


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
