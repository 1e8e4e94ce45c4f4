"""The files of a data set with their digests, in folders and in containers."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Final

from catsclean.core import names
from catsclean.core.container_names import is_container_name
from catsclean.core.links import Reach
from catsclean.core.reading_errors import reason_of
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state import MANIFEST_NAMES
from catsclean.errors import UsageError
from catsclean.images.read_file import FolderReader
from catsclean.scan import junk
from catsclean.scan.container_listing import list_members
from catsclean.scan.discover import OUTSIDE, Listing, discover
from catsclean.scan.name_labels import is_picture_name
from catsclean.scan.sidecar_files import check_endings, find_sidecars

_THREADS: Final = 8
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
                listing = list_members(reach, listing, containers, beside=True)
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
        stems = {PurePosixPath(path).with_suffix("") for path in known}
        return {
            path
            for path in self._rows
            if not is_picture_name(path) and PurePosixPath(path).with_suffix("") in stems
        }


def _containers_of(wanted: Iterable[str], listed: Iterable[str]) -> set[str]:
    """Return the listed files that wanted paths lie in."""
    above = {path.rpartition("/")[0] for path in wanted}
    places = {str(place) for folder in above for place in (folder, *PurePosixPath(folder).parents)}
    return {path for path in places if is_container_name(path)} & set(listed)


def _may_be_passed_over(path: str) -> bool:
    *folders, name = path.split("/")
    return name in _OWN_FILES or junk.is_junk_file(name) or any(map(junk.is_junk_folder, folders))
