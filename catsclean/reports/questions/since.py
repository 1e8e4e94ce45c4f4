"""Files that a clean set aside, or an undo brought back, since the audit that the page shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from catsclean.auditing.result import Audit
from catsclean.cleaning.came_back import came_back
from catsclean.cleaning.log import set_aside
from catsclean.core.text import count
from catsclean.errors import CleaningError, StateError
from catsclean.reports.plan_lines import since_audit


@dataclass(frozen=True, slots=True)
class Since:
    """The files of an audit that were set aside since.

    Attributes:
        runs: The run that holds a file, by path.
        text: A note for the page; empty if there is nothing to say.
    """

    runs: Mapping[str, str]
    text: str


def look_since(audit: Audit) -> Since:
    """Find which samples and findings of an audit are about files that lie in the quarantine."""
    try:
        aside = set_aside(audit.state)
        found = came_back(audit.state, audit.manifest)
        back = since_audit(found.unknown, found.renamed, found.beside)
        back = f"{back} Audit again." if back else ""
    except (StateError, CleaningError):
        # without the error's message: it names the data set's place, and the page may be shared
        return Since(
            {}, "Cannot tell which files were set aside since this audit. See catsclean log."
        )
    if not aside.gone:
        return Since({}, back)
    table = audit.manifest.table
    digests = dict(zip(table["path"].tolist(), table["sha256"].tolist(), strict=True))
    named = {finding.path for finding in audit.findings}
    runs = {
        path: run
        for path, run in aside.gone.items()
        if (path in named and path not in digests) or (path, digests.get(path)) in aside.runs
    }
    if not runs:
        return Since({}, back)
    by = Counter(runs.values())
    were = "was" if len(runs) == 1 else "were"
    which = f"run {next(iter(by))}" if len(by) == 1 else f"runs {', '.join(sorted(by))}"
    text = f"{count(len(runs), 'file')} {were} set aside by {which} since this audit."
    return Since(runs, f"{text} {back}".rstrip())
