"""The files of the pages: read once, and served by their names alone.

No path is ever made of what a request says, so no request can name another file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


class _PageFile(NamedTuple):
    body: bytes
    media_type: str
    tag: str


class StaticFiles:
    """The files below a folder whose extensions are those of pages.

    Args:
        folder: The folder, such as ``importlib.resources.files("catsclean.reviewing") / "static"``.
    """

    def __init__(self, folder: Traversable) -> None:
        self._files = dict(_files_of(folder))

    @property
    def names(self) -> frozenset[str]:
        """Names of the files, with slashes where they lie in folders."""
        return frozenset(self._files)

    def text(self, name: str) -> str:
        """Return a file as text, for a page that is filled in."""
        return self._files[name].body.decode("utf-8")

    def respond(self, request: Request, name: str) -> Response:
        """Answer a request for a file, with 304 if the browser has it."""
        file = self._files.get(name)
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        headers = {"etag": file.tag, "cache-control": "no-cache"}
        if file.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(file.body, media_type=file.media_type, headers=headers)


def _files_of(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, _PageFile]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _files_of(one, f"{prefix}{one.name}/")
            continue
        kind = _TYPES.get(f".{one.name.rpartition('.')[2]}")
        if kind is not None:
            body = one.read_bytes()
            tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
            yield f"{prefix}{one.name}", _PageFile(body, kind, tag)
