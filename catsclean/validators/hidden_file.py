"""The validator ``hidden-file``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from catsclean.core import names
from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.scan import junk
from catsclean.validators.base import Validator


class HiddenFile(Validator):
    """Find pictures whose name, or whose folder's name, starts with a dot.

    ## Why it matters

    File managers and `ls` do not show them, so nobody looks at them, but loaders do load them.
    Keras skips hidden class folders but not hidden files, and torchvision skips neither, so the
    two frameworks train on different data.

    ## Example

        Dog/.401.jpg: hidden-file: its name starts with a dot

    ## What to do

    Look at it; rename it or remove it.

    ## False alarms

    Perhaps it is hidden on purpose.  Files of the system (`.DS_Store`, `._1.jpg`,
    `.ipynb_checkpoints`) are reported as `system-junk` and `junk-class` instead.
    """

    name = "hidden-file"
    family = "dataset"
    severity = Severity.NOTE
    fix = Fix.NONE

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
