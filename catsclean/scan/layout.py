"""Recognise how a data set names its classes: by folders, folders inside splits, or not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catsclean.core import names
from catsclean.core.split_names import LAYOUTS, LayoutName
from catsclean.errors import ConfigError
from catsclean.images.formats import sniff
from catsclean.scan import junk
from catsclean.scan.discover import Listing

_SPLIT_NAME: Final = re.compile(
    r"((train|training|val|valid|validation|dev|test|testing|eval|evaluation|holdout)"
    r"([-_ ]?(set|data|images?|split))?[-_ ]?\d*|fold[-_ ]?\d+)$",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(r"[\d ._-]+")
# Split folders of one data set name mostly the same classes.  So do classes that are divided into
# the same scenes or persons.
_SHARED_CLASSES: Final = 0.5


@dataclass(frozen=True, slots=True)
class Layout:
    """How the paths of a listing determine labels and splits.

    Attributes:
        kind: ``classes``, ``splits`` or ``flat``.
        forced: The caller chose it, so it was not recognised.
    """

    kind: str
    forced: bool = False

    def place(self, folder: str) -> tuple[str, str]:
        """Return label and split of the files in a folder (escaped path); empty if none."""
        if not folder or self.kind == "flat":
            return "", ""
        parts = folder.split("/")
        if self.kind == "classes":
            return ("", "") if _is_junk(parts[0]) else (parts[0], "")
        if _is_junk(parts[0]):
            return "", ""
        if len(parts) == 1 or _is_junk(parts[1]):
            return "", parts[0]
        return parts[1], parts[0]

    def has_classes(self, listing: Listing) -> bool:
        """Tell whether folders surely name classes: two or more that are not named like splits."""
        labels = {self.place(folder)[0] for folder in _folders_with_pictures(listing)} - {""}
        if self.kind == "splits":
            return bool(labels)
        return len(labels) > 1 and not named_like_splits(sorted(labels))

    def class_folders(self, folders: list[str]) -> dict[str, str]:
        """Return the class folders among all folders: path → label."""
        depth = {"classes": 1, "splits": 2}.get(self.kind, 0)
        found: dict[str, str] = {}
        for folder in folders:
            if folder.count("/") + 1 == depth and (label := self.place(folder)[0]):
                found[folder] = label
        return found


def check_layout(layout: str) -> LayoutName:
    """Return the name of a layout, or of ``auto``, before any work begins.

    Raises:
        ConfigError: `layout` is not the name of a layout.
    """
    for name in LAYOUTS:
        if name == layout:
            return name
    raise ConfigError(f"a layout must be one of {', '.join(LAYOUTS)}. Received: {layout!r}")


def recognise(listing: Listing, layout: str = "auto") -> Layout:
    """Recognise the layout of a listing, or use the one that the caller chose.

    Raises:
        ConfigError: `layout` is not the name of a layout.
    """
    if check_layout(layout) != "auto":
        return Layout(layout, forced=True)
    folders = _folders_with_pictures(listing)
    tops: dict[str, set[str]] = {}
    direct: set[str] = set()
    for folder in folders:
        if not folder:
            continue
        first, _, rest = folder.partition("/")
        if _is_junk(first):
            continue
        seconds = tops.setdefault(first, set())
        if rest:
            seconds.add(rest.partition("/")[0])
        else:
            direct.add(first)
    if not tops:
        # empty folders beside pictures in the root do not make classes
        return Layout("flat" if folders or not listing.folders else "classes")
    inner = {name: seconds for name, seconds in tops.items() if seconds}
    if not direct:
        # one folder named like a split suggests splits; folders that only hold folders of the same
        # names may just as well be classes
        some = any(map(_SPLIT_NAME.match, inner))
        splits = bool(inner) and (_all_named_like_splits(inner) or (some and _share_names(inner)))
    elif all(map(_SPLIT_NAME.match, tops)):
        # A stray picture in a folder called train does not make it a class, and a test split
        # without labels holds its pictures directly.
        splits = inner.keys() == tops.keys() or any(len(own) > 1 for own in inner.values())
    else:
        splits = False
    return Layout("splits" if splits else "classes")


def recognise_splits(listing: Listing, layout: str = "auto") -> Layout:
    """Recognise whether the folders at the top are splits, for labels that no folder gives.

    Args:
        listing: All files.
        layout: ``auto``; or ``splits``, ``flat`` or ``classes``, which the caller chose: then there
            are splits, or none.

    Returns:
        The layout ``splits`` or ``flat``.

    Raises:
        ConfigError: `layout` is not the name of a layout.
    """
    if check_layout(layout) != "auto":
        return Layout("splits" if layout == "splits" else "flat", forced=True)
    tops = {folder.partition("/")[0] for folder in _folders_with_pictures(listing)}
    tops = {top for top in tops if not _is_junk(top)}
    return Layout("splits" if tops and _all_named_like_splits(tops) else "flat")


def find_sets(folders: Iterable[str]) -> list[str]:
    """Find class folders that look like data sets of their own: folders of classes, or of splits.

    Each holds pictures in two or more folders and none directly; folders named by numbers (years,
    dates, batches) are not classes.  If some class folders look like this, but no more than half
    of them, the result is empty.  If there is only one class folder, the data set may lie deeper.

    Args:
        folders: Folders of the pictures if class folders are recognised; escaped.

    Returns:
        Paths of the data sets, sorted.
    """
    inner: dict[str, set[str]] = {}
    for folder in set(folders):
        first, _, rest = folder.partition("/")
        if first and not _is_junk(first):
            inner.setdefault(first, set()).add(rest)
    if len(inner) == 1:
        [(name, below)] = inner.items()
        return _unwrapped(name, below)
    found = [name for name, below in inner.items() if _hold_classes(below)]
    return sorted(found) if len(found) * 2 > len(inner) else []


def find_sets_in_splits(folders: Iterable[str]) -> list[str]:
    """Find class folders in splits that look like data sets of their own, as :func:`find_sets`.

    The splits are judged together: a class is one folder, although each split has a part of it.

    Args:
        folders: Folders of the pictures if class folders in splits are recognised; escaped.

    Returns:
        Their paths in each split, sorted.
    """
    parts = [folder.partition("/") for folder in set(folders)]
    found = find_sets(inside for _, _, inside in parts)
    deep = {one.count("/") + 1 for one in found}
    wanted = set(found)
    places = {
        f"{split}/{'/'.join(inside.split('/')[:depth])}"
        for split, _, inside in parts
        for depth in deep
    }
    return sorted(place for place in places if place.partition("/")[2] in wanted)


def find_nested(inner: Mapping[str, set[str]]) -> list[str]:
    """Find the few classes that hold folders like classes, while others hold their pictures.

    Args:
        inner: The folders directly in each class that hold pictures, or have folders that do;
            empty for the class itself.

    Returns:
        The classes, sorted; none if there are more of them than of those that hold pictures
        directly, because :func:`find_sets` is for them.
    """
    nested = sorted(name for name, below in inner.items() if _hold_classes(below))
    direct = sum("" in below for below in inner.values())
    return nested if len(nested) <= direct else []


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two ways to read the folders of a data set.

    Attributes:
        outer: The folders at the top, sorted: classes or splits.
        inner: The folders in each of them, sorted: parts of a class, or the classes.
    """

    outer: tuple[str, ...]
    inner: tuple[str, ...]


def find_doubt(folders: Iterable[str]) -> Doubt | None:
    """Find out whether the folders at the top may be classes as well as splits.

    They may be if they hold the same folders and no pictures directly, as in ``Cat/indoor`` and
    ``Dog/indoor``, and if not all of them are named like a split.

    Args:
        folders: Folders of the pictures; escaped.

    Returns:
        Both levels; None if there is no doubt.
    """
    inner: dict[str, set[str]] = {}
    for folder in folders:
        first, _, rest = folder.partition("/")
        if first and not _is_junk(first):
            inner.setdefault(first, set()).add(rest.partition("/")[0])
    if any("" in below for below in inner.values()) or _all_named_like_splits(inner):
        return None
    if not _share_names(inner):
        return None
    return Doubt(tuple(sorted(inner)), tuple(sorted(set().union(*inner.values()))))


def named_like_splits(labels: Sequence[str]) -> bool:
    """Return whether classes are named like the splits of a data set: ``test``, ``train``."""
    return len(labels) > 1 and all(map(_SPLIT_NAME.match, labels))


def named_like_split(name: str) -> bool:
    """Return whether a name is that of a split: ``train``, ``test_set``, ``fold_3``."""
    return _SPLIT_NAME.match(name) is not None


def _unwrapped(name: str, below: set[str]) -> list[str]:
    """Return the path of the data set in the only class folder of a set, if it looks like one."""
    while len(firsts := {folder.partition("/")[0] for folder in below}) == 1 and "" not in below:
        [first] = firsts
        if _SPLIT_NAME.match(first):  # a data set with a single split
            inside = {folder.partition("/")[2] for folder in below}
            return [name] if _hold_classes(inside) else []
        name, below = f"{name}/{first}", {folder.partition("/")[2] for folder in below}
    return [name] if _hold_classes(below) else []


def _hold_classes(below: set[str]) -> bool:
    """Return whether folders of pictures, relative to one above, look like classes or splits."""
    firsts = {folder.partition("/")[0] for folder in below}
    return "" not in firsts and sum(not _NUMBERED.fullmatch(first) for first in firsts) > 1


def _all_named_like_splits(tops: Iterable[str]) -> bool:
    return all(map(_SPLIT_NAME.match, tops))


def _share_names(tops: dict[str, set[str]]) -> bool:
    """Return whether two or more folders hold mostly folders with the same names."""
    if len(tops) < 2:
        return False
    every = set().union(*tops.values())
    return (
        len(every) > 1
        and all(len(own) >= _SHARED_CLASSES * len(every) for own in tops.values())
        and bool(set.intersection(*tops.values()))
    )


def _folders_with_pictures(listing: Listing) -> set[str]:
    found: set[str] = set()
    for path, folder in zip(listing.paths, listing.folders_of, strict=True):
        if folder in found:
            continue
        name = path.rpartition("/")[2]
        ending = name.rpartition(".")[2].lower()
        if f".{ending}" in sniff.EXTENSIONS and not junk.is_junk_file(name):
            found.add(folder)
    return found


def _is_junk(part: str) -> bool:
    return junk.is_junk_folder(names.decode(part))
