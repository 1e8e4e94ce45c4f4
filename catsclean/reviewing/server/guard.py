"""Everything that comes in passes here first, and everything that goes out passes here last.

A review can move files, so nobody but the person who started it may reach it: not a page of a
stranger in the same browser, not another program or user of the machine.  The address that
catsclean prints holds a token.  Opening it sets a cookie, which every other request must carry; a
change needs a second token that only our own page knows.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from hmac import compare_digest
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from catsclean.reviewing.server.headers import Header, safe, send_text
from catsclean.reviewing.server.hosts import Hosts
from catsclean.reviewing.server.json_text import MOST_BODY_BYTES

LOG: Final = logging.getLogger("catsclean.review")
LOG.addHandler(logging.NullHandler())  # a library never prints


_COOKIE: Final = "catsclean"
_CHANGE_HEADER: Final = "x-catsclean-change"
_METHODS: Final = ("GET", "HEAD", "POST")
_IN_SCOPE: Final = "catsclean.review"
# what our own addresses are made of: nothing that any part of a system could read as a way out
_PATH: Final = re.compile(r"/|(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?")
# no redirect: after a link on a page of another site, a strict cookie would not go along with it
_OPENED: Final = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=./">'
    "<title>catsclean</title>"
)
_OPEN_AGAIN: Final = "Open the address that catsclean printed."


class _Refusal(NamedTuple):
    status: int
    text: str
    headers: tuple[Header, ...] = ()


class Guard:
    """Lets only the owner's requests through to an application.

    The application sees its own paths: the random prefix is the ``root_path`` of the request.

    Args:
        app: An ASGI application.
        host: The address that is listened at, as the user named it.
        most_body_bytes: A change with a longer body is refused unread.

    Attributes:
        base: The prefix of every path.  Cookies know no ports: a path of its own keeps ours away
            from other programs of this machine.
        start_token: What the first request must hold.
        failure: Why the application could not start.
    """

    def __init__(
        self, app: Any, host: str = "127.0.0.1", most_body_bytes: int = MOST_BODY_BYTES
    ) -> None:
        self._app = app
        self._hosts = Hosts(host)
        self._most_body_bytes = most_body_bytes
        self.base = f"/{secrets.token_urlsafe(9)}"
        self.failure: Exception | None = None
        self.start_token = secrets.token_urlsafe(24)
        self._cookie = secrets.token_urlsafe(24)
        self._change_token = secrets.token_urlsafe(24)

    @property
    def opening(self) -> str:
        """The path and query that open the application."""
        return f"{self.base}/open?token={self.start_token}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, as ASGI calls it."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] != "http":  # no other protocol is spoken here
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self._refuse_stranger(scope)
        if refusal is None and scope["path"] == f"{self.base}/open":
            await self._open(scope, send)
            return
        if refusal is None:
            refusal = self._refuse_request(scope)
        if refusal is not None:
            await send_text(send, *refusal)
            return
        await self._pass_on(scope, receive, send)

    async def _live(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            self.failure = error
            raise

    async def _pass_on(self, scope: Any, receive: Any, send: Any) -> None:
        begun = False

        async def send_safe(message: Any) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": safe(list(message.get("headers", ())))}
            await send(message)

        inner = {**scope, "root_path": self.base, _IN_SCOPE: self._change_token}
        try:
            await self._app(inner, receive, send_safe)
        except Exception:
            shown = scope["path"].removeprefix(self.base)
            LOG.exception("a request failed: %s %s", scope["method"], shown)
            if not begun:
                await send_text(send, 500, "catsclean failed here. Load the page again.")

    def _refuse_stranger(self, scope: Any) -> _Refusal | None:
        """Refuse what no browser sends that was led here by the address that was printed."""
        host = _only(scope, "host")
        if host is None or host not in self._hosts:
            return _Refusal(403, f"This name of the machine is not served. {_OPEN_AGAIN}")
        if scope["method"] not in _METHODS:
            return _Refusal(405, "Not a method that is used here.", _allow(_METHODS))
        path = scope["path"]
        if not path.startswith(f"{self.base}/") or not _PATH.fullmatch(path):
            return _Refusal(404, f"There is nothing here. {_OPEN_AGAIN}")
        return None

    async def _open(self, scope: Any, send: Any) -> None:
        if scope["method"] != "GET":
            await send_text(send, 405, "Not a method that is used here.", _allow(("GET",)))
            return
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        if len(tokens) != 1 or not _same(tokens[0], self.start_token):
            await send_text(send, 403, f"The address has no valid token. {_OPEN_AGAIN}")
            return
        cookie = f"{_COOKIE}={self._cookie}; HttpOnly; SameSite=Strict; Path={self.base}"
        await send_text(send, 200, _OPENED, ((b"set-cookie", cookie.encode()),), "text/html")

    def _refuse_request(self, scope: Any) -> _Refusal | None:
        """Refuse a request that is not the owner's, or a change that our page does not make."""
        # a program on another port may have set a cookie of the same name
        if not any(_same(value, self._cookie) for value in _cookies(scope)):
            return _Refusal(403, f"This browser has not opened the review. {_OPEN_AGAIN}")
        if scope["method"] == "POST":
            return self._refuse_change(scope)
        if (
            _only(scope, "content-length") not in {"", "0"}
            or _only(scope, "transfer-encoding") != ""
        ):
            return _Refusal(400, "A request for a page has no body.")
        return None

    def _refuse_change(self, scope: Any) -> _Refusal | None:
        if _only(scope, "origin") != f"http://{_only(scope, 'host')}":
            return _Refusal(403, f"The change does not come from the review's page. {_OPEN_AGAIN}")
        if not _same(_only(scope, _CHANGE_HEADER) or "", self._change_token):
            return _Refusal(403, "The page is of an earlier start. Load it again.")
        kind = (_only(scope, "content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return _Refusal(415, "A change is sent as application/json.")
        length = _only(scope, "content-length") or ""
        if not (length.isascii() and length.isdigit()) or _only(scope, "transfer-encoding") != "":
            return _Refusal(411, "A change says its length (content-length).")
        if int(length) > self._most_body_bytes:
            return _Refusal(413, f"A change has at most {self._most_body_bytes:,} bytes.")
        return None


def change_token(scope: Any) -> str:
    """Return the token that the page sends along with a change, in ``x-catsclean-change``.

    Args:
        scope: Of the request for the page; ``request.scope`` in Starlette.
    """
    token: str = scope[_IN_SCOPE]
    return token


def _only(scope: Any, name: str) -> str | None:
    """Return a header, empty if it is missing; None if it comes twice, which no browser does."""
    wanted = name.encode()
    found = [value for key, value in scope["headers"] if key == wanted]
    if len(found) > 1:
        return None
    return found[0].decode("latin-1") if found else ""


def _cookies(scope: Any) -> list[str]:
    """Return the values of all cookies that have our name."""
    headers = [value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie"]
    pairs = [part.strip().partition("=") for part in ";".join(headers).split(";")]
    return [value for name, _, value in pairs if name == _COOKIE]


def _same(given: str, secret: str) -> bool:
    return compare_digest(given.encode(), secret.encode())


def _allow(methods: Sequence[str]) -> tuple[Header, ...]:
    return ((b"allow", ", ".join(methods).encode()),)
