"""The validator ``linked-file``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from catsclean.evidence import Outcome
from catsclean.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catsclean.evidence import Evidence


class LinkedFile(Validator):
    """Finds links to another file of the data set, symbolic and hard.

    ## Why it matters

    A link is one picture under two names: it counts twice in training, and a change to one name
    changes the other as well.  Loaders follow links in silence.  The audit does not: a symbolic
    link is named here and never opened, so that no link can lead out of the data set.

    ## Example

        Cat/9.jpg: linked-file: a link to Cat/7.jpg

    ## What to do

    Nothing, where the links are meant.  `clean` moves no link; remove by hand those that are not
    wanted.  Symbolic links are left out of splits, and of two hard links `exact-duplicate` keeps
    one.  A folder that `catsclean split --link symlink` wrote consists of links that lead out of
    it: audit the original.

    ## False alarms

    None for symbolic links.  A hard link whose other name lies outside of the data set is not
    reported, since only names inside are compared.
    """

    name: ClassVar[str] = "linked-file"
    family: ClassVar[str] = "duplicates"
    severity: ClassVar[Severity] = Severity.NOTE
    fix: ClassVar[Fix] = Fix.NONE
    compares: ClassVar[bool] = True

    def judge(self, evidence: Evidence) -> Iterator[Finding]:
        """Find symbolic links by their outcome, and hard links by their inode."""
        samples = evidence.rows
        symbolic = samples.where(samples["outcome"] == Outcome.LINKED.value)
        yield from self.findings(symbolic, symbolic["outcome_detail"])
        hard = samples.where((samples["links"] > 1) & (samples["outcome"] != Outcome.LINKED.value))
        first_of: dict[int, str] = {}
        for path, label, inode in zip(hard["path"], hard["label"], hard["inode"], strict=True):
            first = first_of.setdefault(inode, path)
            if first != path:
                yield self.finding(path, f"a hard link to {first}", label=label, related=[first])
