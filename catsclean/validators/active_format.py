"""The validator ``active-format``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

_DRAWINGS: Final = ("EPS", "PostScript", "PDF", "SVG", "WMF", "EMF")


class ActiveFormat(Validator):
    """Find page descriptions and drawings (EPS, PDF, SVG, WMF) with the name of a picture.

    ## Why it matters

    These formats are run rather than decoded.  `Image.open(p).load()` on a PostScript file
    called `x.jpg` starts Ghostscript; in our tests such a file created, overwrote and deleted
    other files. So a folder of pictures from the internet can run instructions on your machine
    if you load it with Pillow's defaults.  TensorFlow refuses all of them.

    ## Example

        Cat/77.jpg: active-format: EPS, which viewers run like a program; not opened

    ## What to do

    Let `catsclean clean --apply` set it aside, and do not open it with a viewer that you would
    not trust with a program.  If you need the drawing, render it to PNG elsewhere and add
    that.  In your own code, pass `formats=("JPEG", "PNG", ...)` to `Image.open`.

    ## False alarms

    None known: the first bytes identify the format.  catsclean only reads the bytes of such a file,
    so it cannot say whether the drawing is harmless; most are.
    """

    name = "active-format"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.SAFE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as active, but for pages and programs (`not-an-image`)."""
        active = evidence.ended(Outcome.ACTIVE)
        rows = active.where(active.is_in("format", _DRAWINGS))
        return self.findings(rows, "{format}, which viewers run like a program; not opened")
