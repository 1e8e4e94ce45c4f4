"""Recognise containers, files that hold many pictures, by their names."""

from __future__ import annotations

from typing import Final

#: Extensions of the containers that are read in place.
CONTAINER_ENDINGS: Final = (".tar", ".zip", ".parquet")


def is_container_name(name: str) -> bool:
    """Return whether a file is a container by its extension."""
    return name.lower().endswith(CONTAINER_ENDINGS)
