"""The validator ``over-limit``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

_DEFAULTS: Final = {
    Outcome.OVER_LIMIT.value: "beyond a limit",
    Outcome.TIMEOUT.value: "took too long (--timeout)",
    Outcome.MEMORY.value: "needs too much memory (limit for one file)",
}


class OverLimit(Validator):
    """Find files that exceed a limit on pixels, bytes, time or memory.

    ## Why it matters

    A lossless WebP of 34 bytes claims 13,300 x 13,300 pixels and costs 2.7 GB to decode.  A
    JPEG with 1,000 scans takes 9 seconds, a PNG with 2 million empty chunks takes 15 seconds to
    open.  In a loader with eight workers one such file uses up the memory and ends the training,
    and no error names it.  So the size is read from the header first, and a file beyond a limit is
    left unread.  The same applies to small parts that are slow to read: chunks, blocks,
    scans, restart markers, tags, strips, runs of a run-length BMP, samples written as text.  They
    are counted before anything is decoded, so the verdict is the same on every machine.

    ## Example

        Dog/99.png: over-limit: 9000 x 9000 = 81,000,000 pixels, limit 50,000,000 (--max-pixels)

    ## What to do

    Look at the file with a tool that you trust.  If it is a real photograph, make it smaller
    (no network uses 50 million pixels), or raise the limit with `--max-pixels`,
    `--max-bytes`, `--timeout`, or the settings of these names.

    ## False alarms

    Exceeding a limit does not mean damage: the picture may be perfectly good, but catsclean did
    not read it.  So `clean` never moves such a file, even if you decide so in the report.  If a
    file exceeds the time or memory limit, the audit is incomplete and ends with exit code 3.

    The time limit counts processor time, so a busy machine changes no verdict.  catsclean gives up
    on a file that does not respond, for example on a network drive that hangs, after thirty times
    the limit, and at least a minute.
    """

    name = "over-limit"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.NONE
    never_moved = True
    not_examined = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended at a limit."""
        rows = evidence.ended(*_DEFAULTS)
        messages = [
            detail or _DEFAULTS[outcome]
            for outcome, detail in zip(rows["outcome"], rows["outcome_detail"], strict=True)
        ]
        return self.findings(rows, messages)
