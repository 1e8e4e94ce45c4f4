"""Answer a request for a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from catsclean.reviewing.server.made_picture import NoPicture, Picture, Reason

# its address names the digest of the file, so what it shows never changes
_FOR_EVER: Final = {"cache-control": "private, max-age=31536000, immutable"}
_LEFT: Final = 499


async def respond_made(
    request: Request, making: Coroutine[Any, Any, Picture | NoPicture]
) -> Response:
    """Answer with what is being made, unless the client leaves before.

    Args:
        request: The request.
        making: A call of the picture service.
    """
    asking = asyncio.ensure_future(making)
    leaving = asyncio.ensure_future(_wait_until_left(request))
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return _answer(asking.result()) if asking.done() else Response(status_code=_LEFT)
    finally:
        asking.cancel()
        leaving.cancel()


def _answer(found: Picture | NoPicture) -> Response:
    if isinstance(found, Picture):
        return Response(found.body, media_type=found.media_type, headers=_FOR_EVER)
    if found.reason is Reason.BUSY:
        return PlainTextResponse(found.why, 503, headers={"retry-after": "1"})
    return PlainTextResponse(found.why, 404)


async def _wait_until_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
