"""Save what the pictures of a data set show to its state folder, and load it again."""

from __future__ import annotations

import json
from typing import Any, Final

import pyarrow as pa

from catsclean.core.cache_files import read_table, writing_tables
from catsclean.core.content_evidence import COLUMNS, ContentEvidence
from catsclean.core.parse_json import parse_json
from catsclean.core.state import StateFolder

_KEY: Final = b"catsclean-content"


def save_content(content: ContentEvidence, state: StateFolder) -> None:
    """Save it, unless it was loaded from there.

    Raises:
        OSError: The state folder cannot be written.
    """
    if content.missing or content.stored:
        return
    table = content.table.replace_schema_metadata({_KEY: json.dumps(content.facts).encode()})
    with writing_tables(state.content, table.schema) as writer:
        writer.write_table(table)


def load_content(state: StateFolder, key: str) -> ContentEvidence | None:
    """Load what an audit saved; None if it is not there, or damaged.

    Args:
        state: The state folder.
        key: Stands for the pictures, labels, groups and judges that it must belong to.
    """
    try:
        table = read_table(state.content)
        facts: dict[str, Any] = parse_json((table.schema.metadata or {})[_KEY])
        if facts["key"] != key:
            return None
        return ContentEvidence(table=table.cast(COLUMNS), facts=facts, stored=True)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None
