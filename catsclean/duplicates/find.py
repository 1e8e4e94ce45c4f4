"""``catsclean.find_duplicates``: find duplicates without a full audit."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.container_names import is_container_name
from catsclean.core.evidence import READING, Dataset, Evidence, Outcome, pair_table
from catsclean.core.groups import components
from catsclean.core.limits import Limits
from catsclean.core.links import Folders, Reach, allowed_folders
from catsclean.core.notebook_view import NotebookView
from catsclean.core.progress_bar import with_bar
from catsclean.core.text import count
from catsclean.duplicates.canonical import keep_first
from catsclean.duplicates.compare import Viewer, here
from catsclean.duplicates.hamming import pairs_within
from catsclean.duplicates.pair_kinds import OTHER_COLOUR
from catsclean.duplicates.relate import relate
from catsclean.duplicates.relations import Relations
from catsclean.errors import DatasetError, UsageError
from catsclean.images import decoding, facts, read_file
from catsclean.images.image import ReadingEndedError
from catsclean.images.load import load_rgb
from catsclean.images.measures import MeasureBatch
from catsclean.scan.container_listing import list_members
from catsclean.scan.discover import Listing, discover, may_be_picture

# For 64 bits: among a million pictures only copies are as near (docs/duplicates.md).  It is scaled
# for hashes of more bits.
_RADIUS_OF_64 = 8
_PICTURES_PER_BATCH = 256
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two pictures that show the same.

    Attributes:
        first: A name, as the caller gave it.
        second: The other name.
        kind: The known difference, such as ``identical-bytes`` or ``resized``; for hashes
            ``near-hash``, because there are no pixels to compare.
        distance: Distance of the 64-bit hashes, or of the given hashes.
    """

    first: str
    second: str
    kind: str
    distance: int


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Pictures that belong together.

    Attributes:
        members: Their names, sorted.
        keep: The suggested original, by the rule of ``catsclean explain near-duplicate``.  For
            hashes, the first member.
        why: The reason for this choice.
        pairs: The pairs that hold the group together.
    """

    members: tuple[str, ...]
    keep: str
    why: str
    pairs: tuple[DuplicatePair, ...]


class DuplicateGroups(tuple[DuplicateGroup, ...], NotebookView):
    """Groups of duplicates, sorted by their first member; a notebook shows them side by side.

    Attributes:
        reach: Where the pictures lie; None if only hashes were compared.
        paths: Path of each member below that folder, if its name is another one.
    """

    reach: Reach | None
    paths: Mapping[str, str]

    def __new__(
        cls,
        groups: Iterable[DuplicateGroup] = (),
        reach: Reach | None = None,
        paths: Mapping[str, str] | None = None,
    ) -> Self:
        """Take the groups, and where their pictures lie."""
        made = super().__new__(cls, groups)
        made.reach, made.paths = reach, paths or {}
        return made


@with_bar("reading", "pictures")
@checked
def find_duplicates(
    pictures: str | os.PathLike[str] | Iterable[Any] | Mapping[str, Any],
    *,
    radius: int | None = None,
    follow_links: bool | None = None,
    follow_links_to: Folders = None,
    progress: Callable[[int, int], None] | None = None,
) -> DuplicateGroups:
    """Find pictures that are copies of one another.

    >>> find_duplicates({"a": 0b1011, "b": 0b1010, "c": 2**63})[0].members
    ('a', 'b')

    Args:
        pictures: A folder, a container, or paths of pictures: these are read and their pixels
            compared, by the rule of the validator ``near-duplicate``.  Or hashes, as ``int`` of 64
            bits or ``imagehash.ImageHash`` of any size, in an iterable or by name: only the hashes
            are compared.
        radius: For hashes: largest number of bits in which they may differ; None: one eighth of
            them.
        follow_links: If pictures are links: True reads those that lie in the folder, or below the
            folder that all paths have in common; False leaves them out; None refuses if there are
            any.  A link to a picture that is read anyway is skipped.
        follow_links_to: Folders outside it that links may lead into, one or several; implies
            following.
        progress: Called with the number of pictures read and their total.

    Returns:
        The groups, sorted by their first member.  Files that are not pictures, or cannot be read
        or decoded, are skipped: an audit names them.

    Raises:
        DatasetError: The folder is missing or is not a folder, or `follow_links_to` names
            something else than a folder.
        UsageError: A path of several is missing or is a folder; paths and hashes are mixed;
            hashes have several sizes; pictures are links, but `follow_links` is None; or an
            argument is something else.
    """
    folders = allowed_folders(follow_links_to)
    if folders and follow_links is None:
        follow_links = True
    if isinstance(pictures, str | os.PathLike):
        root = Path(pictures)
        if not root.is_dir() and not (root.is_file() and is_container_name(root.name)):
            msg = f"not a folder. Received: {str(root)!r}. Give a folder or an iterable of paths."
            raise DatasetError(msg)
        return _of_folder(
            Reach(root.resolve(), bool(follow_links), folders), progress, follow_links=follow_links
        )
    if isinstance(pictures, Mapping):
        names, values = [str(name) for name in pictures], list(pictures.values())
    elif not hasattr(pictures, "__iter__"):
        raise UsageError(f"pictures must be a folder, paths or hashes. Received: {pictures!r}.")
    else:
        values = list(pictures)
        names = [str(at) for at in range(len(values))]
    if not values:
        return DuplicateGroups()
    if all(isinstance(value, str | os.PathLike) for value in values):
        if radius is not None:
            msg = "radius applies to hashes only; pictures are compared by their pixels"
            raise UsageError(msg)
        paths = [Path(value) for value in values]
        return _of_paths(paths, folders, progress, follow_links=follow_links)
    return _of_hashes(names, _words(values), radius)


def _of_folder(
    reach: Reach, progress: Callable[[int, int], None] | None, *, follow_links: bool | None
) -> DuplicateGroups:
    found = Listing() if reach.root.is_file() else discover(reach)
    listing = list_members(reach, found)
    links = [
        listing.paths[row]
        for row, (outcome, _) in listing.presets.items()
        if outcome is Outcome.LINK_NOT_READ
    ]
    _check_links(
        [*links, *(folder for folder, _ in listing.linked_folders)], follow_links=follow_links
    )
    paths = [path for row, path in enumerate(listing.paths) if row not in listing.presets]
    return DuplicateGroups(_of_files(_read(reach, paths, progress)), reach)


def _check_links(links: Sequence[str], *, follow_links: bool | None) -> None:
    """Refuse to leave out links silently: nobody would notice that pictures were not compared."""
    if links and follow_links is None:
        said = count(len(links), "link was", "links were")
        shown = ", ".join(sorted(links)[:_SHOWN]) + (", …" if len(links) > _SHOWN else "")
        raise UsageError(
            f"{said} not read. Received: {shown}. Use follow_links=True for links within the same"
            " folder, follow_links_to=FOLDER for links into that folder, follow_links=False to"
            " skip them."
        )


def _of_paths(
    paths: Sequence[Path],
    folders: tuple[Path, ...],
    progress: Callable[[int, int], None] | None,
    *,
    follow_links: bool | None,
) -> DuplicateGroups:
    for path in paths:
        if path.is_dir() or not os.path.lexists(path):
            what = "a folder among files" if path.is_dir() else "no such file"
            raise UsageError(
                f"{what}. Received: {names.encode(str(path))!r}. Name files, or a folder."
            )
    # the folders are resolved, but the files themselves may be links
    places = {path: path.absolute().parent.resolve() / path.name for path in paths}
    regular = {place for place in places.values() if not place.is_symlink()}
    # a link to a picture that is also given is that picture
    places = {
        path: place
        for path, place in places.items()
        if place in regular or Path(os.path.realpath(place)) not in regular
    }
    links = [names.encode(str(p)) for p, at in places.items() if at not in regular and at.is_file()]
    _check_links([path for path in links if may_be_picture(path)], follow_links=follow_links)
    root = Path(os.path.commonpath([place.parent for place in places.values()]))
    given = {names.encode(at.relative_to(root).as_posix()): str(p) for p, at in places.items()}
    reach = Reach(root, bool(follow_links), folders)
    groups = _of_files(_read(reach, sorted(given), progress))
    renamed = (
        DuplicateGroup(
            tuple(given[member] for member in group.members),
            given[group.keep],
            group.why,
            tuple(
                DuplicatePair(given[p.first], given[p.second], p.kind, p.distance)
                for p in group.pairs
            ),
        )
        for group in groups
    )
    return DuplicateGroups(renamed, reach, {name: path for path, name in given.items()})


def _read(
    root: Reach, paths: Sequence[str], progress: Callable[[int, int], None] | None
) -> Evidence:
    """Read pictures as an audit does, one after the other, and relate them."""
    import pandas as pd

    limits = Limits()
    rows: list[dict[str, Any]] = []
    for start in range(0, len(paths), _PICTURES_PER_BATCH):
        batch = MeasureBatch()
        for number, path in enumerate(paths[start : start + _PICTURES_PER_BATCH], start):
            if progress is not None:
                progress(number, len(paths))
            try:
                data, _ = read_file.read_file(root, path, limits.max_bytes)
                image = decoding.open_image(path, data, limits)
                decoding.decode(image)
            except (OSError, ValueError, ReadingEndedError):
                continue
            batch.add(len(rows), image)
            rows.append(
                {
                    **READING,
                    **facts.of_image(image),
                    "path": path,
                    "label": "",
                    "split": "",
                    "outcome": Outcome.DECODED.value,
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "size_bytes": len(data),
                }
            )
        for name, values in batch.columns().items():
            for row, value in zip(batch.rows, values, strict=True):
                rows[row][name] = value
    if progress is not None:
        progress(len(paths), len(paths))
    columns = [*READING, "path", "label", "split", "size_bytes"]
    samples = pd.DataFrame(rows, columns=columns)
    evidence = Evidence(samples, Dataset(root.root, "flat"), pair_table())

    def load(path: str, max_side: int | None) -> Image.Image:
        return load_rgb(root, path, max_side=max_side)

    def read(path: str) -> bytes:
        return read_file.read_file(root, path, limits.max_bytes)[0]

    return relate(evidence, here(Viewer(load, read)))


def _of_files(evidence: Evidence) -> tuple[DuplicateGroup, ...]:
    relations = Relations(evidence)
    group_of = {member.path: member.group for member in relations.members}
    held: dict[str, list[DuplicatePair]] = {}
    pairs = evidence.pairs[evidence.pairs["kind"] != OTHER_COLOUR]
    for path, other, kind, distance in zip(
        pairs["path"], pairs["other"], pairs["kind"], pairs["distance64"], strict=True
    ):
        pair = DuplicatePair(path, other, kind, int(distance))
        held.setdefault(group_of[path], []).append(pair)
    groups = []
    for members in relations.groups():
        kept, why = keep_first(members)
        paths = tuple(member.path for member in members)
        groups.append(DuplicateGroup(paths, kept.path, why, tuple(held[kept.group])))
    return tuple(sorted(groups, key=lambda group: group.members))


def _of_hashes(names: list[str], words: NDArray[np.uint64], radius: int | None) -> DuplicateGroups:
    limit = _RADIUS_OF_64 * words.shape[1] if radius is None else radius
    found = pairs_within(words, limit)
    component = components(len(names), found.first, found.second)
    members: dict[int, list[str]] = {}
    held: dict[int, list[DuplicatePair]] = {}
    for name, at in zip(names, component.tolist(), strict=True):
        members.setdefault(at, []).append(name)
    for a, b, distance in zip(
        found.first.tolist(), found.second.tolist(), found.distance.tolist(), strict=True
    ):
        pair = DuplicatePair(names[a], names[b], "near-hash", distance)
        held.setdefault(int(component[a]), []).append(pair)
    return DuplicateGroups(
        DuplicateGroup(tuple(members[at]), members[at][0], "first name", tuple(pairs))
        for at, pairs in sorted(held.items())
    )


def _words(values: list[Any]) -> NDArray[np.uint64]:
    """Convert integers or ImageHashes to (N, W) uint64, padded with zero bits to whole words."""
    bits = [np.asarray(getattr(value, "hash", value)) for value in values]
    if all(isinstance(value, int | np.integer) for value in values):
        if any(not 0 <= int(value) < 1 << 64 for value in values):
            msg = "a hash given as int must have 64 bits: 0 to 2**64 - 1"
            raise UsageError(msg)
        return np.array([int(value) for value in values], dtype=np.uint64)[:, None]
    if any(array.dtype != np.bool_ for array in bits) or len({a.size for a in bits}) != 1:
        shown = ", ".join(sorted({type(value).__name__ for value in values}))
        msg = (
            "find_duplicates takes a folder, paths, integers of 64 bits, or ImageHashes of one"
            f" size. Received: {shown}"
        )
        raise UsageError(msg)
    size = bits[0].size
    padded = np.zeros((len(bits), -(-size // 64) * 64), dtype=np.bool_)
    padded[:, :size] = [array.ravel() for array in bits]
    packed = np.packbits(padded, axis=1).tobytes()
    return np.frombuffer(packed, dtype=">u8").astype(np.uint64).reshape(len(bits), -1)
