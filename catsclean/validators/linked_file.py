"""The validator ``linked-file``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.rows import Rows
from catsclean.validators.base import Validator

_PREFIX: Final = "a link to "


class LinkedFile(Validator):
    """Find symbolic and hard links to another file of the data set.

    ## Why it matters

    A link is one picture under two names: it counts twice in training, and a change to one name
    changes the other as well.  Loaders follow links silently.  The audit reads each picture once,
    under the name of the file itself, and reports the links to it here.

    ## Example

        Cat/9.jpg: linked-file: a link to Cat/7.jpg
        Cat/8.jpg: linked-file: a link to Dog/3.jpg, which has another label

    ## What to do

    If the links are intended, nothing.  `clean` moves no link; remove unwanted ones by hand.
    Symbolic links are left out of splits, and `exact-duplicate` reports one of two hard
    links.  A folder that `catsclean split --link symlink` wrote consists of links that lead out of
    it: audit it with `--follow-links-to` and the folder of the data set.

    If one folder holds the files and the class folders only links to them, leave that folder out
    and follow the links: `--exclude pool/ --follow-links`.

    A link under another label, or in another split, is a warning: loaders read one picture as two
    classes, or train on a picture that they test on.  Remove the wrong link.

    ## False alarms

    None for symbolic links.  A hard link whose other name is outside the data set is not
    reported, because only names inside are compared.
    """

    name = "linked-file"
    family = "duplicates"
    severity = Severity.NOTE
    fix = Fix.NONE
    compares = True
    not_examined = True

    def judge(self, evidence: Evidence) -> Iterator[Finding]:
        """Find symbolic links by their outcome, and hard links by their inode."""
        samples = evidence.rows
        yield from self._symbolic(samples, evidence.ended(Outcome.LINKED))
        hard = samples.where((samples["links"] > 1) & (samples["outcome"] != Outcome.LINKED.value))
        first_of: dict[int, str] = {}
        for path, label, inode in zip(hard["path"], hard["label"], hard["inode"], strict=True):
            first = first_of.setdefault(inode, path)
            if first != path:
                yield self.finding(path, f"a hard link to {first}", label=label, related=[first])

    def _symbolic(self, samples: Rows, symbolic: Rows) -> Iterator[Finding]:
        """Find links to files of the set; one that has another label or split is worse."""
        if not len(symbolic):
            return
        paths = samples["path"].tolist()
        places = dict(zip(paths, zip(samples["label"], samples["split"], strict=True), strict=True))
        for path, label, split, detail in zip(
            *(symbolic[name] for name in ("path", "label", "split", "outcome_detail")), strict=True
        ):
            target = str(detail).removeprefix(_PREFIX)
            other = places.get(target, (label, split))
            if other == (label, split):
                yield self.finding(path, str(detail), label=label)
                continue
            what = "label" if other[0] != label else "split"
            yield self.finding(
                path,
                f"{detail}, which has another {what}",
                label=label,
                related=[target],
                severity=Severity.WARNING,
            )
