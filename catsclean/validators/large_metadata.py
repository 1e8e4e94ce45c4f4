"""The validator ``large-metadata``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

import numpy as np

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import as_percent
from catsclean.validators.base import Validator


class LargeMetadata(Validator):
    """Find pictures whose metadata are very large, or larger than their pixels.

    A picture is reported if its metadata have at least `min_bytes`, or if they are at least
    `min_share` of the file and have at least `min_share_bytes`.

    ## Why it matters

    Editing history, embedded thumbnails and whole earlier versions can be part of the file.  They
    are read from disk in every epoch and thrown away; on a network disk, training
    waits for them.  They can also reveal things by accident, such as the cropped part.

    ## Example

        Cat/31.jpg: large-metadata: 240,120 bytes of metadata, 88% of the file

    ## What to do

    `jpegtran -copy none` or `exiftool -all=` removes them without touching the pixels.  Look at
    orientation and colour profile first: `orientation-not-applied` and `non-srgb-profile` say
    which pictures need them.

    ## False alarms

    Small thumbnails with an ordinary Exif block can have more metadata than pixels.
    `min_share_bytes` excludes them: the block with its thumbnail and a colour profile stay below
    it.  It finds 26 of 2,000 Kaggle cats and dogs, five of them with more than 64 kB, up to
    179 kB of a program's own notes.  Only JPEG, PNG and GIF are judged.
    """

    name = "large-metadata"
    family = "metadata"
    severity = Severity.NOTE
    fix = Fix.NONE
    collective = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "min_bytes": (1, math.inf),
        "min_share": (0, 1),
        "min_share_bytes": (1, math.inf),
    }

    min_bytes: int = 65_536
    min_share: float = 0.5
    min_share_bytes: int = 32_768

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with much metadata, or more of it than of pixels."""
        pictures = evidence.decoded
        metadata = pictures["metadata_bytes"]
        share = metadata / np.maximum(pictures["size_bytes"], 1)
        large = (metadata >= self.min_bytes) | (
            (share >= self.min_share) & (metadata >= self.min_share_bytes)
        )
        rows = pictures.where(large)
        messages = [
            f"{count:,} bytes of metadata, {as_percent(part)} of the file"
            for count, part in zip(rows["metadata_bytes"], share[large], strict=True)
        ]
        return self.findings(rows, messages)
