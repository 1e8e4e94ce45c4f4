"""The validator ``same-pixels``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.duplicates.canonical import keep_first
from catsclean.duplicates.pair_kinds import IDENTICAL_PIXELS
from catsclean.duplicates.regrouping import pairs_of_kind
from catsclean.duplicates.relations import Relations, by_label
from catsclean.validators.base import CopyKind, Validator


class SamePixels(Validator):
    """Find files with the same pixels but different bytes.

    ## Why it matters

    They are duplicates that no digest finds: the same JPEG with other metadata, a BMP saved as
    PNG, a file with extra bytes at its end.  A model cannot tell them apart, and a split that
    separates them leaks.

    ## Example

        Cat/7.png: same-pixels: same pixels as Cat/7.bmp, the original (most bytes)

    ## What to do

    `catsclean clean --apply` sets aside all but the original of each class.  The first rule that
    distinguishes two copies decides which one is the original:

    1. TensorFlow decodes it.
    2. It is in a held-out split: a split folder that is not for training.
    3. It decodes without warnings.
    4. It works with most loaders (extension, name, orientation).
    5. It is a JPEG: a BMP, PNG or TIFF with the same pixels was saved from it.
    6. It has more bytes; then it is not named like a copy (`7 copy.jpg`, `7 (1).jpg`), has the
       shorter name, or comes first.

    ## False alarms

    The pixels are certainly the same: both files are decoded again, whole, and compared value by
    value as 8-bit RGB.  Only parts that training never sees can differ: metadata, an orientation
    tag, transparent areas (which are laid on white), and the finer half of 16-bit values.
    Flat pictures (of one colour, or less than 16 pixels high or wide) are never compared.
    """

    name = "same-pixels"
    family = "duplicates"
    severity = Severity.WARNING
    fix = Fix.SAFE
    compares = True
    copies = CopyKind.SAME_PIXELS

    def joins(self, evidence: Evidence) -> NDArray[np.bool_]:
        """Mark the pairs with the same pixels."""
        return pairs_of_kind(evidence, IDENTICAL_PIXELS)

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find all but one of the files with the same pixels and label."""
        for alike in Relations(evidence).with_same_pixels():
            for members in by_label(alike):
                kept, why = keep_first(members)
                for member in members:
                    if member.sha256 != kept.sha256:
                        yield self.finding(
                            member.path,
                            f"same pixels as {kept.path}, the original ({why})",
                            label=member.label,
                            related=[kept.path],
                        )
