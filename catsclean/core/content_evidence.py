"""What the pictures of a data set show, as the network and the judges see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pyarrow as pa

from catsclean.core.rows import Rows, Table

#: Columns of the table: one row for each picture that decoded, sorted by path.
COLUMNS: Final = pa.schema(
    [
        ("path", pa.string()),
        ("label", pa.string()),
        # why the label was not judged; empty if it was
        ("not_judged", pa.string()),
        ("suggested", pa.string()),
        ("given_probability", pa.float32()),
        ("suggested_probability", pa.float32()),
        ("flagged", pa.bool_()),
        # from 1 for the most suspicious label; 0 if it was not judged
        ("label_rank", pa.int32()),
        # paths, one a line
        ("neighbours", pa.string()),
        # from 1 for the picture least like the others; 0 if it has no vector
        ("odd_rank", pa.int32()),
        ("oddness", pa.float32()),
        ("neighbour_distance", pa.float32()),
        ("neither", pa.float32()),
        # what the network calls the picture; empty, and 0, if it names nothing
        ("likely_name", pa.string()),
        ("likely_name_probability", pa.float32()),
        # a place on the map: the two directions in which pictures differ most
        ("map_x", pa.float32()),
        ("map_y", pa.float32()),
    ]
)


def _no_rows() -> pa.Table:
    # the other ways to an empty table import pandas
    return pa.Table.from_batches([], schema=COLUMNS)


@dataclass(frozen=True)
class ContentEvidence:
    """What the pictures show.

    Attributes:
        missing: Why content was not examined; empty if it was.
        table: One row for each picture, with :data:`COLUMNS`; empty if content was not examined.
        facts: Plain values about the whole set: the embedder, how good the judges are, which
            classes they confuse, and what else tells the label.
        stored: It was loaded from the state folder, so it need not be saved again.
    """

    missing: str = ""
    table: pa.Table = field(default_factory=_no_rows, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)
    stored: bool = False

    @cached_property
    def rows(self) -> Rows:
        """The table, column by column as NumPy arrays."""
        return Table(self.table).rows()
