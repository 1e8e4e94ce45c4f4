"""The validator ``unreadable``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class Unreadable(Validator):
    """Find files, folders and archives that could not be read, and files that crashed the decoder.

    ## Why it matters

    These files were not judged, so the audit is incomplete and ends with exit code 3, even
    without other errors.  Most tools silently skip such files;
    `os.walk` by default even skips whole folders.

    ## Example

        Cat/8.jpg: unreadable: Permission denied

    ## What to do

    `Permission denied`: give yourself permission (`chmod -R u+rX FOLDER`).  `Input/output
    error`: the disk or the network share is failing; copy as much as you can.  If a file crashed
    the decoder, please report it to us, and never open it with Pillow or TensorFlow in a process
    that you need.  An archive that is damaged or cut short: make or download it again; an encrypted
    file in one: unpack it.

    ## False alarms

    None: the operating system or the archive reported the error.  On a network share, the file may
    be readable a minute later.
    """

    name = "unreadable"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.NONE
    not_examined = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find files and folders without evidence."""
        rows = evidence.ended(Outcome.UNREADABLE, Outcome.CRASHED)
        messages = [
            detail
            or ("crashed the decoder" if outcome == Outcome.CRASHED.value else "cannot be read")
            for outcome, detail in zip(rows["outcome"], rows["outcome_detail"], strict=True)
        ]
        yield from self.findings(rows, messages)
        for path, reason in evidence.dataset.unreadable_folders:
            where = None if path == "." else path
            if (where or "") in evidence.dataset.containers:
                yield self.finding(where, f"not all files in it can be read: {reason}")
            else:
                yield self.finding(where, f"this folder cannot be listed: {reason}")
