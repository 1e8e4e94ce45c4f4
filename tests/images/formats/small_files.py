"""The small files that `one_change.py` changes: as many structures in as few bytes as possible."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from pictures import encode
from PIL import Image


def _drawn(width: int = 5, height: int = 4) -> Image.Image:
    grid = np.arange(width * height * 3, dtype=np.uint8).reshape(height, width, 3) * 7
    return Image.fromarray(grid)


def _chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(
    width, height, bits, colour, rows, *, interlaced=0, before=b"", after=b"", parts=1, window=15
):
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    packed = packer.compress(rows) + packer.flush()
    step = -(-len(packed) // parts)
    data = b"".join(_chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + before + data + after + _chunk(b"IEND")


def _png_palette():
    before = _chunk(b"PLTE", bytes(range(9))) + _chunk(b"tRNS", b"\0\x80")
    return _png(5, 3, 2, 3, b"\0\x1b\x40" * 3, before=before)


def _png_interlaced():
    # of 5 x 5 grey pixels: rows of the passes 1, 2, 4, 5, 6, 7
    rows = b"\0\1" + b"\0\2" + b"\0\3\4" + b"\0\5\6" * 2
    rows += b"\0\1\2\3" + b"\0\4\5" * 3 + b"\0\6\7\x08\x09\x0a" * 2
    return _png(5, 5, 8, 0, rows, interlaced=1, parts=2)


def _png_texts():
    before = _chunk(b"tEXt", b"a\0b") + _chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b"))
    before += _chunk(b"iCCP", b"p\0\0" + zlib.compress(b"x")) + _chunk(b"eXIf", b"II*\0")
    return _png(2, 2, 8, 2, b"\0\1\2\3\4\5\6" * 2, before=before, after=_chunk(b"iTXt", b"c"))


def _png_moving():
    control = struct.pack(">IIIIHHBB", 0, 3, 2, 0, 0, 1, 1, 0) + b"\0"
    rows = b"\0\1\2\3" * 2
    later = _chunk(b"fcTL", struct.pack(">I", 1) + control[4:])
    later += _chunk(b"fdAT", b"\0\0\0\2" + zlib.compress(rows))
    before = _chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + _chunk(b"fcTL", control)
    return _png(3, 2, 8, 0, rows, before=before, after=later)


def _png_window():
    # the rows repeat those 366 bytes before: a window of 256 bytes is too small for them
    rows = b"".join(
        b"\0" + bytes((row % 6 * 31 + at * 7) % 256 for at in range(60)) for row in range(12)
    )
    return _png(60, 12, 8, 0, rows, window=9)


def _png_rows():
    return _png(6, 8, 8, 0, b"\0\1\2\3\4\5\6" * 8, parts=3)


def _gif_moving():
    frames = [Image.new("P", (6, 5), colour) for colour in (1, 2)]
    for number, frame in enumerate(frames):
        frame.putpalette([0, 0, 0, 9, 9, 9, 200, 0, 0, 0, 200, 0])
        frame.putpixel((1, 1), 2 - number)
    return encode(
        frames[0], "GIF", save_all=True, append_images=frames[1:], comment=b"a", transparency=0,
        duration=40,
    )  # fmt: skip


def _lzw(codes: list[int], bits: int = 3) -> bytes:
    """Pack codes of a fixed width of bits."""
    number = sum(code << place * bits for place, code in enumerate(codes))
    data = number.to_bytes(-(-len(codes) * bits // 8), "little")
    return bytes([len(data)]) + data + b"\0"


def _gif_by_hand(
    flags=0x00, own=b"", codes=(4, 0, 1, 4, 2, 3, 4, 1, 1, 5), screen=0x80, before=b""
):
    head = b"GIF89a" + struct.pack("<HHB", 3, 2, screen) + b"\0\0"
    table = bytes(range(6)) if screen & 0x80 else b""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 3, 2, flags) + own + b"\2" + _lzw(list(codes))
    return head + table + before + frame + b";"


def _gif_interlaced():
    codes = (4, 0, 1, 4, 2, 3, 4, 1, 1, 4, 0, 1, 4, 2, 3, 4, 1, 1, 4, 2, 5)
    head = b"GIF87a" + struct.pack("<HHB", 2, 6, 0x80) + b"\0\0" + bytes(range(6))
    return head + b"," + struct.pack("<HHHHB", 0, 0, 2, 6, 0x40) + b"\2" + _lzw(list(codes)) + b";"


def _gif_own_table():
    before = b"!\xf9\4\1\0\0\1\0" + b"!\xfe\2hi\0"
    return _gif_by_hand(0x80, bytes(range(50, 56)), screen=0x00, before=before)


def _gif_empty_comment():
    # giflib takes the byte behind it for the length of a block
    return _gif_by_hand(before=b"!\xfe\0\2ab\0!\xfe\0\1a\0")


def _gif_table_codes():
    # 6 is made by the first two pixels, 7 by the second and 6
    return _gif_by_hand(codes=(4, 1, 1, 6, 6, 1, 5))


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _jpeg_by_hand(
    frame=0xC0, scans=((0, 63, 0),), *, components=1, before=b"", behind=b"", data=b"\x12\x34"
):
    sides = struct.pack(">BHH", 8, 9, 11) + bytes([components])
    sides += b"".join(bytes([number + 1, 0x11, 0]) for number in range(components))
    found = b"\xff\xd8" + before + _segment(0xDB, bytes(5)) + _segment(frame, sides)
    found += _segment(0xC4, bytes(4))
    for number, (first, last, approximation) in enumerate(scans):
        chosen = [number % components] if len(scans) > 1 else range(components)
        head = bytes([len(chosen)]) + b"".join(bytes([one + 1, 0]) for one in chosen)
        found += _segment(0xDA, head + bytes([first, last, approximation])) + data
    return found + behind + b"\xff\xd9"


def _jpeg_extras():
    before = (
        _segment(0xE0, b"JFIF\0")
        + _segment(0xE1, b"Exif\0\0II*\0")
        + _segment(0xE1, b"Exif\0\0more")
    )
    before += (
        _segment(0xE2, b"ICC_PROFILE\0\1\1abc") + _segment(0xE2, b"MPF\0ab") + _segment(0xFE, b"c")
    )
    return _jpeg_by_hand(before=before, components=3)


def _jpeg_progressive():
    scans = ((0, 0, 1), (0, 0, 0x10), (1, 5, 2), (1, 63, 0x21))
    return _jpeg_by_hand(0xC2, scans, behind=_segment(0xC4, b"ab"))


def _jpeg_stray():
    before = b"\xff\xd0" + b"\xff\xff" + _segment(0xE5, b"") + b"ab" + b"\xff\x01"
    behind = (
        b"\xff\xd1\x55\xff\0"
        + _segment(0xFE, b"xy")
        + b"\xff\xdc\0\4\0\x09"
        + b"\xff\xd3\1\xff\xd4\2"
    )
    return _jpeg_by_hand(0xC1, before=before, behind=behind)


def _jpeg_second_frame():
    return _jpeg_by_hand()[:-2] + b"\xff\xc0\0\x0b\x08\0"


def _riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _webp_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)


_LOSSY = b"\x30\1\0\x9d\x01\x2a" + struct.pack("<HH", 7, 5) + b"\x12\x34\x56"
_LOSSLESS = b"\x2f" + (6 | 4 << 14 | 1 << 28).to_bytes(4, "little") + b"\x12"


def _webp_extended(flags: int, *more: bytes) -> bytes:
    head = bytes([flags, 0, 0, 1]) + (6).to_bytes(3, "little") + (4).to_bytes(3, "little")
    return _riff(_webp_chunk(b"VP8X", head) + b"".join(more))


def _bmp(bits: int, width: int, height: int, pixels: bytes, *, compression=0, colours=0, head=40):
    offset = 14 + head + 4 * colours
    info = struct.pack("<IiiHHII", 40, width, height, 1, bits, compression, len(pixels)) + bytes(16)
    info = struct.pack("<IHHHH", 12, width, height, 1, bits) if head == 12 else info
    table = bytes(range(4 * colours))
    size = offset + len(pixels)
    return struct.pack("<2sIHHI", b"BM", size, 0, 0, offset) + info + table + pixels


_RUNS = b"\5\1\0\0\0\3\1\2\3\0\0\2\1\0\2\2\0\0\3\1\0\1"


def _tiff(order: str, *, big=False, deflated=True, frames=2):
    """A TIFF of some directories, whose strips are deflated."""
    word = "Q" if big else "I"
    magic = b"II" if order == "<" else b"MM"
    packed = zlib.compress(bytes(12), 9)
    start = struct.pack(
        order + ("2sHHHQ" if big else "2sHI"), magic, *((43, 8, 0, 16) if big else (42, 8))
    )
    data = start
    for frame in range(frames):
        tags = [(256, 3, 1, 4), (257, 3, 1, 3), (259, 3, 1, 8 if deflated else 1), (277, 3, 1, 1)]
        count = len(tags) + 3
        size = (8 if big else 2) + count * (20 if big else 12) + struct.calcsize(order + word)
        place = len(data) + size
        tags += [(273, 4, 1, place), (279, 4, 1, len(packed)), (305, 2, 9, place + len(packed))]
        data += struct.pack(order + ("Q" if big else "H"), count)
        for tag, kind, number, value in tags:
            room = 8 if big else 4
            inside = struct.pack(order + {3: "H", 4: "I", 2: word}[kind], value).ljust(room, b"\0")
            data += struct.pack(order + "HH" + word, tag, kind, number) + inside
        following = place + len(packed) + 10 if frame < frames - 1 else 0
        data += struct.pack(order + word, following) + packed + b"softwares\0"
    return data


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _bits(*fields: tuple[int, int]) -> bytes:
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "1" + "0" * (-(len(text) + 1) % 8)
    return int(text, 2).to_bytes(len(text) // 8)


def _counted(value: int) -> tuple[int, int]:
    """Give a number in Exp-Golomb code, with its width in bits."""
    return value + 1, 2 * (value + 1).bit_length() - 1


def _sequence(layers: int = 0, chroma: int = 1) -> bytes:
    """A sequence parameter set of HEVC: 40 x 24 pixels."""
    fields = [(0, 4), (layers, 3), (1, 1), (0x2A, 88), (0x5A, 8)]
    fields += [(1, 1), (1, 1)] * layers + ([(0, 2)] * (8 - layers) if layers else [])
    fields += [(0x33, 88), (0x44, 8)] * layers
    fields += [_counted(0), _counted(chroma)] + ([(1, 1)] if chroma == 3 else [])
    fields += [_counted(40), _counted(24)]
    return b"\x42\1" + _bits(*fields)


def _heic(layers: int = 0, chroma: int = 1, extra: bytes = b"") -> bytes:
    unit = _sequence(layers, chroma)
    arrays = b"\xa0\0\1\0\2\x40\1" + b"\xa1\0\1" + struct.pack(">H", len(unit)) + unit
    config = bytes(22) + b"\2" + arrays
    ipco = _box(b"ispe", bytes(4) + struct.pack(">II", 40, 24)) + _box(b"hvcC", config)
    meta = bytes(4) + _box(b"iprp", _box(b"ipco", ipco)) + extra
    return _box(b"ftyp", b"heic\0\0\0\0mif1heic") + _box(b"meta", meta)


def _all_containers() -> bytes:
    """A small size in each of the boxes that hold boxes."""
    found = _box(b"ftyp", b"avif\0\0\0\0mif1avis")
    heads = {
        b"meta": 4, b"iprp": 0, b"ipco": 0, b"iinf": 6, b"iref": 4, b"grpl": 0, b"dinf": 0,
        b"moov": 0, b"trak": 0, b"edts": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"stsd": 8,
    }  # fmt: skip
    for number, (kind, head) in enumerate(heads.items()):
        size = _box(b"ispe", bytes(4) + struct.pack(">II", number + 1, 9))
        found += _box(kind, bytes(head) + size)
    long = b"\0\0\0\1free" + struct.pack(">Q", 16)
    return found + long + struct.pack(">I4s", 0, b"mdat") + b"rest"


def _jpeg2000(boxed: bool) -> bytes:
    coding = b"\xff\x52" + struct.pack(">H", 12) + bytes([0, 0, 0, 1, 0, 5, 4, 4, 0, 1])
    stream = b"\xff\x4f" + b"\xff\x51" + struct.pack(">H", 6) + b"abcd" + coding
    for number in range(2):
        stream += b"\xff\x90" + struct.pack(">HHIBB", 10, number, 14, 0, 1) + b"\xff\x93"
    stream += b"\xff\x90" + struct.pack(">HHIBB", 10, 2, 12, 0, 1) + b"\xff\xd9"
    if not boxed:
        return stream
    head = b"\0\0\0\x0cjP  \r\n\x87\n" + _box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + _box(b"jp2h", b"abc")
    return head + _box(b"free", b"") + struct.pack(">I4s", 0, b"jp2c") + stream


def _ico() -> bytes:
    small = _png(2, 2, 8, 0, b"\0\1\2" * 2)
    bitmap = struct.pack("<IiiHHII", 40, 3, 6, 1, 8, 1, 8) + bytes(16) + _RUNS
    old = struct.pack("<IHHHH", 12, 2, 4, 1, 24) + bytes(4)
    places, start = [], 6 + 3 * 16
    for one in (small, bitmap, old):
        places.append((len(one), start))
        start += len(one)
    entries = b"".join(struct.pack("<BBBBHHII", 2, 2, 0, 0, 1, 8, *place) for place in places)
    return b"\0\0\1\0\3\0" + entries + small + bitmap + old


_TEXTS = {
    "svg": b"\xef\xbb\xbf <?xml version='1'?><svg a='b'/>",
    "postscript": b"\4%!PS-Adobe-3.0 EPSF-3.0\n",
    "html": b"<!DOCTYPE html><p>",
    "lfs": b"version https://git-lfs.github.com/spec/v1\noid a",
    "emf": b"\1\0\0\0" + bytes(36) + b" EMF",
    "longer emf": b"\1\0\0\0" + bytes(36) + b" EMF\1",
    "wmf": b"\1\0\t\0\0\3a/b.JPG",
    "pdf": b"%PDF-1", "eps": b"\xc5\xd0\xd3\xc6ab", "placed wmf": b"\xd7\xcd\xc6\x9aab",
    "program": b"MZab", "script": b"#!ab", "psd": b"8BPS\0\1", "jxl": b"\xff\x0a\0",
    "avis": b"\0\0\0\x18ftypavis\0\0\0\0msf1", "heix": b"\0\0\0\x18ftypheix\0\0\0\0",
    "jxl box": b"\0\0\0\x0cJXL \r\n\x87\na", "svg alone": b"<svg/>", "svg comment": b"<!-- a --><svg/>",
    "svg kind": b"<!doctype svg a><svg>", "script tag": b"<script>", "head tag": b"<head>a", "body tag": b"<body>a",
    "html tag": b"<html>a",
}  # fmt: skip

FILES = {
    "png palette": ("PNG", _png_palette),
    "png interlaced": ("PNG", _png_interlaced),
    "png texts": ("PNG", _png_texts),
    "png moving": ("PNG", _png_moving),
    "png window": ("PNG", _png_window),
    "png rows": ("PNG", _png_rows),
    "png 16 bits": ("PNG", lambda: _png(2, 2, 16, 6, (b"\0" + bytes(range(16))) * 2)),
    "gif moving": ("GIF", _gif_moving),
    "gif interlaced": ("GIF", _gif_interlaced),
    "gif own table": ("GIF", _gif_own_table),
    "gif empty comment": ("GIF", _gif_empty_comment),
    "gif table codes": ("GIF", _gif_table_codes),
    "jpeg extras": ("JPEG", _jpeg_extras),
    "jpeg progressive": ("JPEG", _jpeg_progressive),
    "jpeg stray": ("JPEG", _jpeg_stray),
    "jpeg second frame": ("JPEG", _jpeg_second_frame),
    "jpeg in scans": ("JPEG", lambda: _jpeg_by_hand(scans=((0, 63, 0),) * 3, components=3)),
    "jpeg lossless": ("JPEG", lambda: _jpeg_by_hand(0xC3)),
    "jpeg hierarchical": ("JPEG", lambda: _jpeg_by_hand(0xC5)),
    "jpeg-ls": ("JPEG", lambda: _jpeg_by_hand(0xF7, components=4)),
    "webp lossy": ("WEBP", lambda: _riff(_webp_chunk(b"VP8 ", _LOSSY))),
    "webp lossless": ("WEBP", lambda: _riff(_webp_chunk(b"VP8L", _LOSSLESS))),
    "webp extended": (
        "WEBP",
        lambda: _webp_extended(
            0x1C, _webp_chunk(b"ICCP", b"abc"), _webp_chunk(b"VP8 ", _LOSSY), _webp_chunk(b"EXIF", b"II*\0")
        ),
    ),
    "webp alpha": (
        "WEBP", lambda: _webp_extended(0x10, _webp_chunk(b"ALPH", b"a"), _webp_chunk(b"VP8 ", _LOSSY)),
    ),
    "webp animated": ("WEBP", lambda: _webp_extended(0x02, _webp_chunk(b"VP8L", _LOSSLESS))),
    "bmp 24": ("BMP", lambda: _bmp(24, 3, 2, bytes(range(24)))),
    "bmp 32 down": ("BMP", lambda: _bmp(32, 2, -2, bytes(range(16)))),
    "bmp 8": ("BMP", lambda: _bmp(8, 3, 2, bytes(range(8)), colours=2)),
    "bmp runs": ("BMP", lambda: _bmp(8, 5, 4, _RUNS, compression=1, colours=2)),
    "bmp nibbles": ("BMP", lambda: _bmp(4, 5, 4, _RUNS, compression=2, colours=2)),
    "bmp without columns": ("BMP", lambda: _bmp(24, 0, 1, b"")),
    "bmp of one column": ("BMP", lambda: _bmp(8, 1, 2, bytes(8))),
    "bmp os/2": ("BMP", lambda: _bmp(24, 3, 2, bytes(24), head=12)),
    "tiff": ("TIFF", lambda: _tiff("<")),
    "tiff big-endian": ("TIFF", lambda: _tiff(">", frames=1)),
    "tiff 64 bits": ("TIFF", lambda: _tiff("<", big=True, frames=1)),
    "ico": ("ICO", _ico),
    # a directory alone, whose last entry ends with the file and points into the directory
    "ico of a directory": (
        "ICO", lambda: b"\0\0\1\0\2\0" + struct.pack("<BBBBHHII", 2, 2, 0, 0, 1, 8, 4, 6)
        + struct.pack("<BBBBHHII", 2, 2, 0, 0, 1, 8, 4, 10),
    ),
    "ppm plain": ("PPM", lambda: b"P3 # a\n2\n2 9 # b\n1 2 3 4 5 6 7 8 9 1 2 3\n"),
    "pbm plain": ("PPM", lambda: b"P1\n5\t3\n101010101010101"),
    "pgm": ("PPM", lambda: b"P5 3 2 100\n\1\2\3\4\5\6"),
    "ppm": ("PPM", lambda: b"P6\n# long comment\n2 1 255\nabcdef"),
    "heic": ("boxes", _heic),
    "heic layers": ("boxes", lambda: _heic(2, 3)),
    "avif": ("boxes", _all_containers),
    "jp2 of boxes": ("JPEG2000", lambda: _jpeg2000(boxed=True)),
    "j2k of tiles": ("JPEG2000", lambda: _jpeg2000(boxed=False)),
    **{f"text {name}": ("text", lambda data=data: data) for name, data in _TEXTS.items()},
}  # fmt: skip
