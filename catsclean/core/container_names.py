"""Recognise containers, files that hold many pictures, by their names."""

from __future__ import annotations

from typing import Final

#: Extensions of the containers that are read in place.
TAR: Final = ".tar"
ZIP: Final = ".zip"
PARQUET: Final = ".parquet"
CONTAINER_ENDINGS: Final = (TAR, ZIP, PARQUET)


def is_container_name(name: str) -> bool:
    """Return whether a file is a container by its extension."""
    return name.lower().endswith(CONTAINER_ENDINGS)
