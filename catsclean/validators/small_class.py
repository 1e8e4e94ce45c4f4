"""The validator ``small-class``."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class SmallClass(Validator):
    """Find classes with too few usable pictures for training or for measuring.

    ## Why it matters

    With 50 pictures, a validation share of 10 % is five: a single mistake moves that class's
    recall by 20 points.  A network trained from scratch memorises so few pictures.

    ## Example

        Otter: small-class: 23 usable pictures, fewer than 50

    ## What to do

    Collect more, merge it with a related class, or leave it out.  Until then use transfer
    learning and augmentation, and do not report a score for this class without its error bar.

    ## False alarms

    Few-shot learning, and test fixtures: lower `min_pictures`.  Only pictures that decode are
    counted, over all splits together.
    """

    name = "small-class"
    family = "labels"
    severity = Severity.WARNING
    fix = Fix.NONE
    compares = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"min_pictures": (0, math.inf)}

    min_pictures: int = 50

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Count the decoded pictures of each label; none at all is left to `empty-class`."""
        if not evidence.dataset.labelled:
            return
        labels, names = evidence.decoded["label"].tolist(), evidence.decoded["split"].tolist()
        counts = Counter(labels)
        splits: dict[str, Counter[str]] = {}
        for label, split in zip(labels, names, strict=True):
            splits.setdefault(label, Counter())[split] += 1
        folders: dict[str, list[str]] = {}
        for folder, label in evidence.dataset.folders.items():
            folders.setdefault(label, []).append(folder)
        for label in evidence.dataset.labels:
            count = counts[label]
            if 0 < count < self.min_pictures:
                # no folder is the class if file names or a table give the labels
                places = sorted(folders.get(label, ()))
                over = ""
                if len(places) > 1:
                    each = ", ".join(f"{split} {n:,}" for split, n in sorted(splits[label].items()))
                    over = f" in {len(places)} splits together ({each})"
                message = (
                    f"{count} usable picture{'s' if count != 1 else ''}{over},"
                    f" fewer than {self.min_pictures}"
                )
                place, others = (places[0], places[1:]) if places else (None, ())
                message = message if places else f"{label}: {message}"
                yield self.finding(place, message, label=label, related=others)
