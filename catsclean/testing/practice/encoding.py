"""Bytes of picture files: as a camera writes them, and with faults."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

from numpy.random import Generator
from PIL import Image

_CAMERAS = (("Canon", "PowerShot A70"), ("NIKON", "COOLPIX L3"), ("SONY", "CYBERSHOT"))


def save(picture: Image.Image, image_format: str, **options: Any) -> bytes:
    """Encode a picture with Pillow."""
    buffer = io.BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()


def photo(picture: Image.Image, rng: Generator) -> bytes:
    """Encode a JPEG as a camera or a web site does: quality 75 to 95, one in five with EXIF."""
    options: dict[str, Any] = {"quality": int(rng.integers(75, 96))}
    if rng.random() < 0.2:
        options["exif"] = camera_exif(rng)
    if rng.random() < 0.05:
        options["progressive"] = True
    return save(picture, "JPEG", **options)


def camera_exif(rng: Generator) -> Image.Exif:
    """Make EXIF data that names a camera but no person."""
    exif = Image.Exif()
    make, model = _CAMERAS[rng.integers(len(_CAMERAS))]
    exif[0x010F], exif[0x0110], exif[0x0112] = make, model, 1
    exif[0x0132] = f"2006:{rng.integers(1, 13):02}:{rng.integers(1, 29):02} 12:00:00"
    return exif


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """Insert an application segment after the start of a JPEG; `marker` such as 0xE1 for APP1."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + jpeg[2:]


def with_raw_exif(jpeg: bytes, entries: Sequence[bytes], *, claimed: int) -> bytes:
    """Add EXIF data whose directory claims a number of entries, whatever it really has."""
    tiff = b"II*\0" + struct.pack("<LH", 8, claimed) + b"".join(entries)
    return with_segment(jpeg, 0xE1, b"Exif\0\0" + tiff)


def exif_entry(tag: int, kind: int, count: int, value: int) -> bytes:
    """Make one 12-byte entry of an EXIF directory (`kind` 3 short, 4 long, 7 undefined)."""
    return struct.pack("<HHLL", tag, kind, count, value)


def without_metadata(jpeg: bytes) -> bytes:
    """Remove the APP1 to APP15 and comment segments of a JPEG; its pixels stay the same."""
    parts, position = [jpeg[:2]], 2
    while jpeg[position + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", jpeg, position + 2)
        marker = jpeg[position + 1]
        if not (0xE1 <= marker <= 0xEF or marker == 0xFE):
            parts.append(jpeg[position : position + 2 + length])
        position += 2 + length
    return b"".join([*parts, jpeg[position:]])


def scan_start(jpeg: bytes) -> int:
    """Return where the compressed data of a baseline JPEG begin."""
    position = 2
    while jpeg[position + 1] != 0xDA:
        position += 2 + int(struct.unpack_from(">H", jpeg, position + 2)[0])
    return position + 2 + int(struct.unpack_from(">H", jpeg, position + 2)[0])


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """Write another width and height into the header of a baseline JPEG."""
    position = 2
    while jpeg[position + 1] != 0xC0:
        position += 2 + int(struct.unpack_from(">H", jpeg, position + 2)[0])
    return jpeg[: position + 5] + struct.pack(">HH", height, width) + jpeg[position + 9 :]


def wide_gamut_profile() -> bytes:
    """Make an ICC version 2 matrix profile with wider primaries than sRGB and gamma 2.2."""
    name = b"Practice wide gamut"
    text = b"desc\0\0\0\0" + struct.pack(">L", len(name) + 1) + name + b"\0" + bytes(78)

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3l", *(round(value * 65536) for value in values))

    gamma = b"curv\0\0\0\0" + struct.pack(">LH", 1, round(2.2 * 256))
    tags = {
        b"desc": text, b"cprt": b"text\0\0\0\0none\0", b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.6097, 0.3111, 0.0195), b"gXYZ": xyz(0.2053, 0.6257, 0.0609),
        b"bXYZ": xyz(0.1492, 0.0632, 0.7446), b"rTRC": gamma, b"gTRC": gamma, b"bTRC": gamma,
    }  # fmt: skip
    offset, table, body = 128 + 4 + 12 * len(tags), struct.pack(">L", len(tags)), b""
    for tag, value in tags.items():
        table += tag + struct.pack(">LL", offset + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">LLL", 128 + len(table) + len(body), 0, 0x02100000) + b"mntrRGB XYZ "
    head += struct.pack(">6H", 2006, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3l", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + table + body
