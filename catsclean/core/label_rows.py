"""The rows of label tables that do not fit the files, for validators and for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
import pyarrow as pa

from catsclean.core.arrow import text_at, to_numpy


class RowProblem(StrEnum):
    """In what way a row does not fit.

    NO_FILE: It names no file.  CONTRADICTION: Another row gives the same file another label.
    NO_LABEL: It has no label, and no other row of its file has one.
    """

    NO_FILE = "no file"
    CONTRADICTION = "contradiction"
    NO_LABEL = "no label"


#: ``row`` counts as a spreadsheet does; ``sample`` is the path of the file, empty if there is none.
COLUMNS: Final = pa.schema(
    [("table", pa.string()), ("row", pa.int64()), ("path", pa.string()), ("label", pa.string()),
     ("problem", pa.string()), ("sample", pa.string())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelRows:
    """What the rows of label tables say about the files.

    Attributes:
        name: The tables, for messages.
        rows: Number of rows.
        repeated: Number of rows that say again what an earlier one says.
        problems: The rows that do not fit, with the columns of :data:`COLUMNS`, escaped, in the
            order of the rows.
    """

    name: str
    rows: int = 0
    repeated: int = 0
    problems: pa.Table = field(default_factory=COLUMNS.empty_table)

    def count(self, problem: RowProblem) -> int:
        """Return the number of rows with a problem."""
        return int((to_numpy(self.problems.column("problem")) == problem.value).sum())

    def of(
        self, problem: RowProblem, most: int | None = None
    ) -> list[tuple[str, int, str, str, str]]:
        """Return the rows with a problem, or the first of them: table, row, path, label, sample."""
        at = np.flatnonzero(to_numpy(self.problems.column("problem")) == problem.value)[:most]
        columns = []
        for name in ("table", "row", "path", "label", "sample"):
            column = self.problems.column(name)
            texts = pa.types.is_string(column.type)
            columns.append((text_at(column, at) if texts else to_numpy(column)[at]).tolist())
        return list(zip(*columns, strict=True))
