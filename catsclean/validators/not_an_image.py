"""The validator ``not-an-image``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

# Programs and pages, unlike drawings (see `active-format`), hold no picture at all.
_KINDS: Final = {
    "HTML": "a web page (HTML), probably from a failed download",
    "Windows program": "a Windows program",
    "shell script": "a script",
}


class NotAnImage(Validator):
    """Find web pages, text, programs and other data with the name of a picture.

    ## Why it matters

    Scraped folders are full of "404 Not Found" pages saved as `.jpg`.  `tf.io.decode_image`
    refuses them and ends the epoch; a loader that swallows the error trains on fewer pictures
    than it reports.

    ## Example

        Dog/1042.jpg: not-an-image: a web page (HTML), probably from a failed download

    ## What to do

    Let `catsclean clean --apply` set it aside, or fetch the picture again.

    ## False alarms

    catsclean compares the first bytes of each file that has a picture's extension with the
    signatures of all common picture formats; the name never counts.  A raw camera
    format without a signature of its own that was renamed to `.jpg` is also reported;
    no loader could have trained on it.

    Don't clean with the test `b"JFIF" in first_ten_bytes` from a well-known tutorial: it
    separates one kind of JPEG from all other pictures, not pictures from garbage.  On the
    Kaggle cats and dogs it deletes about 1,590 files, though nearly all of them decode without a
    warning.
    """

    name = "not-an-image"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.SAFE

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
