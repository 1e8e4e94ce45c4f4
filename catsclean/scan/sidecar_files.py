"""Files that belong to a picture by their name: ``005.txt`` or ``005.jpg.json`` beside ``005.jpg``.

Captions, boxes and other annotations lie beside their picture in many data sets.  Every command
that moves or copies a picture takes them along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from catsclean.core import names
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.text import count
from catsclean.errors import UsageError
from catsclean.images.formats.sniff import EXTENSIONS

# captions of trainers (.caption, .tags, .txt), boxes (.txt of YOLO, .xml of Pascal VOC, .json of
# labelme), metadata of photo programs (.xmp, .json)
ENDINGS: Final = (
    ".caption", ".csv", ".json", ".tags", ".txt", ".xml", ".xmp", ".yaml", ".yml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A file that belongs to a picture.

    Attributes:
        path: Native path below the data set.
        picture: Native path of the picture.
        ending: The part after the picture's stem or whole name: ``.txt``, ``.jpg.json``.
        others: Further pictures that it could belong to; if there are any, its owner is unclear.
    """

    path: str
    picture: str
    ending: str
    others: tuple[str, ...] = ()


def check_endings(endings: Iterable[str] | None) -> frozenset[str]:
    """Check the extensions of sidecar files; None: the usual ones.

    Raises:
        UsageError: One does not start with a dot, or is the extension of a picture.
    """
    if endings is None:
        return frozenset(ENDINGS)
    found = {endings} if isinstance(endings, str) else set(endings)
    for ending in found:
        if not isinstance(ending, str) or not ending.startswith(".") or "/" in ending:
            raise UsageError(
                f"a sidecar extension must start with a dot, as in '.txt'. Received: {ending!a:.80}"
            )
        if ending.lower() in EXTENSIONS:
            raise UsageError(
                f"{ending!a:.80} is the extension of a picture, not of a sidecar file."
            )
    return frozenset(ending.lower() for ending in found)


def find_sidecars(data: Folder, pictures: Iterable[str], endings: frozenset[str]) -> list[Sidecar]:
    """Find the sidecar files of some pictures: same folder, same stem.

    Args:
        data: The data set.
        pictures: Their native paths.
        endings: Extensions as :func:`check_endings` returns them.

    Returns:
        Each file once, sorted by path; regular files only.
    """

    def files_in(folder: str) -> list[str]:
        try:
            return data.files(folder)
        except (OSError, NotAsRecordedError):
            return []  # the pictures are gone as well; the code that opens them reports it

    return match_sidecars(files_in, pictures, endings)


def match_sidecars(
    files_in: Callable[[str], list[str]], pictures: Iterable[str], endings: frozenset[str]
) -> list[Sidecar]:
    """Find the sidecar files of some pictures as :func:`find_sidecars` does.

    Args:
        files_in: Returns the names of the files in a folder, all native.
        pictures: Native paths of the pictures.
        endings: Extensions as :func:`check_endings` returns them.
    """
    asked: dict[str, list[str]] = {}
    for picture in sorted(pictures) if endings else ():
        folder, _, name = picture.rpartition("/")
        asked.setdefault(folder, []).append(name)
    found = []
    for folder, own in asked.items():
        found += _match(f"{folder}/" if folder else "", own, files_in(folder), endings)
    return sorted(found, key=lambda one: one.path)


def _match(above: str, own: list[str], listed: list[str], endings: frozenset[str]) -> list[Sidecar]:
    # a sidecar belongs to the picture with its stem, or to one whose whole name is its stem
    owners: dict[str, list[str]] = {}
    for name in sorted({*own, *(n for n in listed if _ending(n).lower() in EXTENSIONS)}):
        for key in {name, name.removesuffix(_ending(name))}:
            owners.setdefault(key, []).append(name)
    wanted = set(own)
    found = []
    for name in listed:
        ending = _ending(name)
        of = owners.get(name.removesuffix(ending), []) if ending.lower() in endings else []
        if name in wanted or not wanted.intersection(of):
            continue
        first, *others = sorted(of, key=lambda one: (one not in wanted, one))
        found.append(
            Sidecar(
                above + name,
                above + first,
                name.removeprefix(first.removesuffix(_ending(first))),
                tuple(above + one for one in others),
            )
        )
    return found


def _ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return dot + ending if stem else ""


def describe_left_out(paths: Iterable[str], why: str) -> str:
    """Say why some sidecar files are left out, with one example; empty if there are none."""
    listed = sorted(paths)
    if not listed:
        return ""
    number = count(len(listed), "sidecar file is", "sidecar files are")
    return f"{number} left out, such as {names.encode(listed[0])!r}: {why}"
