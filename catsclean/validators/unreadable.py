"""The validator ``unreadable``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class Unreadable(Validator):
    """Find files and folders that could not be read at all, and files that killed their reader.

    ## Why it matters

    What could not be read was not judged: the audit is incomplete and ends with exit code 3, so
    that nobody takes "no errors" for an answer.  Most tools skip such files in silence;
    `os.walk` even skips whole folders unless it is told otherwise.

    ## Example

        Cat/8.jpg: unreadable: Permission denied

    ## What to do

    `Permission denied`: give yourself the right (`chmod -R u+rX FOLDER`).  `Input/output
    error`: the disk or the network share is failing; copy what you can.  A file that crashed
    its reader: please report it to us; never open it with Pillow or TensorFlow in a process
    that you need.

    ## False alarms

    None: the operating system said so.  It may say otherwise a minute later, on a network
    share.
    """

    name: ClassVar[str] = "unreadable"
    family: ClassVar[str] = "file"
    severity: ClassVar[Severity] = Severity.ERROR
    fix: ClassVar[Fix] = Fix.NONE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find files and folders without evidence."""
        samples = evidence.rows
        rows = samples.where(
            samples.is_in("outcome", [Outcome.UNREADABLE.value, Outcome.CRASHED.value])
        )
        messages = [
            detail
            or ("crashed the decoder" if outcome == Outcome.CRASHED.value else "cannot be read")
            for outcome, detail in zip(rows["outcome"], rows["outcome_detail"], strict=True)
        ]
        yield from self.findings(rows, messages)
        for path, reason in evidence.dataset.unreadable_folders:
            where = None if path == "." else path
            yield self.finding(where, f"this folder cannot be listed: {reason}")
