"""Write a split as tar shards in the form of WebDataset.

The files are copied in the order of the data set, each to its planned position: so a container that
holds the pictures is read once from start to end, although every shard holds pictures from all of
it.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from catsclean.core import names
from catsclean.core.arguments import whole_number
from catsclean.core.folder_handle import open_to_write, sync_folder
from catsclean.core.leftovers import SPLIT_MARKER
from catsclean.core.links import Reach
from catsclean.core.manifest import Manifest
from catsclean.core.safe_folder import Folder, NotAsRecordedError, write_all
from catsclean.core.split_marker import read_marker
from catsclean.core.split_names import SOURCE
from catsclean.scan.sidecar_files import check_endings
from catsclean.splitting.assign import check_seed
from catsclean.splitting.descriptions import MANIFEST, write_descriptions
from catsclean.splitting.linking import LinkMode
from catsclean.splitting.packed_pictures import (
    PackedPictures,
    PictureSource,
    are_packed,
    open_pictures,
)
from catsclean.splitting.packed_sidecars import find_packed_files
from catsclean.splitting.place_sidecars import place_sidecars
from catsclean.splitting.places import Item, digests_of, items_at, rows_to_write
from catsclean.splitting.shard_plan import (
    LABEL_ENDINGS,
    MOST_BYTES,
    MOST_SAMPLES,
    ShardFile,
    ShardPlan,
    header_of,
    plan_shards,
    shuffled_places,
)
from catsclean.splitting.target_folder import (
    describe_call,
    find_target,
    lies_there,
    making,
    refuse_changed,
    remove_temporaries,
    reporting,
    write_marker,
)
from catsclean.splitting.unchanged_sources import ChangedSinceAuditError, check_sources
from catsclean.splitting.verify_shards import describe_shard_flaws
from catsclean.splitting.written_split import Progress, WrittenSplit

if TYPE_CHECKING:
    import pandas as pd

_MADE_BY: Final = "shards"
_CHUNK: Final = 1 << 20
# consecutive pictures go to any shard; more open files than this may exceed the system's limit
_MOST_OPEN: Final = 64
# the file system cannot reserve space
_NO_RESERVING: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


@dataclass(frozen=True, slots=True)
class ShardWishes:
    """How to form shards.

    Attributes:
        seed: Decides about the order of the samples.
        most_samples: Most samples in a shard.
        most_bytes: Largest shard in bytes.
        sidecars: Extensions of the sidecar files that go along; None: the usual ones, in
            containers all.
    """

    seed: int = 0
    most_samples: int = MOST_SAMPLES
    most_bytes: int = MOST_BYTES
    sidecars: Iterable[str] | None = None

    def __post_init__(self) -> None:
        check_seed(self.seed)
        whole_number("samples_per_shard", self.most_samples)
        whole_number("bytes_per_shard", self.most_bytes)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """All that is known before the first byte is written.

    Attributes:
        plan: The shards.
        ranks: Position of a file of the data set in the order of reading; may be empty.
        warnings: Why sidecar files are left out.
        sidecars: Number of sidecar files.
        result: The manifest of the split.
        marker: The description of the call.
    """

    plan: ShardPlan
    ranks: Mapping[str, int]
    warnings: tuple[str, ...]
    sidecars: int
    result: Manifest
    marker: dict[str, Any]


def write_shards(
    manifest: Manifest,
    folder: str | os.PathLike[str],
    wishes: ShardWishes,
    progress: Progress | None = None,
    *,
    state: Path | None = None,
    reach: Reach | None = None,
) -> WrittenSplit:
    """Write the samples of a manifest that have a split; see :meth:`Split.write_shards`.

    Args:
        manifest: The samples.
        folder: Where to write the shards.
        wishes: How to form them.
        progress: Called with the number of files done and their total.
        state: The state folder; it records where a split is being made.
        reach: Where links in the data set may lead; None: a link is never followed.

    Raises:
        SplitError: The folder exists, the disk is full, or a picture changed since the audit.
        UsageError: A wish is invalid, or the folder lies inside the data set.
    """
    target = find_target(folder, manifest.root)
    rows = rows_to_write(manifest)
    with reporting(target):
        found = _prepare(manifest, target, rows, wishes)
        reused = lies_there(target, found.marker, [_MADE_BY])
        if reused:
            _refuse_changed(target, found)
        else:
            with making(target, found.marker, state) as made_in:
                _make(found, manifest.root, reach, made_in, progress)
        result = Manifest.load(target / MANIFEST, target) if reused else found.result
    return WrittenSplit(
        target,
        result,
        LinkMode.COPY,
        reused,
        0 if reused else sum(found.plan.sizes_bytes.values()),
        found.sidecars,
        found.warnings,
        len(found.plan.sizes_bytes),
    )


def check_shards(
    manifest: Manifest,
    folder: str | os.PathLike[str],
    wishes: ShardWishes,
    *,
    reach: Reach | None = None,
) -> None:
    """Refuse what :func:`write_shards` would refuse before it copies; write nothing."""
    target = find_target(folder, manifest.root)
    rows = rows_to_write(manifest)
    with reporting(target):
        found = _prepare(manifest, target, rows, wishes)
        if lies_there(target, found.marker, [_MADE_BY]):
            _refuse_changed(target, found)
            return
        pictures = _copied(found.plan)
        with open_pictures(manifest.root, pictures[0].source, reach) as data:
            check_sources(pictures, data)


def _prepare(
    manifest: Manifest, target: Path, rows: pd.DataFrame, wishes: ShardWishes
) -> _Prepared:
    """Find the files to write, and give each its place."""
    root = manifest.root
    pictures = items_at(rows, shuffled_places(rows, wishes.seed))
    labels = [None if label is None else str(label) for label in _plain(rows["label"])]
    endings = check_endings(wishes.sidecars) - LABEL_ENDINGS
    ranks: Mapping[str, int] = {}
    if are_packed(root, pictures[0].source):
        labelled = {
            item.source for item, label in zip(pictures, labels, strict=True) if label is not None
        }
        wanted = None if wishes.sidecars is None else endings
        packed = find_packed_files(root, pictures, labelled, wanted)
        sidecars, ranks, warnings = packed.items, packed.ranks, packed.warnings()
    else:
        beside = place_sidecars(root, pictures, endings)
        sidecars, warnings = list(beside.items), beside.warnings
    plan = plan_shards(pictures, labels, sidecars, wishes.most_samples, wishes.most_bytes)
    place_of = {file.item.source: file.place for file in plan.files if file.label is None}
    places = [names.encode(place_of[item.source]) for item in pictures]
    shown = rows.assign(**{SOURCE: rows["path"], "path": places})
    result = Manifest(shown.sort_values("path", ignore_index=True), target)
    marker = describe_call(root, _placed(plan), _MADE_BY, rows)
    return _Prepared(plan, ranks, warnings, len(sidecars), result, marker)


def _plain(column: pd.Series[Any]) -> list[Any]:
    values = column.astype(object)
    return list(values.where(values.notna(), None))


def _placed(plan: ShardPlan) -> list[Item]:
    """Return all files with their places in shards, for the digest of the plan."""
    return [
        Item(
            file.item.source,
            file.place,
            file.item.shown,
            file.item.sha256 if file.label is None else hashlib.sha256(file.label).hexdigest(),
            file.size_bytes,
            None,
        )
        for file in plan.files
    ]


def _copied(plan: ShardPlan) -> list[Item]:
    return [file.item for file in plan.files if file.label is None]


def _make(
    found: _Prepared, root: Path, reach: Reach | None, made_in: Folder, progress: Progress | None
) -> None:
    """Write everything into the unfinished folder, and make it durable."""
    for name in made_in.names():
        # left by a call that was killed: nobody knows which bytes of a shard are there
        if name != SPLIT_MARKER:
            made_in.unlink(name)
    pictures = _copied(found.plan)
    in_order = sorted(
        pictures, key=lambda item: item.source
    )  # as they are read if nothing ranks them
    with open_pictures(root, pictures[0].source, reach, digests_of(in_order)) as data:
        if not isinstance(data, PackedPictures):
            # cheap here, and the user need not wait for the last shard to hear of a change; a
            # container tells no more than reading it
            check_sources(pictures, data)
        for shard, size in found.plan.sizes_bytes.items():
            _reserve(made_in, shard, size)
        with _OpenShards(made_in) as shards:
            _fill(found, data, shards, progress)
    written = {shard: _finish(made_in, shard) for shard in found.plan.sizes_bytes}
    sizes = write_descriptions(found.result, made_in.path, metadata=False)
    made = {"made_by": _MADE_BY, "descriptions": sizes, "shards": written}
    write_marker(made_in, {**found.marker, **made})
    remove_temporaries(made_in)
    sync_folder(made_in.handle())


def _reserve(target: Folder, shard: str, size_bytes: int) -> None:
    """Make a shard of its final size, so that a full disk is noticed before anything is copied."""
    descriptor = target.create(shard)
    try:
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(descriptor, 0, size_bytes)
            except OSError as error:
                if error.errno not in _NO_RESERVING:
                    raise
            else:
                return
        os.ftruncate(descriptor, size_bytes)
    finally:
        os.close(descriptor)


class _OpenShards:
    """The shards that are open for writing: the last ones used."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._open: OrderedDict[str, int] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)

    def at(self, shard: str, position: int) -> int:
        """Return the descriptor of a shard, whose next byte is written at a position."""
        if shard in self._open:
            self._open.move_to_end(shard)
        else:
            if len(self._open) >= _MOST_OPEN:
                os.close(self._open.popitem(last=False)[1])
            parent, name = self._folder.locate(shard)
            self._open[shard] = open_to_write(name, parent)
        os.lseek(self._open[shard], position, os.SEEK_SET)
        return self._open[shard]


def _fill(
    found: _Prepared, data: PictureSource, shards: _OpenShards, progress: Progress | None
) -> None:
    """Write all files, in the order of the data set."""
    last = len(found.ranks)

    def order(file: ShardFile) -> tuple[int, str]:
        return found.ranks.get(file.item.source, last), file.item.source

    done, total = 0, len(_copied(found.plan))
    for file in sorted(found.plan.files, key=order):
        header = header_of(file.name, file.size_bytes)
        if file.label is not None:
            write_all(shards.at(file.shard, file.offset), header + file.label)
            continue
        try:
            reading = data.open(file.item.source)
            try:
                writing = shards.at(file.shard, file.offset)
                write_all(writing, header)
                _copy(reading, writing, file)
            finally:
                os.close(reading)
        except NotAsRecordedError as error:
            raise ChangedSinceAuditError(f"{file.item.shown} {error}.") from error
        done += 1
        if progress is not None:
            progress(done, total)


def _copy(reading: int, writing: int, file: ShardFile) -> None:
    """Copy a file, and compare it with the record.

    Raises:
        NotAsRecordedError: The bytes differ.
    """
    digest = hashlib.sha256()
    left = file.size_bytes
    while chunk := os.read(reading, _CHUNK):
        left -= len(chunk)
        if left < 0:
            break  # never write over the next file
        digest.update(chunk)
        write_all(writing, chunk)
    if left or digest.hexdigest() != file.item.sha256:
        raise NotAsRecordedError("changed since the audit: its bytes differ")


def _finish(target: Folder, shard: str) -> list[int]:
    """Make a shard durable; return its size and time, by which it is recognised later."""
    status = target.sync_file(shard)
    return [status.st_size, status.st_mtime_ns]


def _refuse_changed(target: Path, found: _Prepared) -> None:
    marker = read_marker(target) or {}
    recorded, descriptions = marker.get("shards", {}), marker.get("descriptions", {})
    refuse_changed(target, describe_shard_flaws(target, found.plan, recorded, descriptions))
