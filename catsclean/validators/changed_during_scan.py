"""The validator ``changed-during-scan``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class ChangedDuringScan(Validator):
    """Find files that changed or vanished while they were read.

    ## Why it matters

    Something writes to the data set during the audit: a download that still runs, a
    sync client, a colleague.  The data may be half of the old file and half of
    the new one, so catsclean discarded them and did not judge the file.

    ## Example

        Dog/800.jpg: changed-during-scan: its size or time changed while it was read

    ## What to do

    Wait until the other program is done, and run the audit again: it reads only changed files.

    ## False alarms

    None: size, time and inode are compared before and after reading.
    """

    name = "changed-during-scan"
    family = "file"
    severity = Severity.WARNING
    fix = Fix.NONE
    not_examined = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as changed."""
        rows = evidence.ended(Outcome.CHANGED)
        messages = [detail or "changed while it was read" for detail in rows["outcome_detail"]]
        return self.findings(rows, messages)
