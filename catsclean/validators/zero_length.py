"""The validator ``zero-length``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class ZeroLength(Validator):
    """Find files of zero bytes that have the name of a picture.

    ## Why it matters

    A broken download or a full disk leaves empty files.  Keras' folder loader lists
    them like any other, and training crashes in the middle of an epoch, with a message that does
    not name the file.  Two such files in 25,000 (`Cat/666.jpg` and `Dog/11702.jpg` of the Kaggle
    cats and dogs) are the reason why every tutorial on that set starts with a clean-up.

    ## Example

        Cat/666.jpg: zero-length: 0 bytes

    ## What to do

    Let `catsclean clean --apply` set it aside, or fetch the file again.

    ## False alarms

    None: the size is a fact.  An empty file without a picture's name (`.gitkeep`) is
    not a sample and is never reported.
    """

    name = "zero-length"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.SAFE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as empty."""
        return self.findings(evidence.ended(Outcome.EMPTY), "0 bytes")
