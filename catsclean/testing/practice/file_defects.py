"""Plant defective files: empty, truncated, foreign, corrupted, disguised, unreachable."""

from __future__ import annotations

import os
import struct
import zlib

import simplejpeg
from PIL import Image

from catsclean.testing.practice.encoding import save, scan_start, with_size
from catsclean.testing.practice.nursery import Nursery

_HTML = b"""<!DOCTYPE html>
<html><head><title>404 Not Found</title></head>
<body><h1>Not Found</h1><p>The requested URL was not found on this server.</p></body></html>
"""
_EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 100 100
newpath 50 50 40 0 360 arc fill
showpage
%%EOF
"""
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""
_SVG = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><circle r="80"/></svg>
"""


def plant_file_defects(nursery: Nursery) -> None:
    """Plant one to three files for each validator of the family `file`."""
    _plant_foreign(nursery)
    _plant_damaged(nursery)
    _plant_disguised(nursery)
    _plant_refused(nursery)


def plant_out_of_reach(nursery: Nursery) -> None:
    """Plant entries that are not regular files, if the system allows it.

    An unreadable file, or a link to a picture outside, is not planted: the audit would be
    incomplete, and the split refused, which would stop a beginner.
    """
    path = nursery.next_name("Cat")
    if hasattr(os, "mkfifo"):
        os.mkfifo(nursery.root / path)
        nursery.record(path, "special-file", "a named pipe: opening it would wait for ever")
    path = nursery.next_name("Dog")
    try:
        (nursery.root / path).symlink_to("../../never-downloaded.jpg")
    except OSError:  # Windows without the privilege
        pass
    else:
        nursery.record(path, "special-file", "a link that leads nowhere", ["linked-file"])


def _jpeg(picture: Image.Image) -> bytes:
    return save(picture, "JPEG", quality=88)


def _plant_foreign(nursery: Nursery) -> None:
    for label in ("Cat", "Dog"):
        path = nursery.next_name(label)
        nursery.write(path, b"")
        nursery.record(path, "zero-length", "0 bytes")
    nursery.plant(_HTML, "not-an-image", "a web page: the download failed")
    nursery.plant(b"too many requests, try again later\n", "not-an-image", "a line of text")
    number = int(nursery.rng.integers(10_000, 90_000))
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{number:064x}\nsize {number}\n"
    )
    nursery.plant(
        pointer.encode(), "lfs-pointer", "a Git LFS pointer: the picture was never fetched"
    )
    nursery.plant(_EPS, "active-format", "a PostScript program")
    nursery.plant(_PDF, "active-format", "a PDF document")
    nursery.plant(_SVG, "active-format", "an SVG document")


def _plant_damaged(nursery: Nursery) -> None:
    for share in (0.35, 0.65, 0.9):
        data = _jpeg(nursery.draw_next())
        start = scan_start(data)
        cut = start + int((len(data) - start) * share)
        nursery.plant(data[:cut], "truncated", f"cut at {share:.0%} of its compressed data")
    data = save(nursery.draw_next().reduce(2), "PNG")
    note = "a PNG cut at 70 %"
    nursery.plant(data[: int(len(data) * 0.7)], "truncated", note, suffix=".png")

    data = _jpeg(nursery.draw_next())
    noise = nursery.rng.integers(0, 255, 4000, dtype="uint8").tobytes()
    nursery.plant(data[:20] + noise + b"\xff\xd9", "undecodable", "a JPEG's start, then noise")
    head = struct.pack(">LLBBBBB", 320, 240, 8, 2, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", noise) + _chunk(b"IEND", b"")
    )
    nursery.plant(png, "undecodable", "a PNG whose compressed data are noise", suffix=".png")

    for count in (25, 215):
        data = _jpeg(nursery.draw_next())
        spoilt = data[:-2] + noise[:count] + data[-2:]
        nursery.plant(spoilt, "corrupt-data", _complaint(spoilt))
    data, position = _with_bytes_dropped(_jpeg(nursery.draw_next()))
    note = f"512 bytes dropped at byte {position}: {_complaint(data)}"
    nursery.plant(data, "corrupt-data", note)


def _complaint(data: bytes) -> str:
    """Return libjpeg-turbo's first warning about a JPEG, empty if it has none."""
    try:
        simplejpeg.decode_jpeg(data, strict=True)
    except ValueError as error:
        return str(error)
    return ""


def _with_bytes_dropped(data: bytes) -> tuple[bytes, int]:
    """Drop bytes at a place where libjpeg-turbo warns: nearly anywhere."""
    start = scan_start(data)
    for share in range(50, 90):
        position = start + (len(data) - start) * share // 100
        spoilt = data[:position] + data[position + 512 :]
        if _complaint(spoilt).startswith("Corrupt JPEG data"):
            return spoilt, position
    raise AssertionError("libjpeg-turbo noticed no missing bytes")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def _plant_disguised(nursery: Nursery) -> None:
    for image_format, also in (
        ("GIF", ["unusual-colour-mode"]),
        ("BMP", []),
        ("PNG", []),
        ("WEBP", []),
    ):
        picture = nursery.draw_next()
        if image_format == "GIF":
            picture = picture.quantize(128)
        name = image_format.replace("WEBP", "WebP")
        nursery.plant(
            save(picture, image_format), "wrong-extension", f"a {name} file called .jpg", also
        )
    data = _jpeg(nursery.draw_next())
    tail = nursery.rng.integers(1, 255, 300, dtype="uint8").tobytes()
    nursery.plant(data + tail, "trailing-data", "300 bytes behind its end marker")
    nursery.plant(
        _jpeg(nursery.draw_next()) + bytes(64),
        "trailing-data",
        "64 zero bytes behind its end",
    )


def _plant_refused(nursery: Nursery) -> None:
    picture = nursery.draw_next()
    frames = [picture.reduce(2), picture.rotate(3).reduce(2), picture.rotate(6).reduce(2)]
    data = save(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=120)
    also = ["multi-frame", "skipped-by-keras", "unusual-colour-mode"]
    nursery.plant(data, "unsupported-by-tensorflow", "an animated WebP", also, ".webp")
    picture = nursery.draw_next().convert("1")
    also = ["unusual-colour-mode", "low-information", "grey-among-colour"]
    nursery.plant(save(picture, "BMP"), "unsupported-by-tensorflow", "a 1-bit BMP", also, ".bmp")
    data = save(nursery.draw_next(), "TIFF", compression="tiff_lzw")
    also = ["skipped-by-keras"]
    nursery.plant(data, "unsupported-by-tensorflow", "a TIFF", also, ".tif")

    head = struct.pack(">LLBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = _chunk(b"IDAT", zlib.compress(bytes(5000))) + _chunk(b"IEND", b"")
    png = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + bomb
    note = "60000 x 60000 pixels, in a file of a few bytes"
    nursery.plant(png, "over-limit", f"a PNG that claims {note}", suffix=".png")
    data = with_size(_jpeg(nursery.draw_next()), 60_000, 60_000)
    nursery.plant(data, "over-limit", "a JPEG that claims 60000 x 60000 pixels")
