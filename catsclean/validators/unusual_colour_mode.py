"""The validator ``unusual-colour-mode``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

# Pillow's names of modes
_DESCRIPTIONS = {
    "1": "with 1 bit a pixel",
    "L": "in grey",
    "LA": "in grey with transparency",
    "P": "with a palette",
    "PA": "with a palette and transparency",
    "RGBA": "with transparency",
    "RGBX": "with a fourth channel",
    "CMYK": "in four printing inks",
    "YCbCr": "in brightness and colour difference",
    "LAB": "in Lab colours",
    "I": "with 32 bits a pixel",
    "F": "with fractional numbers",
    "I;16": "with 16 bits a pixel",
    "I;16B": "with 16 bits a pixel",
    "I;16L": "with 16 bits a pixel",
    "I;16N": "with 16 bits a pixel",
}


class UnusualColourMode(Validator):
    """Find pictures whose pixels are stored as something else than 8-bit RGB.

    ## Why it matters

    Grey, palette, transparency, four printing inks or 16 bits a channel: each decoder turns them
    into RGB in a way of its own.  Pillow, TensorFlow and OpenCV show different colours for CMYK and
    for palettes, put transparent pixels on black or on whatever lies hidden below, and clip or
    divide 16 bits.  An array of mixed shapes, (h, w), (h, w, 3) and (h, w, 4), is also the most
    common crash of a first training script.

    ## Example

        Dog/50.png: unusual-colour-mode: PNG with transparency (RGBA)

    ## What to do

    Convert once, with a rule that you choose (`Image.convert("RGB")`, transparency pasted on
    white), or ask the decoder for three channels and compare one picture of each mode with what
    you see.

    ## False alarms

    Where more than half of all pictures are grey, as with X-ray pictures, that is a property of the
    set and is said once.  Grey pictures among coloured ones are reported by `grey-among-colour`,
    whatever their mode; set `grey = true` to have them here as well.
    """

    name: ClassVar[str] = "unusual-colour-mode"
    family: ClassVar[str] = "metadata"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.NONE
    collective: ClassVar[bool] = True

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
