"""The keys of objects as sample paths, and the keys that are never opened.

A key is any text of up to 1,024 bytes.  Most are paths, such as ``PetImages/Cat/1.jpg``; but
nothing keeps a key from being ``PetImages/../../etc/passwd``, ``PetImages//1.jpg`` or
``PetImages/Cat/`` with a picture in it.  Such a key is a row of the audit like any other, under a
path that is safe, and its object is never opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from catsclean.core import names

# a part of a path is a file name, and no file system allows a longer one
_LONGEST_NAME_BYTES: Final = 255
_STAND_INS: Final = {"": "(nothing)", ".": "(dot)", "..": "(dot dot)"}
_CONTROL: Final = frozenset(map(chr, (*range(0x20), 0x7F)))


def path_of(inside: str) -> str:
    """Return a key, without the prefix of its data set, as a sample path."""
    return names.escape(inside)


def path_of_hostile(inside: str) -> str:
    """Return a path that stands for a key that is not one: ``odd/(dot dot)/x.jpg``.

    Whoever reads a manifest relies on its paths.  This one leads to no object.
    """
    parts = (_STAND_INS.get(part, part) for part in inside.split("/"))
    return names.escape("/".join(parts).replace("\0", "(NUL)"))


def key_of(folder: str, path: str) -> str:
    """Return the key of a sample path.

    Args:
        folder: The prefix of the data set: empty, or with a last slash.
        path: The sample path (escaped).
    """
    return folder + names.unescape(path)


def hostile_reason(inside: str) -> str:
    """Say why an object is never opened: its key ...; empty if its key is a safe path.

    Args:
        inside: Its key, without the prefix of the data set.
    """
    if inside.isprintable() and inside.isascii() and len(inside) <= _LONGEST_NAME_BYTES:
        framed = f"/{inside}/"
        if "//" not in framed and "/./" not in framed and "/../" not in framed:
            return ""
    parts = inside.split("/")
    faults = {
        "ends in a slash": inside.endswith("/"),
        "begins with a slash, as an absolute path does": inside.startswith("/"),
        "has an empty part ('//')": "" in parts,
        "has a part '.' or '..'": not {".", ".."}.isdisjoint(parts),
        "has a control character": not _CONTROL.isdisjoint(inside),
        "is not valid text": any("\ud800" <= c <= "\udfff" for c in inside),
        f"has a part of more than {_LONGEST_NAME_BYTES} bytes": any(
            len(part.encode(errors="replace")) > _LONGEST_NAME_BYTES for part in parts
        ),
    }
    return next((fault for fault, found in faults.items() if found), "")


def conflicting(paths: Iterable[str], folders: Iterable[str]) -> frozenset[str]:
    """Return the paths that are also folders of other paths; a file system cannot hold both."""
    return frozenset(paths) & frozenset(folders)


def identity_of(etag: str) -> int:
    """Return 63 bits of a hash of an ETag, which stand where a file has its inode number."""
    if not etag:
        return 0
    return int.from_bytes(hashlib.sha256(etag.encode()).digest()[:8], "big") >> 1
