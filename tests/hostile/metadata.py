"""Text, profile and Exif bombs: everything in a file that is not its picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from hostile import encoders as e
from pictures import draw, encode
from PIL import Image

Kind = tuple[str, bytes | Callable[[Path], None]]
_BIG = 2**25


def kinds() -> Iterator[Kind]:
    """Give names and what to write: bytes, or a function that writes the file."""
    yield from _texts()
    yield from _profiles()
    yield from _exif()
    yield from _mpf()


def _texts() -> Iterator[Kind]:
    small = encode(draw(0, (32, 32)), "PNG")
    bomb = e.zeros(2**29)
    yield "png-ztxt-bomb.png", e.png_with(small, (b"zTXt", b"k\0\0" + bomb))
    itxt = (b"iTXt", b"k\0\1\0\0\0" + bomb)
    yield "png-itxt-bomb.png", e.png_with(small, itxt)
    several = [(b"zTXt", b"k%d\0\0" % n + e.zeros(900_000)) for n in range(200)]
    yield "png-200-ztxt-bombs.png", e.png_with(small, *several)
    escapes = (b"tEXt", b"Title\0\x1b]52;c;ZXZpbA==\x07\x1b[2J")
    yield "png-text-that-drives-a-terminal.png", e.png_with(small, escapes)
    yield "png-text-without-end.png", e.png_with(small, (b"tEXt", b"k" * 200_000))
    comment = e.jpeg_segment(0xFE, b"\x1b]52;c;ZXZpbA==\x07<script>alert(1)</script>")
    yield "jpeg-comment-with-script.jpg", e.jpeg_with(encode(draw(0, (32, 32))), comment)
    packet = b'http://ns.adobe.com/xap/1.0/\0<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'
    yield (
        "jpeg-xmp-of-entities.jpg",
        e.jpeg_with(encode(draw(1, (32, 32))), e.jpeg_segment(0xE1, packet + b"<a>&c;</a>")),
    )


def _profiles() -> Iterator[Kind]:
    small = encode(draw(2, (32, 32)), "PNG")
    jpeg = encode(draw(2, (32, 32)))
    yield "png-profile-bomb.png", e.png_with(small, (b"iCCP", b"p\0\0" + e.zeros(2**29)))
    yield "png-profile-garbled.png", e.png_with(small, (b"iCCP", b"p\0\0" + b"garbage" * 9))
    yield "png-profile-empty.png", e.png_with(small, (b"iCCP", b""))
    profile = zlib.compress(struct.pack(">I", 2**32 - 1) + b"\xff" * 200)
    yield "png-profile-of-4-gigabytes.png", e.png_with(small, (b"iCCP", b"p\0\0" + profile))
    for name, body in (
        ("part-0-of-0", b"\0\0" + b"x" * 200), ("part-9-of-2", b"\x09\x02" + b"x" * 200),
        ("cut", b"\1\1" + struct.pack(">I", 9000) + b"\0" * 20), ("empty", b""),
    ):  # fmt: skip
        segment = e.jpeg_segment(0xE2, b"ICC_PROFILE\0" + body)
        yield f"jpeg-profile-{name}.jpg", e.jpeg_with(jpeg, segment)


def _exif() -> Iterator[Kind]:
    small = encode(draw(3, (32, 32)), "PNG")
    jpeg = encode(draw(3, (32, 32)))
    yield "jpeg-exif-of-200-megabytes.jpg", _write_long_exif
    yield "png-exif-of-32-megabytes.png", e.png_with(small, (b"eXIf", b"II*\0" + bytes(_BIG)))
    webp = e.vp8x(1, 1, 0x08), e.vp8l(1, 1), (b"EXIF", b"II*\0" + bytes(_BIG))
    yield "webp-exif-of-32-megabytes.webp", e.riff(*webp)
    itself = e.tiff([(0x8769, e.LONG, 1, 8), (0x8825, e.LONG, 1, 8), (0xA005, e.LONG, 1, 8)])
    cases: dict[str, bytes] = {
        "directory-inside-itself": itself,
        "offset-behind-the-end": struct.pack("<2sHI", b"II", 42, 2**31),
        "5000-tags": e.tiff([(n, e.SHORT, 1, 1) for n in range(5_000)]),
        "value-of-4-gigabytes": e.tiff([(0x010E, 2, 2**32 - 1, 8)]),
        "orientation-999": e.tiff([(0x0112, e.SHORT, 1, 999)]),
        "orientation-as-text": e.tiff([(0x0112, 2, 4, 0x414141)]),
        "orientation-of-4-values": e.tiff([(0x0112, e.SHORT, 4, b"\1\0\2\0\3\0\4\0")]),
        "orientation-of-64-bits": e.tiff([(0x0112, e.LONG8, 1, b"\xff" * 8)]),
        "orientation-as-fraction-by-zero": e.tiff([(0x0112, e.RATIONAL, 1, bytes(8))]),
        "orientation-not-a-number": e.tiff([(0x0112, e.FLOAT, 1, 0x7FC00000)]),
        "unknown-types": e.tiff([(0x0112, 99, 1, 1), (0x010E, 0, 9, 9)]),
        "big-tiff": e.bigtiff([(0x0112, e.LONG8, 1, 2**64 - 1)]),
        "position-of-zero-by-zero": _position(bytes(24)),
        "position-not-a-number": _position(struct.pack("<6I", 2**32 - 1, 0, 0, 0, 1, 0)),
        "texts-that-drive-a-terminal": e.tiff(
            [(0x010F, 2, 12, b"\x1b]52;c;Zg==\x07"), (0x0132, 2, 8, b"\x1b[2J\r\n\0\0")]
        ),
        "broken-maker-note": e.tiff(
            [(0x927C, e.UNDEFINED, 12, b"Nikon\0\xff\xff\xff\xff\xff\xff")]
        ),
        "cut": b"II*\0\x08\0\0\0\x09",
        "empty": b"",
    }
    for name, block in cases.items():
        segment = e.jpeg_segment(0xE1, b"Exif\0\0" + block)
        yield f"jpeg-exif-{name}.jpg", e.jpeg_with(jpeg, segment)
    block = cases["orientation-of-64-bits"]
    yield "png-exif-orientation-of-64-bits.png", e.png_with(small, (b"eXIf", block))
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "png-exif-twice.png", e.png_with(small, *[(b"eXIf", exif.tobytes())] * 2)


def _mpf() -> Iterator[Kind]:
    jpeg = encode(draw(4, (32, 32)))
    for name, entries in (
        ("4-billion-pictures", [(0xB000, 7, 4, 0x30303130), (0xB001, e.LONG, 1, 2**32 - 1)]),
        ("pictures-behind-the-end", [
            (0xB000, 7, 4, 0x30303130), (0xB001, e.LONG, 1, 2),
            (0xB002, 7, 32, struct.pack("<IIIHH", 0, 99, 0, 0, 0) * 1
             + struct.pack("<IIIHH", 0, 99, 2**31, 0, 0)),
        ]),
        ("picture-is-the-first-again", [
            (0xB000, 7, 4, 0x30303130), (0xB001, e.LONG, 1, 2), (0xB002, 7, 32, bytes(32)),
        ]),
        ("no-list", [(0xB001, e.LONG, 1, 3)]),
    ):  # fmt: skip
        segment = e.jpeg_segment(0xE2, b"MPF\0" + e.tiff(entries))
        yield f"mpo-{name}.jpg", e.jpeg_with(jpeg, segment)


def _position(fractions: bytes) -> bytes:
    """Give Exif whose directory of the position lies behind the main one."""
    main = e.tiff([(0x8825, e.LONG, 1, 26)])
    tags: list[e.Entry] = [(1, 2, 2, 0x4E), (2, e.RATIONAL, 3, fractions), (3, 2, 2, 0x45),
                           (4, e.RATIONAL, 3, fractions)]  # fmt: skip
    return main + e.directory(tags, 26)


def _write_long_exif(path: Path) -> None:
    """Write the segments of a JPEG with holes for their bytes: long, and nothing on the disk."""
    jpeg = encode(draw(3, (32, 32)))
    with path.open("wb") as stream:
        stream.write(jpeg[:2])
        for _ in range(3_200):
            stream.write(b"\xff\xe1\xff\xffExif\0\0")
            stream.seek(65_535 - 8, 1)
        stream.write(jpeg[2:])
