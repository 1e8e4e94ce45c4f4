"""Pixel bombs: small files that ask for giant pictures, beyond the limit and just below it."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from hostile import encoders as e
from images.damage import joined, segments
from pictures import draw, encode
from PIL import Image

SIDE = 7071  # 50 million pixels, the default limit
Kind = tuple[str, bytes]


def kinds() -> Iterator[Kind]:
    """Give names and bytes."""
    yield from _beyond()
    yield from _hidden()
    yield from _below()


def _beyond() -> Iterator[Kind]:
    """Headers that tell the truth, or claim more than there is."""
    yield "png-60000-1-bit.png", e.png(60_000, 60_000, 1, 0)
    yield "png-2147483647-wide.png", e.png_with(_png_claiming(2**31 - 1, 1))
    yield "png-4294967295.png", _png_claiming(2**32 - 1, 2**32 - 1)
    yield "webp-34-bytes-13300.webp", e.riff(e.vp8l(13_300, 13_300))
    yield "webp-canvas-16777216.webp", e.riff(e.vp8x(2**24, 2**24), e.vp8l(1, 1))
    lossy = encode(draw(), "WEBP")
    yield "webp-lossy-16383.webp", lossy[:26] + struct.pack("<HH", 16383, 16383) + lossy[30:]
    yield "gif-65535.gif", e.gif(65_535, 65_535, e.gif_frame(1, 1))
    yield "gif-frame-65535.gif", e.gif(1, 1, e.gif_frame(1, 1), e.gif_frame(65_535, 65_535))
    yield "jpeg-65500.jpg", _jpeg_claiming(65_500, 65_500)
    yield "jpeg-65500-progressive.jpg", _jpeg_claiming(65_500, 65_500, progressive=True)
    yield "bmp-2147483647.bmp", e.bmp(2**31 - 1, 2**31 - 1, 1, b"")
    yield "bmp-rle-65535.bmp", e.bmp(65_535, 65_535, 8, b"\0\1", compression=1)
    yield "bmp-os2-65535.bmp", _os2_bitmap(65_535, 65_535)
    yield "tiff-60000.tif", e.grey_tiff(60_000, 60_000, e.zeros(1000), (259, e.SHORT, 1, 8))
    yield "tiff-4294967295-wide.tif", e.grey_tiff(2**32 - 1, 1, b"\0")
    yield "bigtiff-2-to-the-64.tif", e.bigtiff([
        (256, e.LONG8, 1, 2**64 - 1), (257, e.LONG8, 1, 2**64 - 1), (258, e.SHORT, 1, 8),
        (259, e.SHORT, 1, 1), (262, e.SHORT, 1, 1), (273, e.LONG8, 1, 8), (279, e.LONG8, 1, 8),
    ])  # fmt: skip
    yield "ppm-9999999999.ppm", b"P6 9999999999 9999999999 255\n"
    yield "pbm-65500.pbm", b"P4 65500 65500\n"
    yield "jpeg2000-4294967295.jp2", e.j2k(2**32 - 1, 2**32 - 1)
    yield "jpeg2000-60000.jp2", e.j2k(60_000, 60_000)
    yield "avif-says-60000.avif", _avif_claiming(60_000, 60_000)


def _hidden() -> Iterator[Kind]:
    """A small size where a reader looks first, a giant one further in."""
    bomb = e.png(60_000, 60_000, 1, 0)
    yield "icon-with-png-60000.ico", e.ico(bomb)
    dib = struct.pack("<IiiHHIIiiII", 40, 60_000, 120_000, 1, 1, 0, 0, 0, 0, 0, 0)
    yield "icon-with-bitmap-60000.ico", e.ico(dib + bytes(64))
    yield "icon-of-65535-pictures.ico", _icon_flood()
    yield "webp-small-canvas-giant-picture.webp", e.riff(e.vp8x(1, 1), e.vp8l(16_384, 16_384))
    giant = e.riff((b"JUNK", b"12"), e.vp8l(16_384, 16_384))
    yield "webp-giant-behind-junk.webp", giant
    yield "gif-small-screen-giant-frame.gif", e.gif(1, 1, e.gif_frame(65_535, 65_535))
    parts, rest = segments(encode(draw(0, (16, 16))))
    frame = next(part for part in parts if part[1] == 0xC0)
    wide = frame[:5] + struct.pack(">HH", 65_500, 65_500) + frame[9:]
    twice = b"".join(wide if part is frame else part for part in parts)
    yield "jpeg-second-header-65500.jpg", b"\xff\xd8" + b"".join(parts) + wide + rest
    yield "jpeg-first-header-65500.jpg", b"\xff\xd8" + wide + twice + rest
    yield (
        "png-without-columns-but-giant-data.png",
        joined([e.png_header(0, 1), (b"IDAT", e.zeros(2**29)), (b"IEND", b"")]),
    )
    strange = [e.png_header(1, 1), e.png_header(60_000, 60_000, 1)]
    yield (
        "png-second-header-60000.png",
        joined([*strange, (b"IDAT", e.zeros(99)), (b"IEND", b"")]),
    )
    tile = (
        (322, e.LONG, 1, 2**31),
        (323, e.LONG, 1, 2**31),
        (324, e.LONG, 1, 8),
        (325, e.LONG, 1, 4),
    )
    yield "tiff-tile-2147483648.tif", e.grey_tiff(9, 9, bytes(4), *tile)
    packed = e.zeros(99)
    lzw_tile = ((322, e.LONG, 1, 65_536), (323, e.LONG, 1, 65_536), (324, e.LONG, 1, 8),
                (325, e.LONG, 1, len(packed)), (259, e.SHORT, 1, 8))  # fmt: skip
    yield "tiff-packed-tile-65536.tif", e.grey_tiff(9, 9, packed, *lzw_tile)
    yield "tiff-without-width-but-high.tif", e.grey_tiff(0, 2**32 - 1, b"\0")
    yield "ppm-without-width-but-high.ppm", b"P5 0 4294967295 255\n"
    yield "jpeg2000-65535-tiles.jp2", e.j2k(255 * 20, 257 * 20, (20, 20))
    yield "jpeg2000-16384-channels.jp2", e.j2k(64, 64, components=16_384)


def _below() -> Iterator[Kind]:
    """Pictures that the limit lets pass, and that cost as much as it allows."""
    yield "png-50-megapixels-16-bit-rgba.png", e.png(SIDE, SIDE, 16, 6)
    palette = (b"PLTE", bytes(768)), (b"tRNS", bytes(256))
    yield "png-50-megapixels-clear-palette.png", e.png(SIDE, SIDE, 8, 3, *palette)
    yield "png-20-megapixels-tall.png", e.png(1, 20_000_000, 8, 0)
    yield "png-1000001-wide.png", e.png(1_000_001, 1, 8, 6)
    clear = e.png(64, 781_250, 16, 6)
    yield "png-50-megapixels-strip-rgba.png", clear
    yield "webp-50-megapixels-34-bytes.webp", e.riff(e.vp8l(SIDE, SIDE))
    frame = b"".join((bytes(6), *(e.vp8x(SIDE, SIDE)[1][4:],), b"\x64\0\0\2"))
    still = e.vp8l(SIDE, SIDE)
    frame += still[0] + struct.pack("<I", len(still[1])) + still[1]
    moving = e.vp8x(SIDE, SIDE, 0x12), (b"ANIM", bytes(6)), *[(b"ANMF", frame)] * 9
    yield "webp-50-megapixels-moving.webp", e.riff(*moving)
    yield "bmp-50-megapixels-rle.bmp", e.bmp(SIDE, SIDE, 8, b"\0\1", compression=1)
    floats = e.zeros(4 * SIDE * SIDE)
    deep = ((258, e.SHORT, 1, 32), (259, e.SHORT, 1, 8), (339, e.SHORT, 1, 3))
    yield "tiff-50-megapixels-float.tif", e.grey_tiff(SIDE, SIDE, floats, *deep)
    yield "jpeg2000-50-megapixels-empty.jp2", e.j2k(SIDE, SIDE, components=3)
    flat = Image.new("CMYK", (4000, 4000))
    yield "jpeg-16-megapixels-cmyk-progressive.jpg", encode(flat, progressive=True, quality=1)
    for width, height in ((65_500, 1), (1, 65_500), (65_500, 700)):
        yield f"jpeg-{width}x{height}.jpg", encode(Image.new("L", (width, height)))
    yield "gif-65535x1.gif", encode(Image.new("P", (65_535, 1)), "GIF")


def _png_claiming(width: int, height: int) -> bytes:
    parts = [e.png_header(width, height), (b"IDAT", e.zeros(99)), (b"IEND", b"")]
    return joined(parts)


def _jpeg_claiming(width: int, height: int, **options: bool) -> bytes:
    data = encode(draw(0, (16, 16)), **options)
    place = data.index(b"\xff\xc2" if options else b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def _os2_bitmap(width: int, height: int) -> bytes:
    head = struct.pack("<2sIHHI", b"BM", 32, 0, 0, 32)
    return head + struct.pack("<IHHHH", 12, width, height, 1, 1) + bytes(6)


def _icon_flood() -> bytes:
    inner = io.BytesIO()
    draw(0, (16, 16)).save(inner, "PNG")
    row = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, inner.tell(), 6 + 16 * 65_535)
    return struct.pack("<HHH", 0, 1, 65_535) + row * 65_535 + inner.getvalue()


def _avif_claiming(width: int, height: int) -> bytes:
    data = encode(draw(0, (32, 32)), "AVIF")
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", width, height) + data[place + 8 :]
