"""Audits a folder and writes the verdicts, as a program: ``python judging.py ROOT STATE OUTPUT``.

The validators that compare files with each other are left out: they judge the set, not the kind.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import catsclean
from catsclean.core.limits import Limits

_COMPARING = ("duplicates", "labels", "dataset", "placeholder")
_JUDGING = ("likely-mislabelled", "outlier", "shortcut")


def main(root: str, state: str, output: str, timeout_s: str) -> None:
    """Audit with two workers, and write one list a path: outcome, format, validators."""
    limits = Limits(timeout_s=float(timeout_s))
    audit = catsclean.audit(
        root, state_dir=state, workers=2, limits=limits, ignore=_COMPARING, cache=False
    )
    assert audit.content is not None  # the pictures were embedded
    samples = audit.evidence.samples
    verdicts = {
        path: [outcome, kind, set()]
        for path, outcome, kind in zip(
            samples["path"], samples["outcome"], samples["format"], strict=True
        )
    }
    assert len(verdicts) == len(samples), "a file has two verdicts"
    for path in audit.dataset.other_files:
        verdicts[path] = ["other", "", set()]
    for finding in audit.findings:
        for path in [finding.path] if finding.path is not None else []:
            if finding.validator in _JUDGING:
                continue
            verdicts.setdefault(path, ["", "", set()])[2].add(finding.validator)
    table = {path: (a, b, " ".join(sorted(names))) for path, (a, b, names) in verdicts.items()}
    # how deep a path may go depends on where the corpus lies
    table = {re.sub(r"(/d{200})+", "/deep", path): verdict for path, verdict in table.items()}
    Path(output).write_text(json.dumps(table), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
