"""Decide which tar shard each sample of a split goes into, and where in it each file begins.

A shard is a tar file as WebDataset has it: ``train-000000.tar`` holds ``000000000.jpg``, the number
of its class ``000000000.cls``, the name of its class ``000000000.label`` and its sidecar files, one
sample after the other.  All sizes are known before a
byte is copied, so the files can be written in any order.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from catsclean.core import names
from catsclean.errors import SplitError
from catsclean.images.formats.sniff import EXTENSIONS, FORMATS, KERAS_EXTENSIONS, ending_of
from catsclean.splitting.places import Item

if TYPE_CHECKING:
    import pandas as pd

# loaders read a number from .cls, and refuse anything else
_NUMBER_ENDING: Final = ".cls"
_NAME_ENDING: Final = ".label"
#: Extensions of the files that hold a label.
LABEL_ENDINGS: Final = frozenset({_NUMBER_ENDING, _NAME_ENDING})
#: Most samples in a shard, unless the caller says otherwise.
MOST_SAMPLES: Final = 10_000
#: Largest shard in bytes, unless the caller says otherwise.
MOST_BYTES: Final = 1_000_000_000
# longer names, other alphabets and larger files need an extended header
_MOST_CHARACTERS: Final = 100
_MOST_OF_USTAR: Final = 8 * 2**30


@dataclass(frozen=True, slots=True)
class ShardFile:
    """One file in a shard.

    Attributes:
        shard: Name of the shard.
        name: Name in the shard.
        offset: Position of its header in the shard.
        item: The picture or sidecar file that it is copied from; for a label, its picture.
        label: The content of a label; None for a copy.
    """

    shard: str
    name: str
    offset: int
    item: Item
    label: bytes | None = None

    @property
    def place(self) -> str:
        """Native path below the folder of the split."""
        return f"{self.shard}/{self.name}"

    @property
    def size_bytes(self) -> int:
        """Size of its content."""
        return size_of(self.item) if self.label is None else len(self.label)


@dataclass(slots=True)
class ShardPlan:
    """All shards of a split.

    Attributes:
        files: Their files, in the order of the shards.
        sizes_bytes: Shard → its size.
    """

    files: list[ShardFile] = field(default_factory=list)
    sizes_bytes: dict[str, int] = field(default_factory=dict)


def shuffled_places(rows: pd.DataFrame, seed: int) -> list[str]:
    """Number the samples of each split in a pseudo-random order: ``train/000000000.jpg``.

    The order is that of the sha256 of the seed and the path, so that a shard holds all classes.

    Args:
        rows: Samples that have a split.
        seed: Another seed gives another order.

    Returns:
        A place for each row, whose last part is the sample's name in its shard.
    """
    columns = rows[["path", "split", "format"]].astype(object)
    values = columns.where(columns.notna(), None).itertuples(index=False, name=None)
    order = sorted(
        (split, _digest(seed, path), row, names.native(names.unescape(path)), kind)
        for row, (path, split, kind) in enumerate(values)
    )
    places = [""] * len(order)
    number, last = 0, ""
    for split, _, row, path, kind in order:
        number = number + 1 if split == last else 0
        last = split
        places[row] = f"{split}/{number:09d}{_ending(path, kind)}"
    return places


def plan_shards(
    pictures: Sequence[Item],
    labels: Sequence[str | None],
    sidecars: Iterable[Item],
    most_samples: int,
    most_bytes: int,
) -> ShardPlan:
    """Distribute samples over shards.

    Args:
        pictures: The pictures; their places are those of :func:`shuffled_places`.
        labels: Their labels, escaped.
        sidecars: Further files, whose places have the stem of their picture's.
        most_samples: Most samples in a shard.
        most_bytes: Largest shard; a sample that is larger alone has a shard to itself.

    Raises:
        SplitError: The manifest lacks the size of a picture.
    """
    beside: dict[str, list[Item]] = {}
    for item in sidecars:
        beside.setdefault(_stem(item.place), []).append(item)
    numbers = {label: number for number, label in enumerate(sorted(filter(None, set(labels))))}
    plan = ShardPlan()
    split, number, samples, end = "", 0, 0, 0
    for picture, label in sorted(
        zip(pictures, labels, strict=True), key=lambda pair: pair[0].place
    ):
        files = _files_of(picture, label, numbers, beside)
        size = sum(packed_size(name, _size(item, text)) for name, item, text in files)
        own_split = picture.place.rpartition("/")[0]
        full = samples >= most_samples or _finished_size(end + size) > most_bytes
        if own_split != split:
            split, number, samples, end = own_split, 0, 0, 0
        elif samples and full:
            number, samples, end = number + 1, 0, 0
        shard = f"{split}-{number:06d}.tar"
        for name, item, text in files:
            plan.files.append(ShardFile(shard, name, end, item, text))
            end += packed_size(name, _size(item, text))
        samples += 1
        plan.sizes_bytes[shard] = _finished_size(end)
    return plan


def header_of(name: str, size_bytes: int) -> bytes:
    """Return the header of a file in a tar: without owner and time, so always the same.

    Args:
        name: Its name in the shard.
        size_bytes: Its size.
    """
    info = tarfile.TarInfo(name)
    info.size = size_bytes
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def packed_size(name: str, size_bytes: int) -> int:
    """Return the bytes that a file takes in a tar, with its header and padding."""
    plain = name.isascii() and len(name) <= _MOST_CHARACTERS and size_bytes < _MOST_OF_USTAR
    header = tarfile.BLOCKSIZE if plain else len(header_of(name, size_bytes))
    return header + -(-size_bytes // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def size_of(item: Item) -> int:
    """Return the recorded size of a file.

    Raises:
        SplitError: There is none.
    """
    if item.size_bytes is None:
        raise SplitError(f"the manifest has no size of {item.shown}. Audit again.")
    return item.size_bytes


def label_text(label: str) -> bytes:
    """Return the content of a ``.label`` file, from which an audit reads the same label.

    Args:
        label: The label, escaped.
    """
    text = names.unescape(label)
    one_line = not {"\n", "\r"} & set(text)
    if not one_line or not names.is_text(label):
        text = label  # as it is shown everywhere
    return text.encode()


def _files_of(
    picture: Item,
    label: str | None,
    numbers: Mapping[str, int],
    beside: Mapping[str, list[Item]],
) -> list[tuple[str, Item, bytes | None]]:
    """Return the files of one sample: name, source, and the content of a label."""
    stem = _stem(picture.place)
    files: list[tuple[str, Item, bytes | None]] = [(_name(picture.place), picture, None)]
    if label is not None:
        files.append((_name(stem) + _NUMBER_ENDING, picture, str(numbers[label]).encode()))
        files.append((_name(stem) + _NAME_ENDING, picture, label_text(label)))
    more = sorted(beside.get(stem, ()), key=lambda item: item.place)
    return files + [(_name(item.place), item, None) for item in more]


def _size(item: Item, label: bytes | None) -> int:
    return size_of(item) if label is None else len(label)


def _finished_size(end: int) -> int:
    """Return the size of a tar: two empty blocks end it, and it fills whole records."""
    return -(-(end + 2 * tarfile.BLOCKSIZE) // tarfile.RECORDSIZE) * tarfile.RECORDSIZE


def _digest(seed: int, path: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{path}".encode("utf-8", "surrogateescape")).digest()


def _ending(path: str, kind: object) -> str:
    """Return the extension of a picture's format; its own one if loaders know it."""
    own = ending_of(path)
    found = FORMATS.get(str(kind))
    if found is None:
        return own
    if found.keras_endings:
        return next(ending for ending in found.endings if ending in KERAS_EXTENSIONS)
    return own if EXTENSIONS.get(own) == found.name else next(iter(found.endings), own)


def _name(place: str) -> str:
    return place.rpartition("/")[2]


def _stem(place: str) -> str:
    """Return what the files of a sample share: everything before the first dot of the name."""
    split, slash, name = place.rpartition("/")
    return split + slash + name.partition(".")[0]
