"""The validator ``special-file``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from catsclean.core import names
from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.scan import junk
from catsclean.scan.discover import LEADS_NOWHERE, may_be_picture
from catsclean.validators.base import Validator


class SpecialFile(Validator):
    """Find what is no plain file: pipes, sockets, devices, links that lead out or nowhere.

    ## Why it matters

    A named pipe called `.jpg` stops every loader that opens it, for ever.  A link out of the
    data set makes it depend on something that will not be copied with it, and can make a tool
    read, move or publish what it should not.  A picture that is a link to nowhere is an error:
    loaders stop at it.  A link to a folder can close a loop: `glob("**")`
    walked 50,971 paths in a tree of 12 files.

    ## Example

        Cat/5.jpg: special-file: a link that leads out of the data set, not followed

    ## What to do

    Pictures that are links are not read unless you ask for it, and the audit then ends with 3: it
    is incomplete, although loaders follow such links.  `catsclean audit PetImages --follow-links`
    reads what lies in the data set.  Links that lead out of it are followed only into folders that
    you name: `--follow-links-to FOLDER`.  Otherwise replace the link by what it points to, or
    remove it.

    ## False alarms

    A data set made of links on purpose, as DVC, git-annex and the Hugging Face hub make them: then
    every file is reported until `--follow-links-to` names the folder that holds the real files.
    Links between files inside the data set are `linked-file`.
    """

    name: ClassVar[str] = "special-file"
    family: ClassVar[str] = "file"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.NONE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find special files, and linked folders that were not entered."""
        samples = evidence.rows
        unopened = (Outcome.SPECIAL.value, Outcome.LINK_NOT_READ.value)
        rows = samples.where(samples.is_in("outcome", unopened))
        for path, label, detail in zip(
            rows["path"], rows["label"], rows["outcome_detail"], strict=True
        ):
            lost = detail == LEADS_NOWHERE and may_be_picture(path)
            severity = Severity.ERROR if lost else None
            yield self.finding(path, str(detail), label=label, severity=severity)
        yield from self._linked_folders(evidence)

    def _linked_folders(self, evidence: Evidence) -> Iterator[Finding]:
        for path, reason in evidence.dataset.skipped_folders:
            # folders that are closed for what they are belong to `junk-class`
            if reason != junk.closed_reason(names.decode(path.rpartition("/")[2])):
                yield self.finding(path, reason)
