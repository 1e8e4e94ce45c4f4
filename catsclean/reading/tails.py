"""Finds where a GIF and a WebP end, to tell how many bytes lie behind.

Block layout: GIF89a specification (1990), sections 15 to 27; RIFF: RFC 9649, section 2.3.
"""

from __future__ import annotations

from typing import Final

_MAX_BLOCKS: Final = 200_000  # a block holds up to 255 bytes: 50 MB of them are walked
_COLOUR_TABLE: Final = 0x80
_TRAILER, _EXTENSION, _PICTURE = 0x3B, 0x21, 0x2C


def after_gif(data: bytes) -> int:
    """Count the bytes behind a GIF's trailer; 0 where there is none, or where it is not reached."""
    if len(data) < 13:
        return 0
    position = 13 + _table_bytes(data[10])
    budget = _MAX_BLOCKS
    while position < len(data) and budget > 0:
        kind = data[position]
        if kind == _TRAILER:
            return len(data) - position - 1
        if kind == _EXTENSION:
            position += 2
        elif kind == _PICTURE and position + 10 <= len(data):
            position += 11 + _table_bytes(data[position + 9])
        else:
            return 0
        while position < len(data) and budget > 0:
            size = data[position]
            position += 1 + size
            budget -= 1
            if not size:
                break
    return 0


def after_riff(data: bytes) -> int:
    """Count the bytes behind a RIFF container; one byte of padding belongs to it."""
    announced = 8 + int.from_bytes(data[4:8], "little")
    return max(0, len(data) - announced - (announced & 1))


def _table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & _COLOUR_TABLE else 0
