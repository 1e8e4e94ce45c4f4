"""Sidecar files follow their picture when it moves inside the data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from catsclean.cleaning.free_names import FreeNames
from catsclean.cleaning.journal import Entry
from catsclean.cleaning.selection import KeptBack
from catsclean.core import names
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.scan.sidecar_files import Sidecar, find_sidecars

_SIDECAR: Final = "sidecar"


def follow(
    data: Folder, moved: Mapping[str, str], endings: frozenset[str], free: FreeNames
) -> list[Entry | KeptBack]:
    """Return how sidecar files follow pictures that get new names, and those that stay.

    Args:
        data: The data set.
        moved: New path of each picture, by its present one; escaped.
        endings: Extensions of sidecar files.
        free: Gives out free names.
    """
    found: list[Entry | KeptBack] = []
    for sidecar in find_sidecars(data, [names.decode(path) for path in moved], endings):
        path, owner = names.encode(sidecar.path), names.encode(sidecar.picture)
        wanted = _beside(sidecar, moved[owner])
        if wanted == path:
            continue
        if sidecar.others:
            why = "belongs to several pictures of its name"
            found.append(KeptBack(path, (_SIDECAR,), why))
            continue
        try:
            digest, status = data.digest(sidecar.path)
            target = free.find(wanted, own=path)
            if target != wanted:
                raise NotAsRecordedError(f"stays: another file is named {wanted}")
        except (NotAsRecordedError, OSError) as error:
            found.append(KeptBack(path, (_SIDECAR,), str(error)))
            continue
        found.append(Entry(path, digest, status.st_size, [_SIDECAR], owner=owner, target=target))
    return found


def _beside(sidecar: Sidecar, picture: str) -> str:
    """Return the path of a sidecar file beside the new path of its picture."""
    name = names.encode(sidecar.picture).rpartition("/")[2]
    rest = names.encode(sidecar.path).rpartition("/")[2]
    if rest.startswith(name):  # 005.jpg.json belongs to the whole name
        return picture + rest.removeprefix(name)
    stem = picture.rpartition(".")[0] if "." in picture.rpartition("/")[2][1:] else picture
    return stem + names.encode(sidecar.ending)
