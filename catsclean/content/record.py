"""Save what the pictures of a data set show to its state folder, and load it again."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Final

import pyarrow as pa

from catsclean.core.content_evidence import COLUMNS, ContentEvidence
from catsclean.core.files import arrow_file, replacing
from catsclean.core.state import StateFolder

_KEY: Final = b"catsclean-content"


def save_content(content: ContentEvidence, state: StateFolder, key: str) -> None:
    """Save it under a key; if that fails, the next audit only takes longer."""
    header = json.dumps({"key": key, "facts": dict(content.facts)}).encode()
    table = content.table.replace_schema_metadata({_KEY: header})
    with (
        contextlib.suppress(OSError),
        replacing(state.content) as temporary,
        arrow_file(temporary, "wb") as stream,
        pa.ipc.new_file(stream, table.schema) as writer,
    ):
        writer.write_table(table)


def load_content(state: StateFolder, key: str | None = None) -> ContentEvidence | None:
    """Load what the last audit saved; None if there is nothing, or it is damaged.

    Args:
        state: The state folder.
        key: Load it only if it was saved under this key; None: under any.
    """
    try:
        with arrow_file(state.content, "rb") as stream:
            table = pa.ipc.open_file(stream).read_all()
        table.validate(full=True)
        header: dict[str, Any] = json.loads((table.schema.metadata or {})[_KEY])
        if header["key"] != (key or header["key"]):
            return None
        return ContentEvidence(table=table.cast(COLUMNS), facts=dict(header["facts"]))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None
