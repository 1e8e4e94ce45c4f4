"""The validator ``truncated``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class Truncated(Validator):
    """Find pictures whose end is missing.

    ## Why it matters

    An interrupted download leaves the top of a picture and grey below, or nothing.  Pillow's
    `verify()` finds none of them in JPEGs (0 of 10 in our measurement), `load()` finds all;
    TensorFlow refuses them.

    ## Example

        Cat/302.jpg: truncated: JPEG of 21,404 bytes: Premature end of JPEG file

    ## What to do

    Let `catsclean clean --apply` set it aside, or fetch the file again.  If only the end mark is
    missing, `catsclean fix --select truncated` adds it.  Do not train on the
    rest with `try_recover_truncated=True`: TensorFlow's recovery never returned on the three
    bytes `ff d8 ff`.

    ## False alarms

    None known: the tests check, file by file, that TensorFlow refuses the reported files.  Only
    files without the end mark of their format are reported: a damaged JPEG, PNG or GIF that has
    its end mark is `undecodable`
    instead.  A PNG that lost only its end chunk is reported although Pillow loads it, because
    libpng, and with it TensorFlow, does not.  A progressive JPEG without its last scans, or an
    animation without its last frames, can still be used for training: that is `corrupt-data`.
    """

    name = "truncated"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.SAFE
    repair = "add-end-mark"

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as truncated."""
        rows = evidence.ended(Outcome.TRUNCATED)
        messages = [
            f"{kind} of {size:,} bytes: {detail or 'its end is missing'}"
            for kind, size, detail in zip(
                rows["format"], rows["size_bytes"], rows["outcome_detail"], strict=True
            )
        ]
        return self.findings(rows, messages)
