"""Say how two pictures differ: in a sentence, and fact by fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from catsclean.core.text import human_bytes

_TIMES: Final = "\N{MULTIPLICATION SIGN}"


def describe_difference(
    found: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a page says about two pictures.

    Args:
        found: What comparing their pixels gave: ``words``, ``aligned``, and ``taken``, for each
            its ``date`` and ``camera``.
        first: What the manifest says about the first one.
        second: The same of the second.

    Returns:
        ``words``, a sentence about the second picture; ``aligned``; ``facts``, a list of name,
        value of the first and value of the second.
    """
    rows = [
        ["Label", first["label"] or "", second["label"] or ""],
        ["Pixels", _pixels(first), _pixels(second)],
        ["Bytes", human_bytes(first["size_bytes"]), human_bytes(second["size_bytes"])],
        ["Format", first["format"] or "", second["format"] or ""],
    ]
    one, other = found["taken"]
    rows += [
        [name, one[key], other[key]]
        for name, key in (("Taken", "date"), ("Camera", "camera"))
        if one[key] or other[key]
    ]
    words = ", ".join(found["words"])
    return {
        "words": f"{words[:1].upper()}{words[1:]}",
        "aligned": found["aligned"],
        "facts": rows,
    }


def _pixels(facts: Mapping[str, Any]) -> str:
    width, height = facts["width_px"], facts["height_px"]
    return f"{width:,} {_TIMES} {height:,}" if width else ""
