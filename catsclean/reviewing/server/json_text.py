"""Take apart what a page sends: JSON of bounded depth, and nothing that only Python calls JSON."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

MOST_DEPTH: Final = 16
#: The most bytes that a change may have.
MOST_BODY_BYTES: Final = 2**20
# a text, to be skipped, or a bracket
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def parse_json(body: bytes | bytearray, most_depth: int = MOST_DEPTH) -> Any:
    """Return what a change says.

    Args:
        body: The change.
        most_depth: Lists and objects within one another beyond this depth are refused.

    Raises:
        ValueError: It is not JSON, or too deep; the text is for a person.
    """
    if _depth(body) > most_depth:
        raise ValueError("The change is not one that the page makes: too deep.")
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        # half of a surrogate pair is no character, and no file could hold it
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise ValueError("The change is not one that the page makes: no JSON.") from error
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
