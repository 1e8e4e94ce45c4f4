"""Walks the chunks of a PNG: whether it is whole, and how many chunks there are.

Chunk layout: PNG specification (third edition, 2025), section 5.  Pillow loads a PNG that lost its
last chunk; libpng, and with it TensorFlow, refuses it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from struct import Struct

ENDS_EARLY = "the compressed data end too early"
# bytes behind the last row are unpacked to find the end of the compression, within reason
_MOST_SURPLUS_BYTES, _STEP_BYTES = 2**24, 2**16
_PART_BYTES = 2**25  # each part moves what is left of the file

_HEADER = Struct(">I4s").unpack_from
_U32 = Struct(">I").unpack_from
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_FIRST_CHUNK = 8
_PALETTE_COLOUR = 3
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# the seven passes of an interlaced picture: first column and row, step between them
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
# chunks that libpng knows, and takes behind the header only
_KNOWN = frozenset(
    {b"PLTE", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"hIST",
     b"tRNS", b"oFFs", b"pHYs", b"pCAL", b"sCAL", b"sPLT", b"tIME", b"tEXt", b"zTXt", b"iTXt",
     b"eXIf"}
)  # fmt: skip
_CRITICAL_BIT = 0x20  # of a chunk name's first letter: lower case only adds information
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})


@dataclass(slots=True)
class PngStructure:
    """What the chunks of a PNG say.

    Attributes:
        width_px: Width from IHDR; 0 where there is none.
        height_px: Height from IHDR.
        bit_depth: Bits of a channel, 1 to 16.
        chunks: Number of chunks, at most one more than the limit.
        metadata_bytes: Bytes of text and Exif chunks.
        complete: The end chunk is there.
        damaged_chunk: Name of the first critical chunk with a wrong checksum, empty where none.
        fault: What libpng refuses and Pillow does not; empty where there is nothing.
        end_offset: Just behind the end chunk; -1 where it is missing.
    """

    width_px: int = 0
    height_px: int = 0
    bit_depth: int = 0
    chunks: int = 0
    metadata_bytes: int = 0
    complete: bool = False
    damaged_chunk: str = ""
    fault: str = ""
    end_offset: int = -1


def walk(data: bytes, max_chunks: int) -> PngStructure:
    """Read the chunks of `data`, which starts with PNG's signature; damage ends the walk."""
    found = PngStructure()
    position = _FIRST_CHUNK
    seen: set[bytes] = set()
    colour = -1
    while position + 12 <= len(data) and found.chunks <= max_chunks:
        length, kind = _HEADER(data, position)
        after = position + 12 + length
        if after > len(data):
            break
        found.chunks += 1
        body = memoryview(data)[position + 4 : after - 4]
        if (
            kind in _CRITICAL
            and zlib.crc32(body) != _U32(data, after - 4)[0]
            and not found.damaged_chunk
        ):
            found.damaged_chunk = kind.decode("ascii")
        found.fault = found.fault or _fault(data, position, kind, length, seen, colour)
        seen.add(kind)
        if kind == b"IHDR" and length >= 13:
            found.width_px, found.height_px = (
                _U32(data, position + 8)[0],
                _U32(data, position + 12)[0],
            )
            found.bit_depth, colour = data[position + 16], data[position + 17]
        elif kind in _TEXT:
            found.metadata_bytes += length + 12
        elif kind == b"IEND":
            found.complete = True
            found.end_offset = after
            break
        position = after
    return found


def data_fault(data: bytes) -> str:
    """Say what is wrong with the first run of data chunks; empty: it holds every row.

    Pillow leaves missing rows black and says nothing; libpng, and with it TensorFlow, refuses.
    Unpacking the data a second time costs a third of reading a PNG.
    """
    runs: list[bytes] = []
    needed = 0
    position = _FIRST_CHUNK
    while position + 12 <= len(data):
        length, kind = _HEADER(data, position)
        body = data[position + 8 : position + 8 + length]
        position += 12 + length
        if kind == b"IHDR":
            needed = _raw_bytes(body)
        elif kind == b"IDAT":
            runs.append(body)
        elif runs:
            break
    if not needed:  # for zlib, 0 bytes are as many as there are
        return "a picture without rows or columns"
    unpacker = zlib.decompressobj()
    packed = b"".join(runs)
    try:
        while needed > 0:
            unpacked = len(unpacker.decompress(packed, min(needed, _PART_BYTES)))
            if not unpacked:
                return ENDS_EARLY
            needed -= unpacked
            packed = unpacker.unconsumed_tail
    except zlib.error:
        return "the compressed data are spoilt"
    try:
        surplus = 0
        while not unpacker.eof and surplus < _MOST_SURPLUS_BYTES:
            further = unpacker.decompress(unpacker.unconsumed_tail, _STEP_BYTES)
            if not further:
                break
            surplus += len(further)
    except zlib.error:  # a wrong checksum of rows that are all there troubles nobody
        return ""
    return "" if unpacker.eof or surplus >= _MOST_SURPLUS_BYTES else ENDS_EARLY


def _raw_bytes(header: bytes) -> int:
    """Compute the size of the filtered rows from IHDR's 13 bytes."""
    width, height = _U32(header, 0)[0], _U32(header, 4)[0]
    bits = header[8] * _CHANNELS.get(header[9], 1)
    passes = _PASSES if header[12] else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def without_extras(data: bytes) -> bytes:
    """Give the file without the chunks that only add information."""
    parts = [data[:_FIRST_CHUNK]]
    position = _FIRST_CHUNK
    while position + 12 <= len(data):
        length, kind = _HEADER(data, position)
        after = position + 12 + length
        if kind in _CRITICAL:
            parts.append(data[position:after])
        position = after
    return b"".join(parts)


def _fault(
    data: bytes, position: int, kind: bytes, length: int, seen: set[bytes], colour: int
) -> str:
    if not kind.isalpha():
        return "a chunk without a name"
    if not kind[0] & _CRITICAL_BIT and kind not in _CRITICAL:
        return f"an unknown critical chunk, {kind.decode('ascii')}"
    if kind == b"IHDR":
        valid = (
            b"IHDR" not in seen
            and length == 13
            and _header_is_valid(data[position + 16 : position + 21])
        )
        return "" if valid else "a second header chunk (IHDR), or one with impossible values"
    if b"IHDR" not in seen:
        before = f"chunk {kind.decode('ascii')} before the header chunk (IHDR)"
        return before if kind in _KNOWN else ""
    if kind == b"IEND" and b"IDAT" not in seen:
        return "no picture data (IDAT)"
    if colour == _PALETTE_COLOUR:
        if kind == b"PLTE" and b"PLTE" in seen:
            return "a second palette (PLTE)"
        if kind == b"IDAT" and b"PLTE" not in seen:
            return "a palette picture without its palette (PLTE)"
    return ""


def _header_is_valid(fields: bytes) -> bool:
    """Check bit depth, colour type, compression, filter and interlace of IHDR."""
    depth, colour, compression, filtering, interlace = fields
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    return depth in depths.get(colour, ()) and not compression and not filtering and interlace <= 1
