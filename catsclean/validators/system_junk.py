"""The validator ``system-junk``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class SystemJunk(Validator):
    """Find files that operating systems leave in folders: Thumbs.db, .DS_Store, ._resource forks.

    ## Why it matters

    They are not data, and mostly harmless.  But macOS puts a `._0.jpg` next to every
    `0.jpg` on foreign file systems and into zip files.  It has a picture's extension but contains
    no picture, and every loader that relies on extensions crashes on it.

    ## Example

        Cat/Thumbs.db: system-junk: left by a system or a tool

    ## What to do

    Let `catsclean clean --apply` set it aside.  When you zip on macOS, `zip -X` and `--exclude
    "__MACOSX/*"` keep it out.

    ## False alarms

    The file's name decides, from a short list of names that nobody gives to data.
    """

    name = "system-junk"
    family = "file"
    severity = Severity.NOTE
    fix = Fix.SAFE
    junk_by_name = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as junk."""
        rows = evidence.ended(Outcome.JUNK)
        return self.findings(rows, [detail or "no data" for detail in rows["outcome_detail"]])
