"""Counts the boxes of an AVIF, which libavif reads one by one.

Layout: ISO/IEC 14496-12, section 4.2.
"""

from __future__ import annotations

from struct import Struct

_BOX = Struct(">I").unpack_from


def boxes(data: bytes, limit: int) -> int:
    """Count the boxes that follow each other, up to one more than `limit`."""
    count = position = 0
    while position + 8 <= len(data) and count <= limit:
        count += 1
        length = _BOX(data, position)[0]
        if length < 8:  # up to the end of the file, or of 64 bits, as only picture data are
            break
        position += length
    return count
