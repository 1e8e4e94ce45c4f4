"""Labels and other files that lie beside the pictures of a tar shard, as WebDataset has them.

The files of one sample share the part of their name before its first dot: ``000123.jpg``,
``000123.cls``, ``000123.json``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from catsclean.containers.container import Container, Members
from catsclean.core import names
from catsclean.core.parse_json import parse_json

# where both are, .cls holds the number that WebDataset expects, and .label the name
LABEL_ENDINGS: Final = (".label", ".cls")
_LABEL_KEYS: Final = ("label", "class", "cls", "class_name", "label_name", "category")
# a label is a word or a number; the JSON beside a picture may have a caption and more
MOST_BYTES: Final = 2**16


def find_beside(members: Members, pictures: Collection[int]) -> dict[str, dict[str, int]]:
    """Find the files that belong to pictures.

    Args:
        members: All members of a container.
        pictures: Rows of those that are pictures by their name.

    Returns:
        Key of the sample (:func:`key_of`) → ending → row of the file.
    """
    rows = set(pictures)
    keys = {key_of(members.names[row])[0] for row in rows}
    found: dict[str, dict[str, int]] = {}
    for row, name in enumerate(members.names):
        if row in rows or row in members.presets:
            continue
        key, ending = key_of(name)
        if key in keys and ending:
            found.setdefault(key, {})[ending.lower()] = row
    return found


def key_of(name: str) -> tuple[str, str]:
    """Return what the files of one sample share, and the rest: ``Cat/000123``, ``.cls``.

    A name that begins with its dot shares nothing with another.
    """
    folder, slash, file = name.rpartition("/")
    stem, dot, rest = file.partition(".")
    if not stem:
        return name, ""
    return f"{folder}{slash}{stem}", f"{dot}{rest}"


def read_label(container: Container, members: Members, beside: Mapping[str, int]) -> str:
    """Read the label of a picture from the files beside it; empty if none says one.

    Args:
        container: The container.
        members: Its members.
        beside: Ending → row of the files of this sample.
    """
    for ending in LABEL_ENDINGS:
        if ending in beside:
            return label_in(ending, _read(container, members, beside[ending]))
    if ".json" in beside:
        return _from_json(_read(container, members, beside[".json"]))
    return ""


def label_in(ending: str, text: str) -> str:
    """Return the label, escaped, that a file of one of the label endings holds; empty if none."""
    # a name may begin or end with a blank, as that of a folder may
    return _label_of(text.strip() if ending == ".cls" else text.strip("\r\n"))


def _read(container: Container, members: Members, row: int) -> str:
    try:
        data = container.read(members.places[row], members.sizes_bytes[row], MOST_BYTES)
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _from_json(text: str) -> str:
    try:
        record = parse_json(text)
    except ValueError:
        return ""
    if not isinstance(record, dict):
        return ""
    return next((_label_of(record[key]) for key in _LABEL_KEYS if key in record), "")


def _label_of(value: Any) -> str:
    """Return a label, escaped; empty if the value is not one word, text or number on one line."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value)
    return "" if "\n" in text or "\r" in text else names.escape(text)
