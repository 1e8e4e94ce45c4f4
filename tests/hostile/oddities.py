"""Rare and damaged pictures of every format, most of them from the variants of `damage`."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from hostile import encoders as e
from images import damage
from pictures import draw, encode
from PIL import Image

Kind = tuple[str, bytes]
# those whose damage no other kind here has; the promise about TensorFlow tries all 400
_CHOSEN = (
    "12 bits", "16 bits", "lossless", "arithmetic", "arithmetic progressive", "progressive by name",
    "height 0", "width 0", "two components", "YCCK JPEG", "CMYK JPEG", "MPO",
    "MPO, second picture cut", "MPO, first picture cut", "three bytes of a JPEG",
    "start and end of a JPEG", "progressive JPEG, 3 scans and an end mark",
    "JPEG, end mark removed", "JPEG, 512 bytes dropped", "JPEG, header only", "JPEG, garbage before",
    "JPEG with restarts, cut at 50% of its data", "extraneous bytes before its end",
    "PNG, interlaced", "PNG, interlaced, cut short inside", "PNG, rows missing",
    "PNG, unknown row filter", "PNG, not compressed", "PNG, IEND missing", "PNG, PLTE missing",
    "PNG, colour type 1", "PNG, interlace 2", "PNG, ABCD before IDAT", "PNG, cut at 50% of its data",
    "PNG, checksum of IDAT wrong", "PNG, checksum of tRNS wrong", "PNG, animated",
    "GIF, code size 9", "GIF, no colour table", "GIF, canvas 0 x 0",
    "GIF, frame without width", "GIF, end mark missing", "GIF called 87b",
    "GIF, second frame broken", "animated GIF, cut at 80% of its data",
    "BMP, RLE", "BMP, 4-bit", "BMP, 16-bit", "BMP, OS/2", "BMP, negative width",
    "BMP, palette of 2^32 colours", "BMP, pixels further on", "BMP, header of 99 bytes",
    "WebP, animated", "WebP with alpha", "WebP, container +20 bytes", "WebP, chunk +20 bytes",
    "lossless WebP, cut at 50% of its data", "AVIF", "JPEG2000", "ICO", "empty", "zeros", "text",
    "Git LFS pointer",
)  # fmt: skip


def kinds() -> Iterator[Kind]:
    """Give names and bytes."""
    variants = dict(damage.variants())
    for name in _CHOSEN:
        full = next(full for full in variants if full in (name, f"JPEG, {name}"))
        yield f"{_file_name(full)}.jpg", variants[full]
    yield from _deep_tiffs()
    yield from _odd_tiffs()
    yield from _noise()


def _deep_tiffs() -> Iterator[Kind]:
    values = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    for name, spoilt in (
        ("not-a-number", np.where(values > 0.5, np.nan, values)),
        ("infinite", np.where(values > 0.5, np.inf, values)),
        ("all-not-a-number", values * np.nan),
        ("largest", np.where(values > 0.5, np.finfo(np.float32).max, np.finfo(np.float32).min)),
    ):
        picture = Image.fromarray(spoilt.astype(np.float32))
        yield f"tiff-float-{name}.tif", encode(picture, "TIFF")
    depths = np.where(values > 0.5, 2**31 - 1, -(2**31)).astype(np.int32)
    yield "tiff-32-bit-extremes.tif", encode(Image.fromarray(depths), "TIFF")


def _odd_tiffs() -> Iterator[Kind]:
    grey = bytes(81)
    for name, entry in (
        ("compression-65535", (259, e.SHORT, 1, 65_535)), ("9-channels", (277, e.SHORT, 1, 9)),
        ("bits-0", (258, e.SHORT, 1, 0)), ("strip-behind-the-end", (273, e.LONG, 1, 2**31)),
        ("strip-of-4-gigabytes", (279, e.LONG, 1, 2**32 - 1)),
        ("jpeg-inside-of-nothing", (259, e.SHORT, 1, 7)), ("fax-of-nothing", (259, e.SHORT, 1, 4)),
        ("webp-inside-of-nothing", (259, e.SHORT, 1, 50_001)), ("lzw-of-zeros", (259, e.SHORT, 1, 5)),
        ("rows-0", (278, e.LONG, 1, 0)), ("width-as-text", (256, 2, 4, 0x39393939)),
        ("width-as-fraction-by-zero", (256, e.RATIONAL, 1, bytes(8))),
        ("width-negative", (256, 9, 1, 2**32 - 9)), ("orientation-8-billion", (274, e.LONG, 1, 2**31)),
    ):  # fmt: skip
        yield f"tiff-{name}.tif", e.grey_tiff(9, 9, grey, entry)
    inner = encode(draw(0, (64, 64)))
    sizes = (279, e.LONG, 1, len(inner)), (262, e.SHORT, 1, 6), (277, e.SHORT, 1, 3)
    depth = (258, e.SHORT, 3, struct.pack("<HHH", 8, 8, 8))
    yield (
        "tiff-jpeg-larger-than-it-says.tif",
        e.grey_tiff(8, 8, inner, *sizes, depth, (259, e.SHORT, 1, 7)),
    )
    yield "tiff-header-only.tif", b"II*\0"
    yield "tiff-directory-behind-the-end.tif", b"MM\0*\xff\xff\xff\xff"


def _noise() -> Iterator[Kind]:
    """Signatures with noise behind them: what a decoder makes of anything at all."""
    rng = np.random.default_rng(8)
    for ending, signature in (
        ("jpg", b"\xff\xd8\xff\xe0"), ("png", b"\x89PNG\r\n\x1a\n"), ("gif", b"GIF89a"),
        ("bmp", b"BM" + bytes(12) + b"\x28\0\0\0"), ("webp", b"RIFF\xff\xff\xff\x7fWEBPVP8 "),
        ("tif", b"II*\0\x08\0\0\0"), ("ico", b"\0\0\1\0\2\0"), ("ppm", b"P6 9 9 255\n"),
        ("jp2", b"\xff\x4f\xff\x51"), ("avif", b"\0\0\0\x20ftypavif"),
    ):  # fmt: skip
        yield f"noise.{ending}", signature + rng.integers(0, 256, 4096, np.uint8).tobytes()


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower()).replace("--", "-")
