"""The validator ``lfs-pointer``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class LfsPointer(Validator):
    """Find Git LFS pointers in place of pictures.

    ## Why it matters

    A repository that was cloned without Git LFS has text files of about 130 bytes under the
    names of its pictures.  Every decoder refuses them, with messages that do not name the cause.

    ## Example

        Cat/12.jpg: lfs-pointer: a Git LFS pointer of 131 bytes; the picture was never fetched

    ## What to do

    Run `git lfs pull` in the repository to fetch the pictures.  `clean` does not move pointers,
    because Git would take them for deleted, and training skips them.  If the pictures cannot be
    fetched, decide in the report, or use `--unsafe`.

    ## False alarms

    None: the file begins with the line that the specification prescribes.
    """

    name: ClassVar[str] = "lfs-pointer"
    family: ClassVar[str] = "file"
    severity: ClassVar[Severity] = Severity.ERROR
    fix: ClassVar[Fix] = Fix.REVIEW
    not_fetched: ClassVar[bool] = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as a pointer."""
        samples = evidence.rows
        rows = samples.where(samples["outcome"] == Outcome.LFS_POINTER.value)
        messages = [
            f"a Git LFS pointer of {size:,} bytes; the picture was never fetched (git lfs pull)"
            for size in rows["size_bytes"]
        ]
        return self.findings(rows, messages)
