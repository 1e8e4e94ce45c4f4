"""Find the files that belong to pictures in containers, and the order in which pictures lie there.

In a container the files of one sample share the part of their name before its first dot, see
:mod:`catsclean.scan.webdataset_labels`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from catsclean.containers.container import Container, Members
from catsclean.containers.opened import new_container
from catsclean.core import names, stand_ins
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.core.reading_errors import NotRegularError, TooLargeError
from catsclean.images import read_file
from catsclean.images.formats.sniff import ending_of
from catsclean.objects.bucket_state import open_bucket_of
from catsclean.scan.name_labels import is_picture_name
from catsclean.scan.sidecar_files import describe_left_out
from catsclean.scan.webdataset_labels import find_beside, key_of
from catsclean.splitting.places import Item
from catsclean.splitting.shard_plan import LABEL_ENDINGS

# each is read as a whole, as pictures are
_MOST_BYTES: Final = Limits().max_bytes


@dataclass(slots=True)
class PackedFiles:
    """What lies beside the pictures in their containers.

    Attributes:
        items: The sidecar files, with the stems of their pictures' places.
        ranks: Native path of a picture or sidecar file → its position among all, in the order in
            which reading is cheap.
        too_large: Native paths of sidecar files that are too large.
        unreadable: Native paths of those that cannot be read.
        linked: Escaped paths of containers that are links: nothing is looked for in these.
    """

    items: list[Item] = field(default_factory=list)
    ranks: dict[str, int] = field(default_factory=dict)
    too_large: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)

    def warnings(self) -> tuple[str, ...]:
        """Say why some sidecar files are left out, one line each."""
        said = (
            describe_left_out(self.too_large, f"it is larger than {_MOST_BYTES:,} bytes"),
            describe_left_out(self.unreadable, "it cannot be read"),
            f"sidecar files in linked archives are left out, such as {self.linked[0]!r}"
            if self.linked
            else "",
        )
        return tuple(line for line in said if line)


def find_packed_files(
    root: Path,
    pictures: Sequence[Item],
    labelled: Collection[str],
    endings: frozenset[str] | None,
) -> PackedFiles:
    """Find the files beside the pictures of a split.

    Args:
        root: The data set: a folder with containers, or a container.
        pictures: The pictures.
        labelled: Native paths of those that have a label: their label files are left out.
        endings: Extensions of the files to find; None: all.

    Raises:
        OSError: A container cannot be opened, or not be fetched from its bucket.
    """
    found = PackedFiles()
    for prefix, items in _by_container(root, pictures).items():
        path = prefix.rstrip("/")
        with ExitStack() as stack:
            absence = stack.enter_context(stand_ins.holding(root, path, sys.maxsize))
            read_file.check_brought(absence)
            try:
                descriptor = read_file.open_target(Reach(root), path)
            except NotRegularError:
                found.linked.append(path)
                continue
            container = new_container(descriptor, path or root.name)
            stack.callback(container.close)
            members = container.members()
            for name in members.names:
                found.ranks.setdefault(names.decode(prefix + name), len(found.ranks))
            if endings is None or endings:
                _take_beside(found, container, members, prefix, items, labelled, endings)
    return found


def _by_container(root: Path, pictures: Sequence[Item]) -> dict[str, list[Item]]:
    """Group pictures by the beginning of their paths, escaped, that leads to their container."""
    opened = open_bucket_of(root)
    prefixes: dict[str, str] = {}
    groups: dict[str, list[Item]] = {}
    for item in pictures:
        folder = item.shown.rpartition("/")[0]
        if folder not in prefixes:
            if opened is None:
                place = read_file.container_of(root, item.shown) or root
                path = "" if place == root else names.encode(place.relative_to(root).as_posix())
            else:
                path = "" if opened.whole is not None else opened.file_of(item.shown)
            prefixes[folder] = f"{path}/" if path else ""
        groups.setdefault(prefixes[folder], []).append(item)
    return groups


def _take_beside(
    found: PackedFiles,
    container: Container,
    members: Members,
    prefix: str,
    items: Sequence[Item],
    labelled: Collection[str],
    endings: frozenset[str] | None,
) -> None:
    beside = find_beside(
        members, [row for row, name in enumerate(members.names) if is_picture_name(name)]
    )
    for item in items:
        key, _ = key_of(item.shown[len(prefix) :])
        for ending, row in sorted(beside.get(key, {}).items()):
            label = ending in LABEL_ENDINGS and item.source in labelled
            wanted = endings is None or ending_of(ending) in endings
            if wanted and not label and row not in members.links:
                _take(found, container, members, row, item, prefix, ending)


def _take(
    found: PackedFiles,
    container: Container,
    members: Members,
    row: int,
    picture: Item,
    prefix: str,
    ending: str,
) -> None:
    shown = prefix + members.names[row]
    path = names.decode(shown)
    try:
        data = container.read(members.places[row], members.sizes_bytes[row], _MOST_BYTES)
    except TooLargeError:
        found.too_large.append(path)
        return
    except OSError:
        found.unreadable.append(path)
        return
    folder, _, name = picture.place.rpartition("/")
    place = f"{folder}/{name.partition('.')[0]}{names.decode(ending)}"
    digest = hashlib.sha256(data).hexdigest()
    found.items.append(Item(path, place, shown, digest, len(data), None))
