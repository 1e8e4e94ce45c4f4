"""Writes JPEGs of one grey by hand, in kinds that Pillow cannot write."""

from __future__ import annotations

import struct

from images.damage import segments
from pictures import encode
from PIL import Image

Sampling = tuple[tuple[int, int], ...]


def flat(sampling: Sampling = ((1, 1), (1, 1), (1, 1)), size: tuple[int, int] = (64, 48)) -> bytes:
    """Give a baseline JPEG with these sampling factors, horizontal and vertical, per component."""
    tables, _ = _tables()
    widest, highest = (max(factors) for factors in zip(*sampling, strict=True))
    across, down = -(-size[0] // (8 * widest)), -(-size[1] // (8 * highest))
    blocks = across * down * sum(width * height for width, height in sampling)
    # of Annex K's tables for brightness: no difference (00), and the end of the block (1010)
    bits = "001010" * blocks
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    frame = _frame(0xC0, size, sampling)
    return b"\xff\xd8" + tables + frame + _scan(range(1, len(sampling) + 1)) + data + b"\xff\xd9"


def in_scans(size: tuple[int, int] = (64, 48), extra_scans: int = 0) -> bytes:
    """Give a baseline JPEG with a scan for each component, the last one again and again."""
    tables, data = _tables(size)
    frame = _frame(0xC0, size, ((1, 1),) * 3)
    scans = b"".join(_scan([number]) + data for number in (1, 2, 3))
    return b"\xff\xd8" + tables + frame + scans + (_scan([3]) + data) * extra_scans + b"\xff\xd9"


def arithmetic(data: bytes = b"", size: tuple[int, int] = (64, 48), marker: int = 0xC9) -> bytes:
    """Give an arithmetic-coded JPEG; without data, every decision is the likelier one."""
    tables, _ = _tables()
    frame = _frame(marker, size, ((1, 1),))
    return b"\xff\xd8" + tables + frame + _scan([1]) + data.replace(b"\xff", b"") + b"\xff\xd9"


def _tables(size: tuple[int, int] = (64, 48)) -> tuple[bytes, bytes]:
    """Give the segments with tables of a grey JPEG, and its compressed data."""
    parts, rest = segments(encode(Image.new("L", size, 128)))
    return b"".join(part for part in parts if part[1] in {0xDB, 0xC4}), rest[10:-2]


def _frame(marker: int, size: tuple[int, int], sampling: Sampling) -> bytes:
    head = struct.pack(">BBHBHHB", 0xFF, marker, 8 + 3 * len(sampling), 8, size[1], size[0],
                       len(sampling))  # fmt: skip
    return head + b"".join(
        bytes([number, width << 4 | height, 0])
        for number, (width, height) in enumerate(sampling, 1)
    )


def _scan(components: list[int] | range) -> bytes:
    head = struct.pack(">HHB", 0xFFDA, 6 + 2 * len(components), len(components))
    return head + b"".join(bytes([number, 0]) for number in components) + b"\0\x3f\0"
