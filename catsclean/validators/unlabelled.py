"""The validator ``unlabelled``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import numpy as np

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.label_rows import RowProblem
from catsclean.core.label_source import LabelKind
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.split_names import is_held_out
from catsclean.core.text import count
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


class Unlabelled(Validator):
    """Find pictures to which file names or a table of labels give no label.

    ## Why it matters

    A picture without a label is in no split, and is not used for training or for scoring.  If a
    table was made before the last pictures were added, or ids were written in another way, a part
    of the data is silently lost.

    ## Example

        0042.jpg: unlabelled: no row of train.csv names it
        0043.jpg: unlabelled: row 44 of train.csv has no label
        holiday.jpg: unlabelled: its name does not say a label

    ## What to do

    Add a row to the table, or rename the file.  If the labels are read in the wrong way, choose
    another with `--labels`.

    ## False alarms

    A test set whose labels were not published has none: if no picture of a held-out split has a
    label, that is one note for its folder.  Where more than half of all pictures have none, it is
    one note for the set.  If class folders give the labels, `mixed-layout` reports the pictures
    outside them.
    """

    name = "unlabelled"
    family = "labels"
    severity = Severity.WARNING
    fix = Fix.NONE
    collective = True
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find pictures without a label, if labels come from names or tables."""
        source = evidence.dataset.label_source
        if source.by_folders:
            return
        samples = evidence.rows
        pictures = samples.is_in("outcome", _PICTURES)
        rows = samples.where(pictures & (samples["label"] == ""))
        labelled = Counter(samples["split"][pictures & (samples["label"] != "")].tolist())
        for split, number in sorted(Counter(rows["split"].tolist()).items()):
            if is_held_out(split) and not labelled[split]:
                yield self.finding(
                    split,
                    f"contains {count(number, 'picture')} without a label: they are in no split,"
                    " and not used for training or scoring",
                    severity=Severity.NOTE,
                )
        reasons, reported = _reasons(evidence)
        usual = "its name does not say a label"
        if source.kind is LabelKind.CONTAINER:
            usual = "no label is recorded with it"
        elif source.kind is not LabelKind.NAMES:
            name = evidence.label_rows.name if evidence.label_rows else "the table"
            usual = f"no row of {name} names it"
        splits = rows["split"]
        alone = np.array([not is_held_out(one) or labelled[one] > 0 for one in splits], np.bool_)
        for path in rows.where(alone)["path"]:
            if path not in reported:
                yield self.finding(path, reasons.get(path, usual))


def _reasons(evidence: Evidence) -> tuple[dict[str, str], frozenset[str]]:
    """Return why rows give some samples no label, and the samples whose rows contradict."""
    rows = evidence.label_rows
    if rows is None:
        return {}, frozenset()
    reasons = {
        sample: f"row {number:,} of {table} has no label"
        for table, number, _, _, sample in reversed(rows.of(RowProblem.NO_LABEL))
    }
    return reasons, frozenset(sample for *_, sample in rows.of(RowProblem.CONTRADICTION))
