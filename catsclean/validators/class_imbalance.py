"""The validator ``class-imbalance``."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import as_percent
from catsclean.validators.base import Validator


class ClassImbalance(Validator):
    """Find data sets whose largest class has several times as many pictures as the smallest.

    ## Why it matters

    With 900 cats and 100 dogs, a model that always answers "cat" is right in 90 % of cases. Its
    accuracy looks fine, but it has learned nothing.  Training also favours the large class.

    ## Example

        .: class-imbalance: Cat has 9.0 times as many usable pictures as Dog (900 and 100); ...

    ## What to do

    Look at recall per class and the confusion matrix rather than at accuracy.  Collect more of
    the small class, weight the loss (`class_weight` in `model.fit`), or sample evenly.

    ## False alarms

    If your pictures have the same proportions in real use, keep them.
    At the threshold of 3, always answering the larger of two classes scores 75 %; change
    `max_ratio` if you like.  Only pictures that decode are counted, in each split separately.
    Classes without any are reported by `empty-class`.
    """

    name = "class-imbalance"
    family = "labels"
    severity = Severity.WARNING
    fix = Fix.NONE
    compares = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"max_ratio": (1, math.inf)}

    max_ratio: float = 3.0

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Compare the classes' numbers of decoded pictures, split by split."""
        if not evidence.dataset.labelled:
            return
        pictures = evidence.decoded
        pictures = pictures.where(pictures["label"] != "")
        for split in sorted(set(pictures["split"])):
            labels = pictures["label"][pictures["split"] == split]
            counts = dict(sorted(Counter(labels.tolist()).items()))
            if len(counts) < 2:
                continue
            most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
            ratio = counts[most] / counts[least]
            if ratio <= self.max_ratio:
                continue
            where = f"in {split}: " if split else ""
            yield self.finding(
                None,
                f"{where}{most} has {ratio:.1f} times as many usable pictures as {least}"
                f" ({counts[most]:,} and {counts[least]:,}); always answering {most} is right in"
                f" {as_percent(counts[most] / sum(counts.values()))}",
            )
