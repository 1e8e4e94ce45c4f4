"""Floods: millions of the smallest parts that a format has, and loops between them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from hostile import encoders as e
from images.damage import chunk, joined, segments
from pictures import draw, encode
from PIL import Image

Kind = tuple[str, bytes]


def kinds() -> Iterator[Kind]:
    """Give names and bytes."""
    yield from _jpegs()
    yield from _pngs()
    yield from _gifs()
    yield from _tiffs()
    yield from _others()


def _jpegs() -> Iterator[Kind]:
    small = encode(draw(0, (64, 64)), progressive=True)
    scan = small.rindex(b"\xff\xda")
    yield "jpeg-1000-scans.jpg", small[:-2] + small[scan:-2] * 1000 + small[-2:]
    plain = encode(draw(0, (64, 64)))
    comment = e.jpeg_segment(0xFE, b"")
    yield "jpeg-4-million-comments.jpg", e.jpeg_with(plain, comment * 4_000_000)
    yield "jpeg-8-million-stray-markers.jpg", e.jpeg_with(plain, b"\xff\xd0" * 8_000_000)
    yield "jpeg-99000-fill-bytes.jpg", e.jpeg_with(plain, b"\xff" * 99_000)
    yield "jpeg-16-million-fill-bytes.jpg", e.jpeg_with(plain, b"\xff" * 16_000_000)
    tables = e.jpeg_segment(0xC4, b"")
    yield (
        "jpeg-4-million-tables-between-scans.jpg",
        small[:scan] + tables * 4_000_000 + small[scan:],
    )
    parts, rest = segments(plain)
    head, body = rest[:14], rest[14:]
    restarts = b"\xff\xd0\xff\xd1\xff\xd2\xff\xd3\xff\xd4\xff\xd5\xff\xd6\xff\xd7" * 1_000_000
    yield "jpeg-8-million-restarts.jpg", b"\xff\xd8" + b"".join(parts) + head + restarts + body
    lines = e.jpeg_segment(0xDC, b"\0\x40") * 2_000_000
    yield "jpeg-2-million-line-counts.jpg", plain[:-2] + lines + plain[-2:]
    profile = b"".join(
        e.jpeg_segment(0xE2, b"ICC_PROFILE\0" + bytes([1, 255]) + bytes(65_000)) for _ in range(600)
    )
    yield "jpeg-600-profile-parts.jpg", e.jpeg_with(plain, profile)
    yield "jpeg-200-concatenated.jpg", plain * 200
    yield "jpeg-2000-scans-of-one-component.jpg", _separate_scans(2000)
    views = encode(draw(0, (64, 64)), "MPO", save_all=True, append_images=[draw(1, (64, 64))])
    many = encode(draw(0, (2000, 2000)), progressive=True)
    last = many.rindex(b"\xff\xda")
    second = views.index(b"\xff\xd8\xff", 100)
    yield "mpo-second-picture-of-109-scans.jpg", views[:second] + many[:-2] + many[last:-2] * 99
    tags = b"".join(struct.pack("<HHII", 300 + number, 7, 4000, 60_022) for number in range(5000))
    block = b"II*\0" + struct.pack("<IH", 8, 5000) + tags + bytes(4)
    exif = e.jpeg_segment(0xE1, b"Exif\0\0" + block + bytes(4000))
    yield "jpeg-exif-5000-tags-of-the-same-bytes.jpg", e.jpeg_with(plain, exif)


def _separate_scans(count: int) -> bytes:
    """Give a baseline JPEG with a scan for each component, the last one again and again."""
    side = 1000
    parts, rest = segments(encode(Image.new("L", (side, side), 99)))
    frame = struct.pack(">HBHHB", 17, 8, side, side, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    head = b"".join(b"\xff\xc0" + frame if part[1] == 0xC0 else part for part in parts)
    scans = [struct.pack(">HHBBBBBB", 0xFFDA, 8, 1, number, 0, 0, 63, 0) for number in (1, 2, 3)]
    whole = b"".join(scan + rest[10:-2] for scan in scans)
    return b"\xff\xd8" + head + whole + (scans[2] + b"\0") * count + b"\xff\xd9"


def _pngs() -> Iterator[Kind]:
    small = encode(draw(0, (16, 16)), "PNG")
    yield (
        "png-2-million-empty-chunks.png",
        small[:33] + chunk(b"teSt", b"") * 2_000_000 + small[33:],
    )
    empty = chunk(b"IDAT", b"")
    yield "png-2-million-empty-data-chunks.png", small[:33] + empty * 2_000_000 + small[33:]
    packed = _behind_empty_blocks(bytes(17 * 16), 2_000_000)
    data = (b"IDAT", packed), (b"IEND", b"")
    yield "png-2-million-empty-blocks.png", joined([e.png_header(16, 16), *data])
    text = chunk(b"tEXt", b"k\0v")
    yield "png-19000-texts.png", small[:33] + text * 19_000 + small[33:]
    frames = (b"acTL", struct.pack(">II", 2**31 - 1, 0))
    yield "png-2-billion-frames-announced.png", e.png_with(small, frames)
    control = struct.pack(">IIIIIHHBB", 0, 1, 1, 0, 0, 1, 1, 0, 0)
    body = [(b"acTL", struct.pack(">II", 6_000, 0)), (b"IDAT", e.zeros(2))]
    for number in range(6_000):
        body.append((b"fcTL", struct.pack(">I", 2 * number) + control[4:]))
        body.append((b"fdAT", struct.pack(">I", 2 * number + 1) + e.zeros(2)))
    yield "png-6000-frames.png", joined([e.png_header(1, 1), *body, (b"IEND", b"")])
    control = struct.pack(">IIIIHHBB", 16, 16, 0, 0, 0, 1, 0, 0)
    body = [(b"acTL", struct.pack(">II", 2, 0)), (b"fcTL", bytes(4) + control)]
    body += [(b"IDAT", e.zeros(17 * 16)), (b"fcTL", struct.pack(">I", 1) + control)]
    body += [(b"fdAT", struct.pack(">I", 2) + packed), (b"IEND", b"")]
    yield "png-second-frame-of-2-million-empty-blocks.png", joined([e.png_header(16, 16), *body])


def _behind_empty_blocks(rows: bytes, count: int) -> bytes:
    """Pack rows behind blocks that bring code tables of their own and no byte."""
    fields = [(0, 1), (2, 2), (0, 5), (0, 5), (14, 4)]  # not the last; own tables; sizes of these
    lengths = {2: 1, 3: 2, 17: 2}  # of the codes for: many zeros, zero, one
    fields += [(lengths.get(number, 0), 3) for number in range(18)]
    fields += [(0, 1), (127, 7), (0, 1), (107, 7), (3, 2), (3, 2), (0, 1)]
    bits = "".join(f"{value:0{width}b}"[::-1] for value, width in fields)
    eight = bits * 8  # a whole number of bytes
    blocks = bytes(int(eight[at : at + 8][::-1], 2) for at in range(0, len(eight), 8))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"\x78\x9c" + blocks * (count // 8) + packer.compress(rows) + packer.flush()
    return data + struct.pack(">I", zlib.adler32(rows))


def _gifs() -> Iterator[Kind]:
    frame = e.gif_frame(1, 1)
    yield "gif-1-million-frames.gif", e.gif(1, 1, frame * 1_000_000)
    yield "gif-1001-frames.gif", e.gif(1, 1, frame * 1001)
    yield "gif-5-million-extensions.gif", e.gif(1, 1, b"!\xfe\0" * 5_000_000, frame)
    one_byte = b"!\xfe" + b"\x01x" * 10_000_000 + b"\0"
    yield "gif-10-million-comment-blocks.gif", e.gif(1, 1, one_byte, frame)
    data = b"\x02" + b"\x01\x24" * 10_000_000 + b"\0"
    yield "gif-10-million-data-blocks.gif", e.gif(1, 1, e.gif_frame(1, 1, data))
    clears = b"\x02" + (b"\xff" + b"\x24\x49\x92" * 85) * 200 + b"\0"
    yield "gif-400000-clear-codes.gif", e.gif(200, 200, e.gif_frame(200, 200, clears))
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (1500, 1500), np.uint8)).convert("P")
    yield "gif-2-megapixels-without-end.gif", encode(noise, "GIF")[:-1]
    yield "gif-end-code-first-7000.gif", e.gif(7000, 7000, e.gif_frame(7000, 7000, b"\2\1\5\0"))


def _tiffs() -> Iterator[Kind]:
    one = e.grey_tiff(9, 9, bytes(81))
    itself = len(one) - 4
    start = struct.unpack_from("<I", one, 4)[0]
    yield "tiff-directory-is-its-own-next.tif", one[:itself] + struct.pack("<I", start)
    yield "tiff-two-directories-in-a-ring.tif", _chain(2, loop=True)
    yield "tiff-60000-directories.tif", _chain(60_000, loop=False)
    yield "tiff-ring-of-60000-directories.tif", _chain(60_000, loop=True)
    many = [(254 + n, e.LONG, 1, 0) for n in range(65_000)]
    yield "tiff-65000-tags.tif", e.tiff(many)
    longs = bytes(80_000_000)
    yield (
        "tiff-20-million-strip-offsets.tif",
        e.grey_tiff(9, 9, longs, (273, e.LONG, 20_000_000, 8)),
    )
    yield "tiff-4-billion-strip-offsets.tif", e.grey_tiff(9, 9, b"", (273, e.LONG, 2**32 - 1, 8))
    bits = (258, e.SHORT, 40_000_000, 8)
    yield "tiff-40-million-channels.tif", e.grey_tiff(9, 9, longs, bits, (277, e.SHORT, 1, 65_535))
    yield "tiff-60000-tags-of-the-same-bytes.tif", _overlapping(60_000, 4_000_000)
    packed = e.zeros(8)
    lots = struct.pack("<I", 8) * 200_000
    sizes = struct.pack("<I", len(packed)) * 200_000
    tall = (273, e.LONG, 200_000, lots), (278, e.LONG, 1, 1), (279, e.LONG, 200_000, sizes)
    yield (
        "tiff-200000-packed-strips.tif",
        e.grey_tiff(8, 200_000, packed, *tall, (259, e.SHORT, 1, 8)),
    )
    packed = _behind_empty_blocks(bytes(256), 80_000)
    lots, sizes = struct.pack("<I", 8) * 1000, struct.pack("<I", len(packed)) * 1000
    tall = (273, e.LONG, 1000, lots), (278, e.LONG, 1, 16), (279, e.LONG, 1000, sizes)
    yield (
        "tiff-1000-strips-of-80000-empty-blocks.tif",
        e.grey_tiff(16, 16_000, packed, *tall, (259, e.SHORT, 1, 8)),
    )


def _overlapping(tags: int, length: int) -> bytes:
    """Give a TIFF whose tags all have the same bytes as their value."""
    entries = b"".join(struct.pack("<HHII", 300 + n, 7, length, 8) for n in range(tags))
    head = b"II*\0" + struct.pack("<I", 8 + length) + bytes(length)
    return head + struct.pack("<H", tags) + entries + bytes(4)


def _others() -> Iterator[Kind]:
    still = e.vp8l(1, 1)
    body = still[0] + struct.pack("<I", len(still[1])) + still[1]
    frame = (b"ANMF", bytes(12) + b"\1\0\0\2" + body)
    moving = e.vp8x(1, 1, 0x02), (b"ANIM", bytes(6)), *[frame] * 200_000
    yield "webp-200000-frames.webp", e.riff(*moving)
    yield "webp-2-million-chunks.webp", e.riff(e.vp8x(1, 1), *[(b"abcd", b"")] * 2_000_000, still)
    yield "ppm-500000-comments.ppm", b"P5 " + b"#\n" * 500_000 + b"1 1 255\n\0"
    yield "pgm-comment-of-4-megabytes.pgm", b"P5 #" + b"x" * 4_000_000 + b"\n1 1 255\n\0"
    yield "pbm-plain-1-million-comments.pbm", b"P1 1000 1000\n" + b"1#\n" * 1_000_000
    yield "ppm-plain-4-megapixels.ppm", b"P3 2000 2000 255\n" + b"1 " * 12_000_000
    yield "pgm-12-bits-2-megapixels.pgm", b"P5 2000 1000 4095\n" + b"\3\xe8" * 2_000_000
    yield "icon-with-png-of-1-million-chunks.ico", _icon_of_chunks(1_000_000)
    single = b"\1\7" * 4_000_000 + b"\0\1"
    yield "bmp-4-million-runs.bmp", e.bmp(2000, 2000, 8, single, compression=1)
    yield "bmp-20-megapixels-in-runs.bmp", e.bmp(4500, 4500, 8, b"\0\1", compression=1)
    yield "icon-with-4-million-runs.ico", e.ico(e.bmp(2000, 4000, 8, single, compression=1)[14:])
    yield "jpeg2000-9-megabytes-at-one-size.jp2", _j2k_without_levels()
    yield "pbm-plain-1-megapixel.pbm", b"P1 1000 1000\n" + b"1 " * 1_000_000
    runs = b"\x01\x00" * 49_000_000
    yield "bmp-49-million-runs.bmp", e.bmp(7000, 7000, 8, runs + b"\0\1", compression=1)
    inner = b"\0\0\0\x08free"
    yield "avif-2-million-boxes.avif", b"\0\0\0\x10ftypavif\0\0\0\0" + inner * 2_000_000
    nested = b"".join(struct.pack(">I4s", 2**31, b"meta") + bytes(4) for _ in range(100_000))
    yield "avif-100000-nested-boxes.avif", b"\0\0\0\x10ftypavif\0\0\0\0" + nested
    yield "jpeg2000-1-million-comments.jp2", _j2k_comments(1_000_000)


def _chain(count: int, *, loop: bool) -> bytes:
    """Give directories of one pixel each, the last one leading nowhere or back to the first."""
    entries: list[e.Entry] = [
        (256, e.LONG, 1, 1), (257, e.LONG, 1, 1), (258, e.SHORT, 1, 8), (259, e.SHORT, 1, 1),
        (262, e.SHORT, 1, 1), (273, e.LONG, 1, 8), (279, e.LONG, 1, 1),
    ]  # fmt: skip
    head = e.directory(entries, 0)[:-4]
    links = [8 + (len(head) + 4) * number for number in range(1, count)] + [8 if loop else 0]
    body = b"".join(head + struct.pack("<I", link) for link in links)
    return struct.pack("<2sHI", b"II", 42, 8) + body


def _icon_of_chunks(count: int) -> bytes:
    inner = encode(draw(0, (16, 16)), "PNG")
    return e.ico(inner[:33] + chunk(b"teSt", b"") * count + inner[33:])


def _j2k_without_levels() -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (2000, 1600, 3), np.uint8)
    return encode(Image.fromarray(noise), "JPEG2000", num_resolutions=1)


def _j2k_comments(count: int) -> bytes:
    data = e.j2k(64, 64)
    place = data.index(b"\xff\x90")
    return data[:place] + b"\xff\x64\0\x04\0\1" * count + data[place:]
