"""The validator ``lfs-pointer``."""

from __future__ import annotations

from collections.abc import Iterable

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

    name = "lfs-pointer"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.REVIEW
    not_fetched = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as a pointer."""
        return self.findings(
            evidence.ended(Outcome.LFS_POINTER),
            "a Git LFS pointer of {size_bytes:,} bytes;"
            " the picture was never fetched (git lfs pull)",
        )
