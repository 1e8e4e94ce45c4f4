"""The validator ``near-duplicate``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.duplicates.canonical import explain
from catsclean.duplicates.regrouping import pairs_within_classes
from catsclean.duplicates.relations import Strictness
from catsclean.validators._altered_copies import AlteredCopies
from catsclean.validators.base import CopyKind


class NearDuplicate(AlteredCopies):
    """Find altered copies of a picture in the same class.

    The copy was resized, recompressed, cropped, turned (by a few degrees or by 90, 180 or 270),
    mirrored, greyed, lightened, or has a text or watermark on top.  The files differ, but the
    picture is the same.

    ## Why it matters

    If a copy is in the validation set, the model has already seen the answer in training.  Copies
    also give their picture more weight than the others.

    ## The rule

    1. Two pictures are candidates if their perceptual hashes (`imagehash.phash`) of 64 bits and of
       256 bits are both close, also if one of them is mirrored.  How close depends on the number
       of pictures: up to 1,000 of them 18 and 96 bits, up
       to 10,000 16 and 88, up to 50,000 16 and 84, up to 250,000 14 and 72.  The search is exact.
       Among up to 250,000 pictures those turned by 90, 180 or 270 degrees, mirrored as well or
       not, are candidates too.
    2. Both pictures are decoded again and aligned, with the affine map, the
       brightness and the contrast that fit best.  They are a pair if the greys then correlate
       with at least 0.93, at least 82 % of the blocks that show anything correlate with at least
       0.5 each, and at least 55 % of each picture is covered by the other.  Each is aligned to the
       other, and one fit of the two is enough, so their order makes no difference.
       `least-correlation` and `least-agreement` raise these limits.
    3. Their colours also agree, except for saturation and white balance, or one of them is grey.  A
       shirt in red and in blue is two pictures (see `other-colour`).
    4. Flat pictures (of one colour, or less than 16 pixels high or wide) are never compared.

    docs/duplicates.md lists the measured recall for each alteration.

    ## Example

        Cat/12.jpg: near-duplicate: altered copy of Cat/9.jpg (greyed). Keep Cat/9.jpg: it is in
        colour

    The brackets name the difference, or say "same picture" if it is not known.

    ## What to do

    Compare them side by side in `catsclean report` and choose, or let `catsclean clean --unsafe`
    follow the suggestions.  Each file that leaves is a verified copy of one that stays, so several
    pictures of a chain stay, for example of a panning camera.  The first rule that distinguishes
    two copies decides which one is the original:

    1. TensorFlow decodes it.
    2. You prefer it: `prefer = ["Sorted/"]` in the settings, or `--prefer`.
    3. It is in a held-out split: a split folder that is not for training.
    4. It decodes without warnings.
    5. The other one was made from it: the other one lost its colour, has an added text or logo or
       clipped light, was blurred or enlarged, or was saved again from this JPEG.
    6. It has more pixels; then it names its camera, works with most loaders (extension, name,
       orientation), is the JPEG that another was saved from without loss, has more bytes, is not
       named like a copy, has the shorter name, or comes first.

    `catsclean split` always keeps the whole group in one split.

    ## False alarms

    Two shots of a burst, or two renderings of one scene, can agree as well as an edited copy;
    you decide whether they are one picture.  Pictures of a fixed camera agree almost
    everywhere: ignore this validator, raise `least-correlation`, or split by bytes alone with
    `catsclean split --groups exact`.  A grey object on a plain background can look like the greyed
    copy of a coloured one.
    """

    name = "near-duplicate"
    family = "duplicates"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    compares = True
    copies = CopyKind.ALTERED
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        **AlteredCopies.bounds,
        "most_bits": (0, 256),
    }

    #: Largest distance of the 256-bit hashes that is reported.
    most_bits: int = 256

    def strictness(self) -> Strictness:
        """Give which pairs count."""
        return super().strictness()._replace(most_bits=self.most_bits)

    def joins(self, evidence: Evidence) -> NDArray[np.bool_]:
        """Mark the pairs of altered copies in one class."""
        return pairs_within_classes(evidence, self.strictness())

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find the altered copies that leave, because another picture of the class stays."""
        for found in self.relations(evidence).leaving():
            kept = found.kept.path
            yield self.finding(
                found.member.path,
                f"altered copy of {kept} ({found.link.describe()}). Keep {kept}:"
                f" {explain(found.kept, found.member)}",
                label=found.member.label,
                related=[partner.path for partner in found.partners],
            )
