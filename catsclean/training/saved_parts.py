"""What a run with several models keeps of each until all are trained: arrays in a file."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catsclean.core.files import replacing
from catsclean.errors import TrainingError


def save_part(path: Path, **arrays: Any) -> None:
    """Write arrays to a file, completely or not at all."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)


def load_part(
    path: Path, names: Collection[str], same: Mapping[str, NDArray[Any]], part: str
) -> dict[str, NDArray[Any]]:
    """Read arrays that :func:`save_part` wrote.

    Args:
        path: The file.
        names: The arrays to return.
        same: Arrays that must be as they were: the pictures that it is about.
        part: What is trained again if the file is deleted: ``fold`` or ``model``.

    Raises:
        TrainingError: The file is missing, damaged, or about other pictures.
    """
    try:
        with np.load(path, allow_pickle=False) as saved:
            if all(np.array_equal(saved[name], array) for name, array in same.items()):
                return {name: saved[name] for name in names}
        reason = "it is about other pictures"
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        reason = str(error)[:200]
    raise TrainingError(
        f"cannot resume from {str(path)!r}: {reason}. Delete it and resume again: then its {part}"
        " is trained again."
    )
