"""The validator ``special-file``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.scan import junk
from catsclean.scan.discover import LEADS_NOWHERE, may_be_picture
from catsclean.validators.base import Validator


class SpecialFile(Validator):
    """Find pipes, sockets, devices, and links that lead out of the data set or nowhere.

    ## Why it matters

    A named pipe called `.jpg` blocks every loader that opens it, for ever.  A link out of the
    data set makes it depend on a file that will not be copied with it, and can make a tool
    read, move or publish the wrong file.  A broken link called like a picture is an error, because
    loaders fail on it.  A link to a folder can close a loop: `glob("**")`
    walked 50,971 paths in a tree of 12 files.

    ## Example

        Cat/5.jpg: special-file: a link that leads out of the data set, not followed

    ## What to do

    Loaders follow links, but catsclean reads pictures that are links only if you ask for it.
    Otherwise the audit is incomplete and ends with exit code 3.  `catsclean audit PetImages
    --follow-links` follows links inside the data set.  Links that lead out of it are followed only
    into folders that you name: `--follow-links-to FOLDER`.  Or replace the link by its target, or
    remove it.

    ## False alarms

    DVC, git-annex and the Hugging Face hub make data sets of links on purpose.  Then
    every file is reported until `--follow-links-to` names the folder of the real files.
    Links between files inside the data set are `linked-file`.
    """

    name = "special-file"
    family = "file"
    severity = Severity.WARNING
    fix = Fix.NONE
    not_examined = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find special files, and linked folders that were not entered."""
        rows = evidence.ended(Outcome.SPECIAL, Outcome.LINK_NOT_READ)
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
            if not junk.is_closed(path.rpartition("/")[2], reason):
                yield self.finding(path, reason)
