"""Choose the place of each picture in a split: ``train/Cat/...``, unique on every file system."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from catsclean.core import names
from catsclean.core.manifest import Manifest
from catsclean.core.model import Status
from catsclean.core.portable_names import DEVICES, same_name
from catsclean.errors import SplitError
from catsclean.images.formats.sniff import KERAS_EXTENSIONS, ending_of

if TYPE_CHECKING:
    import pandas as pd

_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*]')
# names that need no further check: nearly all
_PLAIN: Final = re.compile(r"\w[\w .()-]{0,198}\w|\w", re.ASCII)
_MAX_BYTES: Final = 240  # 255 minus room for a mark
_SUFFIX_OF: Final = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "BMP": ".bmp"}


@dataclass(frozen=True, slots=True)
class Item:
    """One picture: native paths, and the bytes that it must have."""

    source: str
    place: str
    shown: str
    sha256: str
    size_bytes: int | None
    mtime_ns: int | None


def digests_of(items: Iterable[Item]) -> dict[str, str]:
    """Return the digest by native path of the files that some items are made of."""
    return {item.source: item.sha256 for item in items}


def find_places(table: pd.DataFrame) -> list[str]:
    """Return the native path of each sample below the split's folder.

    A picture keeps its name and its folders below the class folder.  A name that some file system
    refuses or confuses with another (reserved on Windows, differing only in case, not text), or
    that some loader treats as hidden, gets a replacement with eight digits of its sha256.  If
    Keras skips an extension, the right one is added.

    Args:
        table: Rows with a split.
    """
    taken: set[str] = set()
    folders: dict[tuple[str, str], str] = {}
    columns = table[["path", "label", "split", "sha256", "format"]].astype(object)
    rows = columns.where(columns.notna(), None)
    places: dict[str, str] = {}
    # sort by path, so that the order of the rows does not decide which of two gets the mark
    for path, label, split, sha256, kind in sorted(
        rows.itertuples(index=False, name=None), key=lambda row: row[0]
    ):
        parts = names.unescape(path).split("/")
        below = below_label(parts, label)
        if label is not None:
            key = (split, label)
            if key not in folders:
                folder = _portable_folder(names.unescape(label), label)
                used = {same_name(f) for (s, _), f in folders.items() if s == split}
                folders[key] = folder if same_name(folder) not in used else _marked(folder, label)
            above = [split, folders[key]]
        else:
            above = [split]
        mark = sha256 or hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()
        middle = [_portable_folder(part, part) for part in below[:-1]]
        name = _portable(below[-1], _missing_suffix(below[-1], kind), mark)
        place = "/".join([*above, *middle, name])
        if same_name(place) in taken or same_name(name) == "metadata.csv":
            place = "/".join([*above, *middle, _marked(name, mark, exact=True)])
        number = 2
        while same_name(place) in taken:
            place = "/".join([*above, *middle, _marked(name, f"{mark[:8]}-{number}", exact=True)])
            number += 1
        taken.add(same_name(place))
        places[path] = names.native(place)
    return [places[path] for path in table["path"]]


def rows_to_write(manifest: Manifest) -> pd.DataFrame:
    """Return the samples that have a split and are kept, sorted by path.

    Raises:
        SplitError: There are none.
    """
    table = manifest.table
    used = table["split"].notna() & (table["status"] != Status.DROP.value)
    rows = table[used].sort_values("path", ignore_index=True)
    if rows.empty:
        raise SplitError("nothing to write: no sample of the manifest has a split.")
    return rows


def items_at(rows: pd.DataFrame, places: Iterable[str]) -> list[Item]:
    """Return the pictures of some rows, each with its place (native path)."""
    columns = rows[["path", "sha256", "size_bytes", "mtime_ns"]].astype(object)
    values = columns.where(columns.notna(), None).itertuples(index=False, name=None)
    return [
        Item(names.decode(path), place, path, sha256, size, mtime)
        for place, (path, sha256, size, mtime) in zip(places, values, strict=True)
    ]


def find_skipped_by_keras(table: pd.DataFrame) -> dict[str, int]:
    """Count the pictures that Keras will skip, by their extensions.

    Args:
        table: Rows with a split.
    """
    counts: Counter[str] = Counter()
    for path, kind in zip(table["path"], table["format"].astype(object), strict=True):
        name = path.rpartition("/")[2]
        suffix = ending_of(name)
        if suffix not in KERAS_EXTENSIONS and not _missing_suffix(name, kind):
            counts[suffix or "no ending"] += 1
    return dict(sorted(counts.items()))


def below_label(parts: list[str], label: str | None) -> list[str]:
    """Return the parts of a path below its class folder."""
    if label is not None:
        folder = names.unescape(label)
        if folder in parts[:-1]:
            return parts[parts.index(folder) + 1 :]
    return parts[-1:]


def _missing_suffix(name: str, kind: Any) -> str:
    return "" if ending_of(name) in KERAS_EXTENSIONS else _SUFFIX_OF.get(str(kind), "")


def _portable_folder(part: str, mark: str) -> str:
    """Change the name of a folder so that every file system and every loader accepts it."""
    if part.startswith("__"):
        # Hugging Face's loaders silently skip such folders
        return _marked(_portable(part.lstrip("_"), "", mark), mark)
    return _portable(part, "", mark)


def _portable(part: str, suffix: str, mark: str) -> str:
    """Change one part of a path so that every file system accepts it; a changed one gets a mark."""
    if _PLAIN.fullmatch(part) and not DEVICES.match(part):
        return part + suffix
    clean = "".join(c if c.isprintable() else "_" for c in part)
    clean = unicodedata.normalize("NFC", _FORBIDDEN.sub("_", clean)).rstrip(". ")
    # a leading blank, a cell that a spreadsheet would run, and a name that Hugging Face's loaders
    # skip as hidden
    clean = re.sub(r"^[\s=+@.-]", "_", clean)
    if not clean or DEVICES.match(clean):
        clean = f"_{clean}"
    while len(clean.encode()) > _MAX_BYTES - len(suffix):
        stem, dot, extension = clean.rpartition(".")
        clean = f"{stem[:-1]}{dot}{extension}" if stem else clean[:-1]
    clean += suffix
    return clean if clean == unicodedata.normalize("NFC", part) + suffix else _marked(clean, mark)


def _marked(name: str, mark: str, *, exact: bool = False) -> str:
    """Insert eight digits before the extension."""
    digits = mark if exact and len(mark) < 12 else _digits(mark)
    stem, dot, extension = name.rpartition(".")
    return f"{stem}-{digits}.{extension}" if dot and stem else f"{name}-{digits}"


def _digits(mark: str) -> str:
    if re.fullmatch(r"[0-9a-f]{64}", mark):
        return mark[:8]
    return hashlib.sha256(mark.encode("utf-8", "surrogateescape")).hexdigest()[:8]
