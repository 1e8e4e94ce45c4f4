"""Writes headers and containers by hand: what no encoder would ever write."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from functools import cache

from images.damage import chunk, joined

Entry = tuple[int, int, int, int | bytes]  # tag, type, count, value or the bytes of the value
SHORT, LONG, RATIONAL, UNDEFINED, FLOAT, LONG8 = 3, 4, 5, 7, 11, 16


@cache
def zeros(count: int) -> bytes:
    """Compress zero bytes, which shrink to a thousandth."""
    packer = zlib.compressobj(1)
    block = bytes(2**20)
    parts = [packer.compress(block) for _ in range(count // len(block))]
    return b"".join([*parts, packer.compress(bytes(count % len(block))), packer.flush()])


def png_header(width: int, height: int, bits: int = 8, colour: int = 0) -> tuple[bytes, bytes]:
    """Give the header chunk's name and body."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)


def png(width: int, height: int, bits: int, colour: int, *extras: tuple[bytes, bytes]) -> bytes:
    """Give a whole PNG of zeros; `extras` are chunks in front of the data."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + (width * channels * bits + 7) // 8
    data = (b"IDAT", zeros(row * height))
    return joined([png_header(width, height, bits, colour), *extras, data, (b"IEND", b"")])


def png_with(data: bytes, *extras: tuple[bytes, bytes]) -> bytes:
    """Put chunks behind the header of a PNG."""
    return data[:33] + b"".join(chunk(*extra) for extra in extras) + data[33:]


def tiff(entries: Iterable[Entry], body: bytes = b"", following: int = 0) -> bytes:
    """Give a little-endian TIFF with one directory; `body` begins at byte 8.

    Args:
        entries: Of the directory, in order of their tags.
        body: What lies between header and directory.
        following: Offset of the next directory.
    """
    place = 8 + len(body) + len(body) % 2
    return (
        struct.pack("<2sHI", b"II", 42, place)
        + body
        + bytes(len(body) % 2)
        + directory(entries, place, following)
    )


def directory(entries: Iterable[Entry], place: int, following: int = 0) -> bytes:
    """Give a directory that lies at byte `place`, with its longer values behind it."""
    listed = list(entries)
    behind = place + 2 + 12 * len(listed) + 4
    rows, values = b"", b""
    for tag, kind, count, value in listed:
        if isinstance(value, bytes):
            rows += struct.pack("<HHII", tag, kind, count, behind + len(values))
            values += value + bytes(len(value) % 2)
        else:
            rows += struct.pack("<HHII", tag, kind, count, value)
    return struct.pack("<H", len(listed)) + rows + struct.pack("<I", following) + values


def bigtiff(entries: Iterable[tuple[int, int, int, int]]) -> bytes:
    """Give a TIFF with 64-bit numbers, every value in its entry."""
    rows = [struct.pack("<HHQQ", *entry) for entry in entries]
    head = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, len(rows))
    return head + b"".join(rows) + struct.pack("<Q", 0)


def grey_tiff(width: int, height: int, data: bytes, *more: Entry) -> bytes:
    """Give an 8-bit grey TIFF in one strip; `more` replaces and adds entries by tag."""
    entries: dict[int, Entry] = {
        256: (256, LONG, 1, width), 257: (257, LONG, 1, height), 258: (258, SHORT, 1, 8),
        259: (259, SHORT, 1, 1), 262: (262, SHORT, 1, 1), 273: (273, LONG, 1, 8),
        277: (277, SHORT, 1, 1), 278: (278, LONG, 1, height), 279: (279, LONG, 1, len(data)),
        **{entry[0]: entry for entry in more},
    }  # fmt: skip
    return tiff([entries[tag] for tag in sorted(entries)], data)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """Give a WebP of chunks."""
    body = b"".join(
        kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def vp8l(width: int, height: int) -> tuple[bytes, bytes]:
    """Give a lossless WebP chunk of one colour: 8 bytes for any size up to 16,384 a side."""
    bits = 0x2F | (width - 1) << 8 | (height - 1) << 22
    # no transform, no cache, no further codes; five codes of one symbol each
    stream = sum(1 << (3 + 4 * code) for code in range(5))
    return b"VP8L", (bits | stream << 40).to_bytes(14, "little")


def vp8x(width: int, height: int, flags: int = 0) -> tuple[bytes, bytes]:
    """Give the chunk that announces a canvas."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes([flags, 0, 0, 0]) + sides


def gif(width: int, height: int, *blocks: bytes) -> bytes:
    """Give a GIF with two colours, its blocks and its end mark."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
    return head + b"\0\0\0\xff\xff\xff" + b"".join(blocks) + b";"


def gif_frame(width: int, height: int, data: bytes = b"\x02\x02\x44\x01\x00") -> bytes:
    """Give a frame; the data hold one pixel unless others are given."""
    return b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + data


def bmp(width: int, height: int, bits: int, pixels: bytes, compression: int = 0) -> bytes:
    """Give a BMP with an ordinary header and an empty palette."""
    palette = bytes(4 << bits) if bits <= 8 else b""
    offset = 54 + len(palette)
    info = (40, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    head = struct.pack("<2sIHHI", b"BM", offset + len(pixels), 0, 0, offset)
    return head + struct.pack("<IiiHHIIiiII", *info) + palette + pixels


def ico(*pictures: bytes) -> bytes:
    """Give an icon file whose directory says 16 x 16 of every picture."""
    place = 6 + 16 * len(pictures)
    rows = b""
    for picture in pictures:
        rows += struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), place)
        place += len(picture)
    return struct.pack("<HHH", 0, 1, len(pictures)) + rows + b"".join(pictures)


def j2k(width: int, height: int, tile: tuple[int, int] | None = None, components: int = 1) -> bytes:
    """Give a JPEG 2000 codestream of tiles without data."""
    across, down = tile or (width, height)
    size = struct.pack(">HIIIIIIIIH", 0, width, height, 0, 0, across, down, 0, 0, components)
    size += b"\x07\x01\x01" * components
    style = b"\0\0\0\1\0\0\4\4\0\1"  # no precincts, one layer, no levels, 64 x 64 blocks, 5/3
    tile_part = struct.pack(">HIBB", 0, 14, 0, 1)
    return (
        b"\xff\x4f"
        + _marker(0x51, size)
        + _marker(0x52, style)
        + _marker(0x5C, b"\x40\x40")
        + _marker(0x90, tile_part)
        + b"\xff\x93\xff\xd9"
    )


def jpeg_segment(marker: int, body: bytes) -> bytes:
    """Give a JPEG segment."""
    return _marker(marker, body)


def jpeg_with(data: bytes, *segments: bytes) -> bytes:
    """Put segments behind the first two bytes of a JPEG."""
    return data[:2] + b"".join(segments) + data[2:]


def _marker(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
