"""The validator ``unsupported-by-tensorflow``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class UnsupportedByTensorflow(Validator):
    """Find undamaged pictures that `tf.io.decode_image` refuses.

    ## Why it matters

    Pillow opens more formats than TensorFlow.  Of 1,653 odd files Pillow loaded 1,317, and
    TensorFlow refused 332 of these: every TIFF, AVIF and HEIC, animated WebP and WebP with
    transparency if you request three channels, 1-, 4- and 16-bit BMP.  A check with Pillow passes
    such a folder, and the first epoch crashes.

    TensorFlow also refuses some files that Pillow shows without a warning: a PNG whose compressed
    data declare too small a window, or with an empty or second palette; a GIF that uses
    colours which its table lacks, or with codes of 0 or 1 bit.  Rare kinds of JPEG that Pillow
    cannot read either are also reported here: 12 bits, lossless, JPEG-LS.

    ## Example

        Cat/51.tif: unsupported-by-tensorflow: TensorFlow has no decoder for TIFF

    ## What to do

    `catsclean fix` converts it to PNG, or to JPEG if it was compressed with loss. `split` and
    `train-baseline` leave such pictures out. Whether a HEIC is damaged, or a copy of another
    picture, is only known with the extra `heif`.

    If you train with something else, such as PyTorch, which reads through Pillow, ignore this
    validator: `catsclean audit PetImages --ignore unsupported-by-tensorflow`, or in the settings
    `ignore = ["unsupported-by-tensorflow"]`.  Then these pictures count as usable, and `split`
    includes them.

    ## False alarms

    The rules come from trying every mode of every format that Pillow writes with TensorFlow 2.21.
    If TensorFlow is installed, a test checks them again, file by file.  A newer
    TensorFlow may decode more; versions before 2.20 decode less, and no WebP at all.
    `catsclean audit --probe tensorflow` checks with your own version, also for files that
    catsclean does not decode.  TensorFlow decodes a few of the damaged JPEG, PNG and WebP files
    that are reported here.  JPEG XL is reported because catsclean cannot read it; TensorFlow 2.21
    can.
    """

    name = "unsupported-by-tensorflow"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.REVIEW
    repair = "make-loadable"
    repair_for = ("tensorflow", "keras")
    tensorflow_refuses = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with a reason for refusal, and formats never opened here."""
        samples = evidence.rows
        decoded = samples["outcome"] == Outcome.DECODED.value
        foreign = samples["outcome"] == Outcome.UNSUPPORTED.value
        rows = samples.where((decoded & (samples["tensorflow_refuses"] != "")) | foreign)
        messages = [
            refusal or detail
            for refusal, detail in zip(
                rows["tensorflow_refuses"], rows["outcome_detail"], strict=True
            )
        ]
        return self.findings(rows, messages)
