"""Parse JSON that anybody may have written or damaged: whatever is wrong with it is one error."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str | bytes | bytearray) -> Any:
    """Return what a JSON text says.

    Args:
        text: The text, or its bytes: UTF-8, UTF-16 or UTF-32.

    Raises:
        ValueError: It is not JSON, or lists and objects lie too deep within one another, for which
            Python has an error of its own.
    """
    try:
        return json.loads(text)
    except RecursionError:
        shown = text if isinstance(text, str) else ""
        raise json.JSONDecodeError(
            "Too many lists and objects within one another", shown, 0
        ) from None
