"""Place the sidecar files of a split's pictures beside them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catsclean.core import names, stand_ins
from catsclean.core.portable_names import same_name
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.objects.bucket_state import open_bucket_of
from catsclean.scan.sidecar_files import (
    Sidecar,
    describe_left_out,
    find_sidecars,
    match_sidecars,
)
from catsclean.splitting.bucket_pictures import BucketPictures
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
    with ExitStack() as stack:
        data, beside = _find(root, place_of, endings, stack)
        for sidecar in beside:
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


def _find(
    root: Path, pictures: Iterable[str], endings: frozenset[str], stack: ExitStack
) -> tuple[Folder | BucketPictures, list[Sidecar]]:
    """Open the data set until the stack ends, and find the sidecar files in it."""
    opened = open_bucket_of(root)
    if opened is None:
        folder = stack.enter_context(Folder(root))
        return folder, find_sidecars(folder, pictures, endings)
    bucket = BucketPictures(opened)
    found = match_sidecars(bucket.files_in, pictures, endings)
    ahead = [names.encode(one.path) for one in found]
    stack.enter_context(stand_ins.bringing_ahead(root, ahead, sys.maxsize))
    return bucket, found


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
