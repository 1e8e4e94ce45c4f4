"""Read the body of a change: JSON of bounded size and depth."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from catsclean.reviewing.server.json_text import MOST_BODY_BYTES, MOST_DEPTH, parse_json


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
    try:
        return parse_json(body, most_depth)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
