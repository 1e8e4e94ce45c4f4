"""Place the sidecar files of a split's pictures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.core.portable_names import same_name
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.scan.sidecar_files import describe_left_out, find_sidecars
from catsclean.splitting.packed_pictures import are_packed
from catsclean.splitting.packed_sidecars import find_packed_files
from catsclean.splitting.places import Item

# Hugging Face's imagefolder reads no labels from the folders if one of these is there
_TABLES: Final = frozenset({"metadata.csv", "metadata.jsonl", "metadata.parquet"})


@dataclass(frozen=True, slots=True)
class Beside:
    """The sidecar files of a split.

    Attributes:
        items: The sidecar files to place.
        warnings: Why others are left out, one line each.
    """

    items: tuple[Item, ...] = ()
    warnings: tuple[str, ...] = ()


def place_sidecars(root: Path, pictures: Sequence[Item], endings: frozenset[str]) -> Beside:
    """Find the sidecar files of pictures, and give each its picture's new name.

    Args:
        root: The data set.
        pictures: The pictures of the split.
        endings: Extensions of sidecar files.

    Raises:
        OSError: The data set cannot be opened.
    """
    if endings and pictures and are_packed(root, pictures[0].source):
        return _place_packed(root, pictures, endings)
    if not endings or not root.is_dir():
        return Beside()
    place_of = {item.source: item.place for item in pictures}
    taken = {same_name(item.place) for item in pictures}
    items: list[Item] = []
    shared: list[str] = []
    unreadable: list[str] = []
    crowded: list[str] = []
    tables: list[str] = []
    with Folder(root) as data:
        for sidecar in find_sidecars(data, place_of, endings):
            if sidecar.others:
                shared.append(sidecar.path)
                continue
            stem = place_of[sidecar.picture].rpartition(".")[0] or place_of[sidecar.picture]
            place = stem + names.native(sidecar.ending)
            if same_name(place) in taken:
                crowded.append(sidecar.path)
                continue
            if same_name(place.rpartition("/")[2]) in _TABLES:
                tables.append(sidecar.path)
                continue
            try:
                digest, status = data.digest(sidecar.path)
            except NotAsRecordedError:
                unreadable.append(sidecar.path)
                continue
            taken.add(same_name(place))
            shown = names.encode(sidecar.path)
            items.append(
                Item(sidecar.path, place, shown, digest, status.st_size, status.st_mtime_ns)
            )
    said = (
        describe_left_out(shared, "several pictures have its name"),
        describe_left_out(crowded, "another file gets its name in the split"),
        describe_left_out(
            tables, "loaders read a file of this name as a table of the whole folder"
        ),
        describe_left_out(unreadable, "it cannot be read"),
    )
    return Beside(tuple(items), tuple(line for line in said if line))


def _place_packed(root: Path, pictures: Sequence[Item], endings: frozenset[str]) -> Beside:
    """Place the files that lie beside pictures in containers; labels become folders."""
    found = find_packed_files(root, pictures, {item.source for item in pictures}, endings)
    taken = {same_name(item.place) for item in pictures}
    items: list[Item] = []
    crowded: list[str] = []
    for item in found.items:
        if same_name(item.place) in taken:
            crowded.append(item.source)
            continue
        taken.add(same_name(item.place))
        items.append(item)
    said = describe_left_out(crowded, "another file gets its name in the split")
    return Beside(tuple(items), (*found.warnings(), *([said] if said else [])))
