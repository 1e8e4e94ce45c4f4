"""The command that adds an extra to catsclean, for the way in which it was installed here."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from importlib import metadata
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from catsclean.core import names
from catsclean.errors import MissingExtraError

_NAME = "catsclean"
#: Packages of the extra ``review``.
REVIEW_PACKAGES: Final = ("h11", "starlette", "uvicorn")


def missing_extra(what: str, extra: str) -> MissingExtraError:
    """Return the error that an extra of catsclean is missing.

    Args:
        what: What needs it, as a sentence without its full stop.
        extra: Name of the extra, such as ``train``.
    """
    return MissingExtraError(f"{what}. Run: {install_command(extra)}")


def is_installed(packages: Iterable[str]) -> bool:
    """Tell whether all of some packages can be imported; none of them is."""
    return all(find_spec(name) is not None for name in packages)


def install_command(extra: str) -> str:
    """Return the command that installs an extra of catsclean, to paste into a shell.

    From a clone it names the clone, because an index may have another version, or none.

    Args:
        extra: Name of the extra, such as ``train``.
    """
    origin = _origin()
    url = origin.get("url")
    if not isinstance(url, str):
        return f'pip install "{_NAME}[{extra}]"'
    folder = origin.get("dir_info")
    if isinstance(folder, dict):
        from urllib.request import url2pathname  # slow to load, and seldom needed

        path = url2pathname(urlsplit(url).path)
        if not os.path.isfile(os.path.join(path, "pyproject.toml")):  # noqa: PTH113, PTH118
            return f'pip install "{_NAME}[{extra}]"'
        shown = "." if path == os.getcwd() else path  # noqa: PTH109 - as the user named it
        editable = "-e " if folder.get("editable") is True else ""
        return f"pip install {editable}{names.shell_word(f'{shown}[{extra}]')}"
    version = origin.get("vcs_info")
    if isinstance(version, dict):
        revision = version.get("requested_revision")
        url = f"{version.get('vcs')}+{url}{f'@{revision}' if revision else ''}"
    return f"pip install {names.shell_word(f'{_NAME}[{extra}] @ {url}')}"


def _origin() -> dict[str, Any]:
    """Return what pip recorded about the origin of catsclean; empty if it came from an index."""
    try:
        text = metadata.distribution(_NAME).read_text("direct_url.json")
        found = json.loads(text or "{}")
    except (metadata.PackageNotFoundError, OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
