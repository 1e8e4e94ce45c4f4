"""The validator ``hidden-file``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from catsclean.core import names
from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.scan import junk
from catsclean.validators.base import Validator


class HiddenFile(Validator):
    """Finds pictures whose name, or whose folder's name, starts with a dot.

    ## Why it matters

    File managers and `ls` do not show them, so nobody looks at them; loaders do load them.
    Keras passes over hidden class folders but not hidden files, torchvision over neither: two
    frameworks train on different data.

    ## Example

        Dog/.401.jpg: hidden-file: its name starts with a dot

    ## What to do

    Look at it; rename it or take it out.

    ## False alarms

    Hidden on purpose, perhaps.  What systems leave (`.DS_Store`, `._1.jpg`,
    `.ipynb_checkpoints`) is reported as `system-junk` and `junk-class`, and not again here.
    """

    name: ClassVar[str] = "hidden-file"
    family: ClassVar[str] = "dataset"
    severity: ClassVar[Severity] = Severity.NOTE
    fix: ClassVar[Fix] = Fix.NONE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find samples with a part that starts with a dot, but for junk."""
        samples = evidence.rows
        if "/." not in "/" + "\n/".join(samples["path"]):
            return
        hidden = np.array(["/." in f"/{path}" for path in samples["path"]], dtype=np.bool_)
        rows = samples.where(hidden & (samples["outcome"] != Outcome.JUNK.value))
        for path, label in zip(rows["path"], rows["label"], strict=True):
            *folders, name = path.split("/")
            if any(junk.is_junk_folder(names.decode(folder)) for folder in folders):
                continue
            what = "name" if name.startswith(".") else "folder's name"
            yield self.finding(path, f"its {what} starts with a dot", label=label)
