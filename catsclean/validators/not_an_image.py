"""The validator ``not-an-image``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

# Programs and pages, unlike drawings (see `active-format`), hold no picture at all.
_KINDS: Final = {
    "HTML": "a web page (HTML), as a failed download leaves it",
    "Windows program": "a Windows program",
    "shell script": "a script",
}


class NotAnImage(Validator):
    """Finds files that are called pictures and hold none: web pages, text, programs, other data.

    ## Why it matters

    Scraped folders are full of "404 Not Found" pages saved as `.jpg`.  `tf.io.decode_image`
    refuses them and ends the epoch; a loader that swallows the error trains on fewer pictures
    than it says.

    ## Example

        Dog/1042.jpg: not-an-image: a web page (HTML), as a failed download leaves it

    ## What to do

    Let `catsclean clean --apply` set it aside, or fetch the picture again.

    ## False alarms

    The judgement goes by the file's first bytes against the signatures of all common picture
    formats, never by the name, and only files with a picture's ending are judged.  A raw camera
    format without a signature of its own that was renamed to `.jpg` would be called so as well;
    no loader could have trained on it.

    Do not clean with the test `b"JFIF" in first_ten_bytes` that a well-known tutorial uses: it
    tells JPEGs of one flavour from all other pictures, not pictures from garbage.  On the
    Kaggle cats and dogs it deletes about 1,590 files, nearly all of which decode without a
    complaint.
    """

    name: ClassVar[str] = "not-an-image"
    family: ClassVar[str] = "file"
    severity: ClassVar[Severity] = Severity.ERROR
    fix: ClassVar[Fix] = Fix.SAFE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what has no picture's signature, and pages and programs."""
        samples = evidence.rows
        foreign = samples["outcome"] == Outcome.NOT_IMAGE.value
        named = (samples["outcome"] == Outcome.ACTIVE.value) & samples.is_in("format", _KINDS)
        rows = samples.where(foreign | named)
        messages = [
            _KINDS.get(kind) or f"holds {detail or 'unknown data'}"
            for kind, detail in zip(rows["format"], rows["outcome_detail"], strict=True)
        ]
        return self.findings(rows, messages)
