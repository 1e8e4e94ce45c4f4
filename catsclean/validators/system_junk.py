"""The validator ``system-junk``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class SystemJunk(Validator):
    """Finds files that operating systems leave in folders: Thumbs.db, .DS_Store, ._resource forks.

    ## Why it matters

    They are not data, and mostly harmless.  Not so the `._0.jpg` that macOS puts beside every
    `0.jpg` on foreign file systems and into zip files: it has a picture's ending and no picture
    inside, and every loader that goes by endings dies on it.

    ## Example

        Cat/Thumbs.db: system-junk: left by a system or a tool

    ## What to do

    Let `catsclean clean --apply` set it aside.  When you zip on macOS, `zip -X` and `--exclude
    "__MACOSX/*"` keep it out.

    ## False alarms

    The file's name decides, from a short list of names that nobody gives to data.
    """

    name: ClassVar[str] = "system-junk"
    family: ClassVar[str] = "file"
    severity: ClassVar[Severity] = Severity.NOTE
    fix: ClassVar[Fix] = Fix.SAFE
    junk_by_name: ClassVar[bool] = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as junk."""
        samples = evidence.rows
        rows = samples.where(samples["outcome"] == Outcome.JUNK.value)
        return self.findings(rows, [detail or "no data" for detail in rows["outcome_detail"]])
