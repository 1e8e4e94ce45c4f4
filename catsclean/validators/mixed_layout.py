"""The validator ``mixed-layout``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from catsclean.evidence import Outcome
from catsclean.model import Finding, Fix, Severity
from catsclean.reading import junk, names
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catsclean.evidence import Evidence

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

    ## False alarms

    Pictures of a README kept beside the class folders: they are no data, and no loader takes
    them.  Keep them in a folder outside the data set, or ignore this validator.
    """

    name: ClassVar[str] = "mixed-layout"
    family: ClassVar[str] = "dataset"
    severity: ClassVar[Severity] = Severity.ERROR
    fix: ClassVar[Fix] = Fix.NONE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find pictures without a label where there are classes, and classes within classes."""
        if not evidence.dataset.labelled:
            return
        samples = evidence.rows
        rows = samples.where((samples["label"] == "") & samples.is_in("outcome", _PICTURES))
        for path, split in zip(rows["path"], rows["split"], strict=True):
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
