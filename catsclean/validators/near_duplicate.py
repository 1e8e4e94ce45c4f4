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
    """Finds altered copies of a picture in the same class.

    Resized, recompressed, cropped, turned by a few degrees or by 90, 180 or 270, mirrored, greyed,
    lightened, with a text or a watermark laid over: the file is another one, the picture is the
    same.

    ## Why it matters

    A copy in the validation set is a question whose answer was in the book.  Copies also give
    their picture more weight than the others have.

    ## The rule

    1. Two pictures are candidates when the perceptual hashes (`imagehash.phash`) of one are near
       those of the other, or of the other mirrored: both the one of 64 bits and the one of 256
       bits.  How near depends on the number of pictures: up to 1,000 of them 18 and 96 bits, up
       to 10,000 16 and 88, up to 50,000 16 and 84, up to 250,000 14 and 72.  The search is exact.
       Among up to 250,000 pictures those turned by 90, 180 or 270 degrees, mirrored as well or
       not, are candidates too.
    2. Both pictures are decoded again and laid over one another, with the affine map, the
       brightness and the contrast that fit best.  They are a pair when the greys then correlate
       with at least 0.93, at least 82 % of the blocks that show anything correlate with at least
       0.5 each, and at least 55 % of each picture is covered by the other.  Each is laid on the
       other, and one fit of the two is enough: the order of a pair changes nothing.
       `least-correlation` and `least-agreement` ask for more.
    3. Their colours agree as well, but for saturation and white balance, or one of them is grey: a
       shirt in red and in blue is two pictures (see `other-colour`).
    4. Flat pictures (of one colour, or less than 16 pixels high or wide) are never compared.

    docs/duplicates.md has the recall for each alteration, measured.

    ## Example

        Cat/12.jpg: near-duplicate: of Cat/9.jpg (greyed). Keep Cat/9.jpg: it is in colour

    In the brackets is what is known of the difference; "same picture" if nothing is.

    ## What to do

    Look at them side by side in `catsclean report` and choose, or let `catsclean clean --unsafe`
    keep what is suggested.  Each file that leaves has a proved pair with one that stays: of a
    chain, as of a camera that pans, several frames stay.  The first of these that tells two copies
    apart decides:

    1. TensorFlow decodes it.
    2. You prefer it: `prefer = ["Sorted/"]` in the settings, or `--prefer`.
    3. It is held out (in a split folder that is not for training).
    4. It decodes without warnings.
    5. The other one was made from it: that one lost its colour, has a text or logo laid over it,
       light that is cut off, was blurred or enlarged, or was saved again from this JPEG.
    6. It has more pixels; then it names its camera, fits most loaders (extension, name,
       orientation), is the JPEG that another was saved from without loss, has more bytes, has no
       name of a copy, or the shorter name, or the first.

    `catsclean split` keeps the whole group on one side in any case.

    ## False alarms

    Two shots of a burst, or two renderings of one scene, can agree as well as an edited copy
    does; whether they are one picture is for you to say.  Pictures of a fixed camera agree almost
    everywhere: ignore this validator, raise `least-correlation`, or split by bytes alone with
    `catsclean split --groups exact`.  A grey thing on a plain ground can pass for the greyed copy
    of a coloured one.
    """

    name: ClassVar[str] = "near-duplicate"
    family: ClassVar[str] = "duplicates"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True
    copies: ClassVar[CopyKind | None] = CopyKind.ALTERED
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
        """Find the altered copies that another picture of the class stays for."""
        for found in self.relations(evidence).leaving():
            kept = found.kept.path
            yield self.finding(
                found.member.path,
                f"of {kept} ({found.link.describe()}). Keep {kept}:"
                f" {explain(found.kept.copy, found.member.copy)}",
                label=found.member.label,
                related=[partner.path for partner in found.partners],
            )
