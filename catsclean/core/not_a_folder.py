"""Say what to do if the user names something other than a folder: a URL, an archive, a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.core.bucket_address import is_address
from catsclean.core.container_names import CONTAINER_ENDINGS, is_container_name

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(?=[^/])")
_ARCHIVES: Final = (
    ".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".7z",
    ".rar", ".gz", ".bz2", ".xz", ".zst",
)  # fmt: skip
_TAR: Final = re.compile(r"\.(tar(\.\w+)?|tgz|tbz2|txz)$")
_NAME_IT: Final = "Name the folder that holds the class folders."


def explain_url(given: str) -> str:
    """Return advice about a URL; empty if the text is not a URL.

    A :class:`pathlib.Path` keeps one slash of the two, so one is enough here.
    """
    found = _URL.match(given)
    if found is None or len(found[1]) < 2:  # C:/ is a drive, not a URL
        return ""
    url = given if "://" in given else f"{found[1]}://{given[found.end() :]}"
    if is_address(given):
        return (
            f"this does not work on a bucket so far. Received: {names.text(url)!r}. Download it, or"
            " write its pictures to a folder with catsclean split, and name the folder."
        )
    if found[1].lower() in {"http", "https"}:
        return (
            f"this is a URL; catsclean reads files on this machine. Received: {names.text(url)!r}."
            f" Download it first: catsclean download {names.shell_word(url)}"
        )
    return (
        "this is a URL that catsclean cannot read. Folders on this machine can be read, and buckets"
        f" (s3://, gs://, az://). Received: {names.text(url)!r}. Download it, or mount it, and name"
        " the folder."
    )


def explain_file(path: Path, given: str) -> str:
    """Return advice about a path that exists and is not a folder."""
    received = f"Received: {names.text(given)!r}."
    name = path.name.lower()
    if not is_archive(name):
        return (
            f"not a folder. {received} Name the folder that holds the class folders. To check"
            f" single files, run: catsclean check {names.shell_word(given)}"
        )
    command = "Unpack it first"
    if _TAR.search(name):
        command = f"Unpack it first (tar -xf {names.shell_word(given)})"
    return (
        f"an archive that cannot be read in place, as {', '.join(CONTAINER_ENDINGS)} can."
        f" {received} {command}, then name the folder."
    )


def is_archive(name: str) -> bool:
    """Return whether a file has the name of an archive."""
    return name.lower().endswith(_ARCHIVES)


def explain_missing(given: str) -> str:
    """Return advice about a path that does not exist."""
    if is_container_name(given) and not explain_url(given):
        return f"no such file. Received: {names.text(given)!r}. Name an archive that exists."
    return explain_url(given) or f"no such folder. Received: {names.text(given)!r}. {_NAME_IT}"
