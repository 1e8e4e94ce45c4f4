"""An audit in a notebook: its counts by validator, and a few of the pictures."""

from __future__ import annotations

from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.text import count, human_bytes
from catsclean.reports.notebook.album import Album, in_turn
from catsclean.reports.notebook.view_parts import (
    Cards,
    CellView,
    Grid,
    PictureCard,
    Sentences,
    ViewPart,
)
from catsclean.reports.tally import (
    Tally,
    incompleteness,
    leak_lines,
    saved_split_line,
    severity_counts,
    tally,
)


def view(audit: Audit) -> CellView:
    """Show an audit."""
    tallies = tally(audit)
    warnings = list(leak_lines(audit))
    if why := incompleteness(audit):
        warnings.insert(0, f"The audit is incomplete: {why}. Do not trust a clean result.")
    parts: list[ViewPart] = [Sentences(warnings, strong=True)]
    if said := saved_split_line(audit):
        parts.append(Sentences([said]))
    if tallies:
        rows = [(one.validator, one.severity.value, one.count, one.fix.value) for one in tallies]
        columns = ("validator", "severity", "findings", "fix")
        parts.append(Grid(columns, rows, numbers=frozenset({"findings"}), noun="validators"))
    parts.append(Cards(_cards(audit, tallies)))
    facts = [
        count(audit.summary["files"], "file") + f", {human_bytes(audit.summary['bytes'])}",
        severity_counts(audit) if tallies else "no findings",
    ]
    return CellView(names.encode(audit.root.name), facts, parts)


def _cards(audit: Audit, tallies: list[Tally]) -> list[PictureCard]:
    """Make thumbnails: the first picture of every validator, then the second ones, and so on."""
    table = audit.manifest.table
    known = set(table.loc[table["width_px"].fillna(0) > 0, "path"])
    album, cards, shown = Album(), [], set()
    for finding in in_turn([[f for f in one.findings if f.path in known] for one in tallies]):
        path = finding.path or ""
        if path in shown or album.full:
            continue
        if made := album.make(audit.dataset.reach, path):
            shown.add(path)
            cards.append(PictureCard(path, finding.validator, thumbnail=made))
    return cards
