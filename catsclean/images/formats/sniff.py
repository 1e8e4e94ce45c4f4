"""Tell what a file is by its first bytes, never by its name, and find the formats."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Final

from catsclean.images.formats.picture_format import PictureFormat


def _find_formats() -> dict[str, PictureFormat]:
    """Collect the formats that the files of this folder define."""
    package, _, own_name = __name__.rpartition(".")
    found: dict[str, PictureFormat] = {}
    for info in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if info.name != own_name:
            one = getattr(import_module(f"{package}.{info.name}"), "FORMAT", None)
            if isinstance(one, PictureFormat):
                found[one.name] = one
    return found


# Everything that Pillow may be asked to decode, and pictures that are only named.  What is none of
# these (EPS starts Ghostscript, WMF and friends are programs of their own) is left closed.
FORMATS: Final = _find_formats()
DECODABLE: Final = frozenset(one.name for one in FORMATS.values() if not one.missing())
# Endings that say "picture", with the formats that they stand for.
EXTENSIONS: Final = {ending: one.name for one in FORMATS.values() for ending in one.endings}
# What Keras' image_dataset_from_directory lists; the rest it passes over in silence.
KERAS_EXTENSIONS: Final = tuple(
    sorted(ending for one in FORMATS.values() for ending in one.keras_endings)
)

# Formats that can carry instructions: a page description or a drawing, run rather than decoded.
ACTIVE: Final = (
    "EPS",
    "PostScript",
    "PDF",
    "SVG",
    "WMF",
    "EMF",
    "HTML",
    "Windows program",
    "shell script",
)

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "PDF"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\1\0\t\0\0\3", "WMF"),  # without the placing header
    (b"MZ", "Windows program"),
    (b"#!", "shell script"),
)
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/v1\n"
_LFS_MAX_BYTES: Final = 1024  # the specification of the pointer file


def sniff(data: bytes) -> str:
    """Name a file's format from its content; empty if it is none of those known here."""
    for one in FORMATS.values():
        if one.recognises(data):
            return one.name
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"\1\0\0\0" and data[40:44] == b" EMF":
        return "EMF"
    return _sniff_text(data)


def is_other(ending: str, kind: str) -> bool:
    """Tell whether a file is a picture neither by its ending nor by its content.

    Args:
        ending: As :func:`ending_of` returns it.
        kind: As :func:`sniff` returns it.
    """
    return ending not in EXTENSIONS and kind not in FORMATS


def is_lfs_pointer(data: bytes) -> bool:
    """Tell whether this is the text that Git LFS leaves where the real file was not fetched."""
    return len(data) <= _LFS_MAX_BYTES and data.startswith(_LFS_POINTER)


def ending_of(path: str) -> str:
    """Return the ending of a path with its dot, in lower case; empty if there is none."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""


def is_wrong_ending(ending: str, kind: str) -> bool:
    """Tell whether an ending stands for other formats than that of the content."""
    return ending in EXTENSIONS and kind != EXTENSIONS[ending]


def describe(data: bytes) -> str:
    """Describe in a few words a file that is not a picture."""
    if not data.strip(b"\0"):
        return "only zero bytes"

    import puremagic  # only for files that are of no known format

    try:
        guesses = puremagic.magic_string(data[:4096])
    except (puremagic.PureError, ValueError):
        guesses = []
    named = [guess.name for guess in guesses if guess.name and guess.confidence >= 0.5]
    if named:
        return str(named[0])
    head = data[:512]
    if head and all(byte >= 32 or byte in b"\t\r\n\f" for byte in head):
        return "text"
    return "unknown data"


def _sniff_text(data: bytes) -> str:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x04").lower()
    if head.startswith(b"%!ps"):
        return "EPS" if b"epsf" in head[:64] else "PostScript"
    if head.startswith(b"<svg") or (
        head.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head
    ):
        return "SVG"
    if head.startswith((b"<!doctype html", b"<html", b"<script", b"<head", b"<body")):
        return "HTML"
    return ""
