"""Read the body of a change: JSON of bounded size and depth."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from catsclean.reviewing.server.guard import MOST_BODY_BYTES

MOST_DEPTH: Final = 16
# a text, to be skipped, or a bracket
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


async def read_json(
    request: Request, most_bytes: int = MOST_BODY_BYTES, most_depth: int = MOST_DEPTH
) -> Any:
    """Return what a request's body says.

    Args:
        request: A change that the guard let through.
        most_bytes: A longer body is refused.
        most_depth: So are lists and objects within one another beyond this depth.

    Raises:
        HTTPException: 400 if it is not whole, not JSON or too deep, 413 if it is too long.
    """
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most_bytes:
                raise HTTPException(413, f"This change may have at most {most_bytes:,} bytes.")
    except ClientDisconnect as error:
        raise HTTPException(400, "The change did not arrive whole.") from error
    if _depth(body) > most_depth:
        raise HTTPException(400, "The change is not one that the page makes: too deep.")
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        # half of a surrogate pair is no character, and no file could hold it
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The change is not one that the page makes: no JSON.") from error
    return found


def _depth(body: bytes | bytearray) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(body):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"not a number of JSON. Received: {constant}")
