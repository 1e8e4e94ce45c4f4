"""The validator ``unusual-colour-mode``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

# Pillow's names of modes
_DESCRIPTIONS = {
    "1": "with 1 bit per pixel",
    "L": "in grey",
    "LA": "in grey with transparency",
    "P": "with a palette",
    "PA": "with a palette and transparency",
    "RGBA": "with transparency",
    "RGBX": "with a fourth channel",
    "CMYK": "in four printing inks",
    "YCbCr": "in brightness and colour difference",
    "LAB": "in Lab colours",
    "I": "with 32 bits per pixel",
    "F": "with fractional numbers",
    "I;16": "with 16 bits per pixel",
    "I;16B": "with 16 bits per pixel",
    "I;16L": "with 16 bits per pixel",
    "I;16N": "with 16 bits per pixel",
}


class UnusualColourMode(Validator):
    """Find pictures whose pixels are not stored as 8-bit RGB.

    ## Why it matters

    Each decoder converts grey, palettes, transparency, four printing inks or 16 bits per channel
    to RGB in its own way.  Pillow, TensorFlow and OpenCV show different colours for CMYK and
    for palettes, put transparent pixels on black or on the hidden colour below, and clip or
    divide 16 bits.  Mixed array shapes, (h, w), (h, w, 3) and (h, w, 4), are also the most
    common crash of a first training script.

    ## Example

        Dog/50.png: unusual-colour-mode: PNG with transparency (RGBA)

    ## What to do

    Convert once: `catsclean fix --select unusual-colour-mode` stores 8-bit RGB or grey, with
    transparency on white.  Or use a rule of your own, or ask the decoder for three channels and
    check one picture of each mode by eye.

    ## False alarms

    If more than half of all pictures are grey, as in a set of X-ray pictures, one finding covers
    the whole set.  Grey pictures among coloured ones are reported by `grey-among-colour`
    in any mode; set `grey = true` to report them here as well.
    """

    name = "unusual-colour-mode"
    family = "metadata"
    severity = Severity.WARNING
    fix = Fix.NONE
    repair = "flatten-mode"
    collective = True

    grey: bool = False

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures of a mode that is neither RGB nor 8-bit grey."""
        pictures = evidence.decoded
        usual = ["RGB"] if self.grey else ["RGB", "L"]
        rows = pictures.where(~pictures.is_in("mode", usual))
        messages = [
            f"{kind} {_DESCRIPTIONS.get(mode, 'of an unusual kind')} ({mode})"
            for kind, mode in zip(rows["format"], rows["mode"], strict=True)
        ]
        return self.findings(rows, messages)
