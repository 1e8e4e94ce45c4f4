"""Find a table beside a data set without labels that probably has them, as Kaggle packs them.

It is only named, never used: the user decides.
"""

from __future__ import annotations

import os
from itertools import islice
from typing import Final

from catsclean.core import names
from catsclean.core.label_source import LabelTable, is_table_name
from catsclean.core.links import Reach
from catsclean.core.stand_ins import is_stand_in
from catsclean.errors import ConfigError
from catsclean.images import read_file
from catsclean.scan.discover import Listing
from catsclean.scan.label_matching import match_rows
from catsclean.scan.label_tables import read_table
from catsclean.scan.name_labels import is_picture_name

# what lies beside a data set may be anything, so little is looked at
_MOST_ENTRIES: Final = 10_000
_MOST_TABLES: Final = 10
_MOST_BYTES: Final = 32 * 2**20
# a table has the labels if it has those of so many of the pictures
_COVERED: Final = 0.5


def find_table_beside(reach: Reach, listing: Listing) -> str:
    """Return the table beside a data set whose rows give most pictures a label.

    Labels recur.  So a list of probabilities is not taken for labels, nor are the rows of a sample
    submission, which all have the same one.

    Args:
        reach: The data set.
        listing: Its files.

    Returns:
        Its path, escaped: ``../labels.csv``; empty if there is none that gives half of the
        pictures a label.
    """
    pictures = list(filter(is_picture_name, listing.paths))
    found: list[tuple[int, str]] = []
    for name in [] if is_stand_in(reach.root) else _tables_in(os.fspath(reach.root.parent)):
        shown = names.encode(f"../{name}")
        try:
            data, _ = read_file.read_regular(reach.root.parent / name, _MOST_BYTES)
            rows, _ = read_table(data, shown)
            matched = match_rows(rows, pictures, LabelTable(shown), root=reach.root.as_posix())
        except (ConfigError, OSError):
            continue
        labels = [label for label in matched.labels if label]
        if 1 < len(set(labels)) <= len(labels) / 2 and len(labels) >= _COVERED * len(pictures):
            found.append((-len(labels), shown))
    return min(found)[1] if found else ""


def _tables_in(folder: str) -> list[str]:
    """Return the names of some tables in a folder, sorted."""
    try:
        with os.scandir(folder) as entries:
            listed = [entry.name for entry in islice(entries, _MOST_ENTRIES)]
    except OSError:
        return []
    return sorted(filter(is_table_name, listed))[:_MOST_TABLES]
