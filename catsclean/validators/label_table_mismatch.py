"""The validator ``label-table-mismatch``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from catsclean.core.evidence import Evidence
from catsclean.core.label_rows import LabelRows, RowProblem
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import count
from catsclean.validators.base import Validator

_SHOWN: Final = 3


class LabelTableMismatch(Validator):
    """Find rows of a table of labels that name no file, or that contradict each other.

    ## Why it matters

    A row without a file is a picture that was lost, renamed, or never downloaded: the set is
    smaller than its table says.  If two rows give one picture two labels, at least one of them is
    wrong.  The picture gets no label until somebody decides, so it is in no split.

    ## Example

        .: label-table-mismatch: 2 of 1,000 rows of train.csv name no file: 0917 (row 918), ...
        0042.jpg: label-table-mismatch: rows of train.csv give it several labels: Cat (row 43), ...

    ## What to do

    Fetch the missing files again, or remove their rows.  Correct the rows that contradict each
    other.  `label-rows.csv` in the state folder lists every such row.  Then audit again: no
    picture is read again because of a changed table.

    ## False alarms

    You may have only a part of the data set of the table: then ignore this validator.  Rows that
    say again what an earlier row says are one note.
    """

    name = "label-table-mismatch"
    family = "labels"
    severity = Severity.ERROR
    fix = Fix.NONE
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Report rows without a file once for the set, and contradictions at their samples."""
        rows = evidence.label_rows
        if rows is None:
            return
        if number_missing := rows.count(RowProblem.NO_FILE):
            shown = ", ".join(
                f"{_short(path) or 'an empty path'} (row {number:,})"
                for _, number, path, _, _ in rows.of(RowProblem.NO_FILE, _SHOWN)
            )
            more = ", …" if number_missing > _SHOWN else ""
            verb = "names" if number_missing == 1 else "name"
            yield self.finding(
                None,
                f"{number_missing:,} of {count(rows.rows, 'row')} of {rows.name} {verb} no file:"
                f" {shown}{more}",
            )
        yield from self._contradictions(rows)
        if rows.repeated:
            verb = "says" if rows.repeated == 1 else "say"
            yield self.finding(
                None,
                f"{count(rows.repeated, 'row')} of {rows.name} {verb} again what another row says",
                severity=Severity.NOTE,
            )

    def _contradictions(self, rows: LabelRows) -> Iterator[Finding]:
        """Find samples with several labels."""
        said: dict[str, dict[str, int]] = {}
        for _, number, _, label, sample in rows.of(RowProblem.CONTRADICTION):
            if label:
                said.setdefault(sample, {}).setdefault(label, number)
        for sample, labels in sorted(said.items()):
            listed = [f"{_short(label)} (row {number:,})" for label, number in labels.items()]
            more = ", …" if len(listed) > _SHOWN else ""
            yield self.finding(
                sample,
                f"rows of {rows.name} give it several labels: {', '.join(listed[:_SHOWN])}{more}",
            )


def _short(text: str) -> str:
    """Shorten a text of a table that may be very long."""
    return text if len(text) <= 60 else f"{text[:59]}…"
