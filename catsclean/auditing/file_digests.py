"""The files of a data set with their digests, in folders and in containers."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Final

from catsclean.auditing.label_members import LabelMember
from catsclean.core import names
from catsclean.core.container_names import is_container_name
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.core.reading_errors import reason_of
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state_names import MANIFEST_NAMES
from catsclean.errors import UsageError
from catsclean.images.formats.sniff import ending_of, is_other, sniff
from catsclean.images.read_file import FolderReader
from catsclean.scan import junk
from catsclean.scan.container_listing import list_members
from catsclean.scan.discover import OUTSIDE, Listing, discover
from catsclean.scan.name_labels import is_picture_name
from catsclean.scan.sidecar_files import check_endings, find_sidecars
from catsclean.scan.webdataset_labels import LABEL_ENDINGS, MOST_BYTES, key_of, label_in

_THREADS: Final = 8
_READ_BYTES: Final = Limits().max_bytes
# what a split writes beside its pictures
_OWN_FILES: Final = frozenset({*MANIFEST_NAMES, "split.json", "croissant.json", "metadata.csv"})


class FilesToCompare:
    """The files of a data set: of a folder, of the containers in it, or of one container.

    Attributes:
        root: The data set.
        unreadable: What could not be listed, with the reason; paths are escaped.
    """

    def __init__(self, root: Path, wanted: Iterable[str]) -> None:
        """List the files; none is opened yet, containers are.

        Args:
            root: The data set.
            wanted: The escaped paths that somebody wants to compare: they say which archives are
                containers of pictures, and which are only files.

        Raises:
            UsageError: It cannot be opened.
        """
        self.root = root
        reach = Reach.of(root)
        try:
            listing = Listing() if root.is_file() else discover(reach)
            containers = [] if root.is_file() else sorted(_containers_of(wanted, listing.paths))
            if root.is_file() or containers:
                listing = list_members(reach, listing, containers, beside=True, whole=True)
        except OSError as error:
            raise UsageError(
                f"cannot read {names.text(str(root))!r}: {error.strerror or error}."
            ) from error
        self._listing = listing
        self._rows = {path: row for row, path in enumerate(listing.paths)}
        self.unreadable = tuple(listing.unreadable_folders)

    def __contains__(self, path: str) -> bool:
        return path in self._rows

    def label_of(self, path: str) -> str | None:
        """Return the label that its container records for a file; None if it records none."""
        labels = self._listing.labels
        return None if labels is None else labels[self._rows[path]] or None

    def label_members(self, paths: Iterable[str]) -> dict[str, list[LabelMember]]:
        """Return the label files beside pictures in containers; a picture may have none.

        Args:
            paths: Escaped paths of listed pictures; those outside of containers are passed over.
        """
        found: dict[str, list[LabelMember]] = {}
        samples: dict[str, list[str]] = {}
        for path in paths:
            if self._place_of(path) != OUTSIDE:
                found[path] = []
                samples.setdefault(key_of(path)[0], []).append(path)
        with FolderReader(self.root) as reader:
            for path in self._rows if samples else ():
                key, ending = key_of(path)
                if key in samples and ending.lower() in LABEL_ENDINGS:
                    label = self._read_label(reader, path, ending.lower())
                    for picture in samples[key]:
                        found[picture].append(LabelMember(ending.lower(), label))
        return found

    def _place_of(self, path: str) -> int:
        places = self._listing.places
        return places[self._rows[path]] if places else OUTSIDE

    def _read_label(self, reader: FolderReader, path: str, ending: str) -> str:
        row = self._rows[path]
        if row in self._listing.presets:
            return ""  # a link or another special file, which is named as unknown
        where = self._listing.places[row], self._listing.sizes_bytes[row]
        try:
            return label_in(ending, reader.read(path, MOST_BYTES, where).decode("utf-8"))
        except (OSError, ValueError):
            return ""

    def besides(self, known: Collection[str]) -> list[str]:
        """Return the files that nobody expects here, without those that nobody misses.

        Args:
            known: The expected files, escaped.
        """
        beside = self._sidecars_of([path for path in known if path in self._rows])
        return [
            path
            for path in self._rows
            if path not in known and path not in beside and not _may_be_passed_over(path)
        ]

    def ignored(self, paths: Iterable[str]) -> list[str]:
        """Return the files that an audit would ignore: pictures neither by name nor by content.

        A file in a container is none of them, because it may be a label; an archive may hold
        pictures; and a file that cannot be read may be one.

        Args:
            paths: Escaped paths of listed files.
        """
        found = []
        with FolderReader(self.root) as reader:
            for path in paths:
                ending = ending_of(path)
                if (
                    self._place_of(path) == OUTSIDE
                    and self._rows[path] not in self._listing.presets
                    and not is_container_name(path)
                ):
                    with contextlib.suppress(OSError, ValueError):
                        if is_other(ending, sniff(reader.read(path, _READ_BYTES))):
                            found.append(path)
        return found

    def digests(
        self, paths: list[str], progress: Callable[[int, int], None] | None
    ) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield each path with its SHA-256, or with why it could not be read.

        Args:
            paths: Escaped paths of listed files.
            progress: Called with the number of files read and their total.
        """
        read = self._read_packed if self._listing.places else self._read_files
        for number, found in enumerate(read(paths), 1):
            yield found
            if progress is not None:
                progress(number, len(paths))

    def _read_files(self, paths: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        with Folder(self.root) as data, ThreadPoolExecutor(_THREADS, "catsclean verify") as pool:

            def read(path: str) -> tuple[str, str]:
                try:
                    return data.digest(names.decode(path))[0], ""
                except (NotAsRecordedError, OSError) as error:
                    return "", getattr(error, "strerror", None) or str(error)

            yield from zip(paths, pool.map(read, paths), strict=True)

    def _read_packed(self, paths: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """Read in order, because the members of a container lie one behind the other."""
        listing = self._listing
        with FolderReader(self.root) as reader:
            for path in paths:
                row = self._rows[path]
                place = listing.places[row]
                where = None if place == OUTSIDE else (place, listing.sizes_bytes[row])
                try:
                    data = reader.read(path, sys.maxsize, where)
                except (OSError, ValueError) as error:
                    yield path, ("", names.text(reason_of(error)))
                else:
                    yield path, (hashlib.sha256(data).hexdigest(), "")

    def _sidecars_of(self, known: list[str]) -> Collection[str]:
        if not self._listing.places:
            with Folder(self.root) as data:
                native = [names.decode(path) for path in known]
                found = find_sidecars(data, native, check_endings(None))
            return {names.encode(one.path) for one in found}
        return self._beside_in_containers(known)

    def _beside_in_containers(self, known: list[str]) -> Collection[str]:
        """Return labels and annotations: a file that is the only one of its kind belongs to nobody.

        Data sets have annotations with extensions of their own, such as ``.npy``.
        """
        keys = {key_of(path)[0] for path in known}
        endings: dict[str, str] = {}
        for path, row in self._rows.items():
            key, ending = key_of(path)
            if key in keys and row not in self._listing.presets and not is_picture_name(path):
                endings[path] = ending.lower()
        usual = check_endings(None) | set(LABEL_ENDINGS)
        kinds = Counter(endings.values())
        return {
            path
            for path, ending in endings.items()
            if ending_of(ending) in usual or kinds[ending] > 1
        }


def _containers_of(wanted: Iterable[str], listed: Iterable[str]) -> set[str]:
    """Return the listed files that wanted paths lie in."""
    above = {path.rpartition("/")[0] for path in wanted}
    places = {str(place) for folder in above for place in (folder, *PurePosixPath(folder).parents)}
    return {path for path in places if is_container_name(path)} & set(listed)


def _may_be_passed_over(path: str) -> bool:
    *folders, name = path.split("/")
    return name in _OWN_FILES or junk.is_junk_file(name) or any(map(junk.is_junk_folder, folders))
