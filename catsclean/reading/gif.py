"""Walks the blocks of a GIF: its frames, the canvas that they need, and whether it is whole.

Block layout: GIF89a specification (1990).  A frame may lie outside of the canvas, and Pillow
enlarges the canvas for it: a file of 4 kB asked for 2 GB.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

_DESCRIPTOR = Struct("<HHHHB").unpack_from
_SCREEN = Struct("<HHB").unpack_from
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL = 0xF9
_HEADER_BYTES = 13


@dataclass(slots=True)
class GifStructure:
    """What the blocks of a GIF say.

    Attributes:
        width_px: Width of the canvas that all frames need.
        height_px: Height of the canvas that all frames need.
        frames: Number of frames whose data are whole, at most one more than the limit.
        colours: Entries of the first frame's colour table; 0 where there is none.
        transparent: Index of the first frame's transparent colour; -1 where there is none.
        metadata_bytes: Bytes of comments and application data.
        highest_index: Set by the decoder: the highest colour index of the first frame.
        empty_frame: A frame has no width or no height.
        end_offset: Just behind the end mark; -1 where it is missing.
    """

    width_px: int = 0
    height_px: int = 0
    frames: int = 0
    colours: int = 0
    transparent: int = -1
    metadata_bytes: int = 0
    highest_index: int = 0
    empty_frame: bool = False
    end_offset: int = -1


def walk(data: bytes, max_frames: int) -> GifStructure:
    """Read the blocks of `data`, which starts with GIF's signature; damage ends the walk."""
    found = GifStructure()
    if len(data) < _HEADER_BYTES:
        return found
    found.width_px, found.height_px, flags = _SCREEN(data, 6)
    global_colours = 2 << (flags & 7) if flags & 128 else 0
    position = _HEADER_BYTES + 3 * global_colours
    transparent = -1
    while position < len(data) and found.frames <= max_frames:
        kind = data[position]
        if kind == _TRAILER:
            found.end_offset = position + 1
            break
        if kind == _EXTENSION and position + 2 < len(data):
            label, body = data[position + 1], position + 3
            if label == _GRAPHIC_CONTROL and data[body : body + 1] and body + 3 < len(data):
                transparent = data[body + 3] if data[body] & 1 else -1
            after = _skip_blocks(data, position + 2)
            if label != _GRAPHIC_CONTROL:
                found.metadata_bytes += max(0, after - position)
        elif kind == _IMAGE and position + 11 <= len(data):
            after = _read_frame(data, position, global_colours, transparent, found)
            transparent = -1
        else:
            break
        if after < 0:
            break
        position = after
    return found


def _read_frame(
    data: bytes, position: int, global_colours: int, transparent: int, found: GifStructure
) -> int:
    left, top, width, height, flags = _DESCRIPTOR(data, position + 1)
    found.width_px = max(found.width_px, left + width)
    found.height_px = max(found.height_px, top + height)
    found.empty_frame |= not width or not height
    own_colours = 2 << (flags & 7) if flags & 128 else 0
    if not found.frames:
        found.colours = own_colours or global_colours
        found.transparent = transparent
    after = _skip_blocks(data, position + 11 + 3 * own_colours)
    if after >= 0:
        found.frames += 1
    return after


def _skip_blocks(data: bytes, position: int) -> int:
    """Give the place behind a chain of data blocks; -1 where it leads out of the file."""
    end = len(data)
    while position < end:
        length = data[position]
        position += length + 1
        if not length:
            return position
    return -1
