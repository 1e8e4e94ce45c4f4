"""The validator ``junk-class``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from catsclean.core import names
from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.scan import junk
from catsclean.validators.base import Validator

# A file that was not read, or is not a plain file, is never moved.
_STAYS: Final = frozenset(
    outcome.value
    for outcome in (
        Outcome.SPECIAL,
        Outcome.LINKED,
        Outcome.UNREADABLE,
        Outcome.CHANGED,
        Outcome.OVER_LIMIT,
        Outcome.CRASHED,
        Outcome.TIMEOUT,
        Outcome.MEMORY,
    )
)


class JunkClass(Validator):
    """Find files in folders that a system or tool made: __MACOSX, .ipynb_checkpoints, .git.

    ## Why it matters

    Loaders take each folder for a class.  Keras makes a third class of `__MACOSX`,
    so a model with one sigmoid unit stops learning, or labels shift by one.  torchvision
    also takes hidden folders, and fails with "Found no valid file for the classes
    .ipynb_checkpoints".  Jupyter's checkpoints also contain copies of your pictures, under the
    wrong label.

    ## Example

        __MACOSX/Dog/._1.jpg: junk-class: inside '__MACOSX', which loaders take for a class

    ## What to do

    Let `catsclean clean --apply` set the files aside, then remove the empty folder.  A version
    control store (`.git`) is reported as a whole, as a warning, and left alone: keep the data
    one folder deeper than the repository's root.  So is the `__MACOSX` of an archive, whose
    companions of your files are no samples, the state folder of another data set, whatever its
    name, whose quarantine must stay as it is, and a split that catsclean wrote beside the pictures
    that it was made of: audit that folder alone.  If those pictures are not part of the audit, or
    somebody added pictures to the split, it is audited like any other folder.

    ## False alarms

    The folder's name decides, from a short list of names that nobody gives to a class.  You can
    undo every move, for example if `lost+found` holds the only copy of a picture.
    """

    name = "junk-class"
    family = "dataset"
    severity = Severity.ERROR
    fix = Fix.SAFE
    junk_by_name = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find samples below junk folders, such folders without samples, and closed folders."""
        samples = evidence.rows
        folders = evidence.folders
        junk_of = {folder: _topmost_junk(folder) for folder in set(folders)}
        if any(junk_of.values()):
            top = np.array([junk_of[folder] for folder in folders], dtype=object)
            rows = samples.where(top != "")
            for path, outcome, folder in zip(
                rows["path"], rows["outcome"], top[top != ""], strict=True
            ):
                fix = Fix.NONE if outcome in _STAYS else None
                message = f"inside {folder!r}, which loaders take for a class"
                yield self.finding(path, message, fix=fix)
        yield from self._folders(evidence, set(junk_of.values()))

    def _folders(self, evidence: Evidence, named: set[str]) -> Iterator[Finding]:
        others = {_topmost_junk(path.rpartition("/")[0]) for path in evidence.dataset.other_files}
        for folder in sorted(others - named - {""}):
            yield self.finding(
                folder, "has no pictures, but loaders take it for a class", fix=Fix.NONE
            )
        for path, reason in evidence.dataset.skipped_folders:
            if junk.is_closed(path.rpartition("/")[2], reason):
                # a folder that is left out is always named: nothing hides from an audit
                message = f"{reason}, which some loaders take for a class; skipped"
                yield self.finding(path, message, fix=Fix.NONE, severity=Severity.WARNING)


def _topmost_junk(folder: str) -> str:
    parts = folder.split("/")
    for depth, part in enumerate(parts, start=1):
        if junk.is_junk_folder(names.decode(part)):
            return "/".join(parts[:depth])
    return ""
