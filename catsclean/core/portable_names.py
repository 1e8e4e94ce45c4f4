"""Names that other systems refuse, change or misread."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from catsclean.core import names

# longer names do not fit encrypted folders (eCryptfs, some network drives)
MAX_NAME_BYTES: Final = 143
# longer paths fail on Windows, whose limit includes the folder above the data set
MAX_PATH_CHARACTERS: Final = 240
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file, "Naming Conventions"
DEVICES: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE
)
_FORBIDDEN: Final = frozenset('<>:"|?*\\')
# Only paths with one of these are checked one by one; every escape has a backslash.
SUSPECT: Final = re.compile(
    r'[<>:"|?*\\]|[. ](?:/|$)'
    r"|(?:^|/)(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[./]|$)",
    re.IGNORECASE,
)
_UNSEEN: Final = {
    "Cf": "an invisible character",
    "Zl": "a line separator",
    "Zp": "a line separator",
}


def same_name(path: str) -> str:
    """Return a key that is equal for paths that a file system may confuse: case, composition."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def same_on_windows(path: str) -> str:
    """Return a key that is equal for paths that Windows takes for the same.

    NTFS compares character by character, whatever their case, and knows no composition: an accent
    that is written in another way makes another name (``$UpCase`` has one character for each).
    """
    folded = (character.casefold() for character in path)
    return "".join(one if len(one) == 1 else own for one, own in zip(folded, path, strict=True))


def how_accents_are_written(path: str) -> str:
    """Say how a path writes its accents: ``composed`` (NFC), ``decomposed`` (NFD) or ``mixed``."""
    if unicodedata.is_normalized("NFC", path):
        return "composed"
    return "decomposed" if unicodedata.is_normalized("NFD", path) else "mixed"


def faults_of(
    path: str,
    max_name_bytes: int = MAX_NAME_BYTES,
    max_path_characters: int = MAX_PATH_CHARACTERS,
) -> list[str]:
    """Describe the faults of a sample's path, escaped, on other systems; usually none."""
    # a character has up to four bytes
    if len(path) <= min(max_path_characters, max_name_bytes // 4) and not SUSPECT.search(path):
        return []
    text = names.unescape(path)
    faults: list[str] = []
    for part in text.split("/"):
        faults += [fault for fault in _faults_of_part(part, max_name_bytes) if fault not in faults]
    if len(text) > max_path_characters:
        faults.append(f"the path has {len(text)} characters, more than {max_path_characters}")
    return faults


def _faults_of_part(part: str, max_name_bytes: int) -> Iterable[str]:
    shown = names.escape(part)
    if not names.is_text(shown):
        yield "not UTF-8"
    for character in sorted(_FORBIDDEN & set(part)):
        yield (
            f"{character!r} is not allowed on Windows"
            if character != "\\"
            else ("a backslash, which separates folders on Windows")
        )
    categories = {unicodedata.category(character) for character in part}
    if "Cc" in categories:
        yield "a control character"
    yield from dict.fromkeys(_UNSEEN[c] for c in sorted(categories & _UNSEEN.keys()))
    if DEVICES.match(part):
        yield f"{shown!r} is the name of a device on Windows"
    if part.endswith((".", " ")):
        last = "dot" if part[-1] == "." else "space"
        yield f"{shown!r} ends with a {last}, which Windows drops"
    size = len(part.encode("utf-8", "surrogateescape"))
    if size > max_name_bytes:
        yield f"a name of {size} bytes, more than {max_name_bytes}"
