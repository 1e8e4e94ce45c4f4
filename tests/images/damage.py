"""Makes some 400 odd and damaged picture files by code, for the promise about TensorFlow.

Each variant is a name and bytes; the name says what was done.  Seeded: the same every time.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from pictures import encode
from PIL import Image, ImageDraw

Variant = tuple[str, bytes]


def variants(originals: dict[str, bytes] | None = None) -> Iterator[Variant]:
    """Give all variants; `originals` are further JPEGs (name → bytes) to damage."""
    yield from _jpegs(originals or {})
    yield from _pngs()
    yield from _gifs()
    yield from _bmps()
    yield from _webps()
    yield from _others()


def drawn(seed: int = 1, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """Draw shapes with a little noise, so that compressed data are of some length."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", size, tuple(int(v) for v in rng.integers(0, 255, 3)))
    pen = ImageDraw.Draw(picture)
    for _ in range(8):
        x, y = (int(rng.integers(0, side)) for side in size)
        box = (x, y, x + int(rng.integers(5, 60)), y + int(rng.integers(5, 60)))
        pen.ellipse(box, fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    noisy = np.asarray(picture, np.int16) + rng.integers(-12, 13, (size[1], size[0], 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def spoilt(name: str, data: bytes, start: int, seed: int) -> Iterator[Variant]:
    """Damage `data` in every common way, mostly behind `start`, where the header ends."""
    rng = random.Random(f"{name}{seed}")
    end = len(data)
    for share in (0.0, 0.2, 0.5, 0.8, 0.97):
        yield f"{name}, cut at {share:.0%} of its data", data[: start + int((end - start) * share)]
    for missing in (1, 2, 5):
        yield f"{name}, last {missing} bytes missing", data[:-missing]
    for count in (1, 64, 512):
        place = rng.randrange(start, end)
        yield f"{name}, {count} bytes dropped", data[:place] + data[place + count :]
        place = rng.randrange(start, end)
        zeroed = data[:place] + bytes(min(count, end - place)) + data[place + count :]
        yield f"{name}, {count} bytes zeroed", zeroed
    for number in range(4):
        yield f"{name}, a bit flipped ({number})", flip(data, rng.randrange(start, end), number)
        yield f"{name}, a header bit flipped ({number})", flip(data, rng.randrange(start), number)
    yield f"{name}, garbage behind", data + b"garbage" * 30
    yield f"{name}, itself again behind", data + data
    yield f"{name}, garbage before", b"garbage" + data
    yield f"{name}, header only", data[:start]


def flip(data: bytes, place: int, bit: int) -> bytes:
    """Flip one bit."""
    return data[:place] + bytes([data[place] ^ 1 << bit % 8]) + data[place + 1 :]


def segments(jpeg: bytes) -> tuple[list[bytes], bytes]:
    """Take a JPEG apart: its header's segments, and the rest from the first scan on."""
    parts, position = [], 2
    while jpeg[position + 1] != 0xDA:
        after = position + 2 + struct.unpack_from(">H", jpeg, position + 2)[0]
        parts.append(jpeg[position:after])
        position = after
    return parts, jpeg[position:]


def chunk(kind: bytes, body: bytes) -> bytes:
    """Make a PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Take a PNG apart: names and bodies of its chunks."""
    found, position = [], 8
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        found.append((kind, png[position + 8 : position + 8 + length]))
        position += 12 + length
    return found


def joined(parts: list[tuple[bytes, bytes]]) -> bytes:
    """Make a PNG of chunks."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def _jpegs(originals: dict[str, bytes]) -> Iterator[Variant]:
    picture = drawn()
    kinds = {
        "JPEG": encode(picture),
        "progressive JPEG": encode(picture, progressive=True),
        "JPEG with restarts": encode(picture, restart_marker_blocks=2),
        "grey JPEG": encode(picture.convert("L")),
        "CMYK JPEG": encode(picture.convert("CMYK")),
        **originals,
    }
    for number, (name, data) in enumerate(kinds.items()):
        yield name, data
        parts, rest = segments(data)
        yield from spoilt(name, data, len(data) - len(rest) + 12, number)
        yield f"{name}, end mark removed", data.removesuffix(b"\xff\xd9")
        yield f"{name}, extraneous bytes before its end", data[:-2] + bytes(range(100)) + data[-2:]
        if name.startswith("progressive"):
            scans = [place for place in range(len(data)) if data[place : place + 2] == b"\xff\xda"]
            for count, place in enumerate(scans[1:], 1):
                yield f"{name}, {count} scans and an end mark", data[:place] + b"\xff\xd9"
    data = kinds["JPEG"]
    parts, rest = segments(data)
    for number, part in enumerate(parts):
        mark = f"{part[1]:02x}"
        without = parts[:number] + parts[number + 1 :]
        twice = [*parts[:number], part, *parts[number:]]
        yield f"JPEG, segment {number} ({mark}) missing", b"\xff\xd8" + b"".join(without) + rest
        yield f"JPEG, segment {number} ({mark}) twice", b"\xff\xd8" + b"".join(twice) + rest
        spoilt_part = part[:4] + bytes(byte ^ 0x55 for byte in part[4:])
        changed = [*parts[:number], spoilt_part, *parts[number + 1 :]]
        yield f"JPEG, segment {number} ({mark}) garbled", b"\xff\xd8" + b"".join(changed) + rest
        loose = [*parts[:number], b"\x00loose bytes", *parts[number:]]
        yield f"JPEG, bytes before segment {number} ({mark})", b"\xff\xd8" + b"".join(loose) + rest
    frame = next(number for number, part in enumerate(parts) if part[1] == 0xC0)
    for what, place, value in (
        ("height 0", 5, b"\0\0"), ("width 0", 7, b"\0\0"), ("12 bits", 4, b"\x0c"),
        ("16 bits", 4, b"\x10"), ("higher", 5, b"\0\xff"), ("lower", 5, b"\0\x20"),
        ("wider", 7, b"\1\0"), ("65500 wide", 7, b"\xff\xdc"), ("two components", 9, b"\2"),
        ("lossless", 1, b"\xc3"), ("extended", 1, b"\xc1"), ("arithmetic", 1, b"\xc9"),
        ("arithmetic progressive", 1, b"\xca"), ("progressive by name", 1, b"\xc2"),
    ):  # fmt: skip
        part = parts[frame]
        part = part[:place] + value + part[place + len(value) :]
        changed = [*parts[:frame], part, *parts[frame + 1 :]]
        yield f"JPEG, {what}", b"\xff\xd8" + b"".join(changed) + rest
    yield "YCCK JPEG", _ycck(kinds["CMYK JPEG"])
    frames = [drawn(2), drawn(3)]
    stereo = encode(frames[0], "MPO", save_all=True, append_images=frames[1:])
    yield "MPO", stereo
    yield "MPO, second picture cut", stereo[: len(stereo) * 3 // 4]
    yield "MPO, first picture cut", stereo[: len(stereo) // 4]
    for size in ((1, 1), (65_500, 1), (1, 65_500), (8, 8), (17, 3)):
        yield f"JPEG of {size[0]} x {size[1]}", encode(drawn(4, (32, 32)).resize(size))
    for sampling in (0, 1, 2):
        yield f"JPEG, sampling {sampling}", encode(picture, subsampling=sampling)
    yield "three bytes of a JPEG", b"\xff\xd8\xff"
    yield "start and end of a JPEG", b"\xff\xd8\xff\xd9"
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "JPEG on its side", encode(picture, exif=exif)


def _ycck(cmyk: bytes) -> bytes:
    """Say in the Adobe segment that the four inks are stored as brightness and difference."""
    place = cmyk.index(b"Adobe")
    return cmyk[: place + 11] + b"\2" + cmyk[place + 12 :]


def _pngs() -> Iterator[Variant]:
    picture = drawn()
    data = encode(picture, "PNG")
    grey = picture.convert("L")
    clear = picture.copy()
    clear.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey, np.uint16) * 257)
    for name, kind in (
        ("RGB", picture), ("grey", grey), ("1-bit", picture.convert("1")),
        ("palette", picture.quantize(64)), ("4-colour", picture.quantize(4)), ("RGBA", clear),
        ("grey with alpha", clear.convert("LA")), ("16-bit", deep),
        ("1 x 1", picture.crop((0, 0, 1, 1))), ("5000 x 1", picture.resize((5000, 1))),
    ):  # fmt: skip
        yield f"PNG, {name}", encode(kind, "PNG")
    quantized = picture.quantize(16)
    yield "PNG, palette with a transparent colour", encode(quantized, "PNG", transparency=3)
    yield "PNG, interlaced", _interlaced(np.asarray(picture))
    yield "PNG, interlaced, cut short inside", _interlaced(np.asarray(picture), lost=400)
    moving = encode(picture, "PNG", save_all=True, append_images=[drawn(2)])
    yield "PNG, animated", moving
    yield from spoilt("PNG", data, 41, 1)
    yield from spoilt("palette PNG", encode(quantized, "PNG"), 100, 2)
    parts = chunks(encode(quantized, "PNG", transparency=3))
    for number, (kind, body) in enumerate(parts):
        name = kind.decode()
        raw = joined(parts)
        place = raw.index(kind) + 4 + len(body)
        yield f"PNG, checksum of {name} wrong", flip(raw, place, 3)
        yield f"PNG, {name} missing", joined(parts[:number] + parts[number + 1 :])
        yield f"PNG, {name} twice", joined([*parts[:number], parts[number], *parts[number:]])
        for extra in (b"abcd", b"ABCD", b"tEXt", b"zTXt", b"iCCP", b"acTL", b"gAMA"):
            added = [*parts[:number], (extra, b"key\x00value"), *parts[number:]]
            yield f"PNG, {extra.decode()} before {name}", joined(added)
    parts = chunks(data)
    header, body = parts[0][1], parts[1][1]
    for what, place, value in (
        ("height doubled", 7, 144), ("height halved", 7, 36), ("width doubled", 3, 192),
        ("bit depth 3", 8, 3), ("bit depth 16", 8, 16), ("colour type 1", 9, 1),
        ("colour type 3", 9, 3), ("compression 1", 10, 1), ("filter 1", 11, 1),
        ("interlace 1", 12, 1), ("interlace 2", 12, 2), ("width 0", 3, 0),
    ):  # fmt: skip
        changed = header[:place] + bytes([value]) + header[place + 1 :]
        yield f"PNG, {what}", joined([(b"IHDR", changed), *parts[1:]])
    black = encode(Image.new("RGB", (40, 30)), "PNG")
    yield "PNG, black", black
    raw = zlib.decompress(body)
    for what, packed in (
        ("rows missing", zlib.compress(raw[:-900])),
        ("rows too many", zlib.compress(raw + bytes(900))),
        ("unknown row filter", zlib.compress(b"\7" + raw[1:])),
        ("checksum of the compression wrong", zlib.compress(raw)[:-1] + b"\0"),
        ("end of the compression missing", zlib.compress(raw)[:-5]),
        ("not compressed", raw),
        ("bytes behind the compression", zlib.compress(raw) + b"behind"),
    ):
        yield f"PNG, {what}", joined([parts[0], (b"IDAT", packed), parts[-1]])
    halves = [(b"IDAT", body[: len(body) // 2]), (b"IDAT", body[len(body) // 2 :])]
    yield "PNG, data in two chunks", joined([parts[0], *halves, parts[-1]])
    between = (b"tEXt", b"key\0value")
    apart = [parts[0], halves[0], between, halves[1], parts[-1]]
    yield "PNG, data in two chunks with another between", joined(apart)


def _interlaced(pixels: np.ndarray, lost: int = 0) -> bytes:
    height, width, _ = pixels.shape
    raw = b""
    for left, top, across, down in (
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):  # fmt: skip
        raw += b"".join(b"\0" + row.tobytes() for row in pixels[top::down, left::across])
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    data = zlib.compress(raw[: len(raw) - lost])
    return joined([(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")])


def _gifs() -> Iterator[Variant]:
    frames = [drawn(seed).quantize(32) for seed in range(3)]
    moving = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    still = encode(frames[0], "GIF")
    yield "GIF", still
    yield "GIF, grey", encode(drawn().convert("L"), "GIF")
    yield "GIF, transparent", encode(frames[0], "GIF", transparency=1)
    yield "GIF, animated", moving
    yield from spoilt("GIF", still, 120, 1)
    yield from spoilt("animated GIF", moving, 900, 2)
    yield "GIF, end mark missing", still.rstrip(b";")
    yield "GIF called 87b", b"GIF87b" + still[6:]
    descriptor = still.index(b",", 13 + 3 * 32)
    for what, place, value in (
        ("frame outside the canvas", descriptor + 1, b"\xff\x0f"),
        ("frame far outside the canvas", descriptor + 1, b"\xff\xff"),
        ("frame without width", descriptor + 5, b"\0\0"),
        ("frame higher than its data", descriptor + 7, b"\xff\0"),
        ("code size 9", descriptor + 10, b"\x09"),
        ("no colour table", 10, b"\0"),
        ("canvas 0 x 0", 6, b"\0\0\0\0"),
    ):
        yield f"GIF, {what}", still[:place] + value + still[place + len(value) :]
    second = moving.index(b",", len(still) - 40)
    yield "GIF, second frame broken", moving[: second + 40] + bytes(30) + moving[second + 70 :]
    yield "GIF, second frame without data", moving[: second + 10]


def _bmps() -> Iterator[Variant]:
    picture = drawn(5, (61, 40))  # rows of 24 bits need padding
    data = encode(picture, "BMP")
    yield "BMP", data
    for name, kind in (
        ("1-bit", picture.convert("1")), ("palette", picture.quantize(200)),
        ("grey", picture.convert("L")), ("32-bit", picture.convert("RGBA")),
    ):  # fmt: skip
        yield f"BMP, {name}", encode(kind, "BMP")
    for bits in (4, 16):
        row = (61 * bits + 31) // 32 * 4
        head = _bmp_header(40, 61, 40, bits, 64 if bits == 4 else 0)
        yield f"BMP, {bits}-bit", head + bytes(row * 40)
    rle = b"\x3d\x05\0\0" * 40 + b"\0\1"
    yield "BMP, RLE", _bmp_header(40, 61, 40, 8, 1024, compression=1) + rle
    old = struct.pack("<2sIHHI", b"BM", 26 + 184 * 40, 0, 0, 26)
    yield "BMP, OS/2", old + struct.pack("<IHHHH", 12, 61, 40, 1, 24) + bytes(184 * 40)
    yield from spoilt("BMP", data, 54, 1)
    for what, place, value in (
        ("top down", 22, struct.pack("<i", -40)), ("unknown compression", 30, b"\x09"),
        ("bit fields", 30, b"\3"), ("12 bits", 28, b"\x0c"), ("width 0", 18, bytes(4)),
        ("negative width", 18, struct.pack("<i", -61)), ("header of 16 bytes", 14, b"\x10"),
        ("header of 99 bytes", 14, b"\x63"), ("pixels further on", 10, b"\x40"),
        ("palette of 2^32 colours", 46, b"\xff\xff\xff\xff"), ("file size 0", 2, bytes(4)),
    ):  # fmt: skip
        yield f"BMP, {what}", data[:place] + value + data[place + len(value) :]
    yield "BMP with trailing bytes", data + b"\0\0"
    yield "BMP, one row missing", data[:-184]


def _bmp_header(
    size: int, width: int, height: int, bits: int, palette: int, compression: int = 0
) -> bytes:
    offset = 14 + size + palette
    info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 0, 0, 0, offset) + info + bytes(palette)


def _webps() -> Iterator[Variant]:
    picture = drawn()
    clear = picture.copy()
    clear.putalpha(picture.convert("L"))
    frames = [drawn(seed) for seed in range(3)]
    lossy, lossless = encode(picture, "WEBP"), encode(picture, "WEBP", lossless=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "WebP", lossy
    yield "WebP, lossless", lossless
    yield "WebP with EXIF", encode(picture, "WEBP", exif=exif)
    yield "WebP with alpha", encode(clear, "WEBP")
    yield "WebP with alpha, lossless", encode(clear, "WEBP", lossless=True)
    moving = encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    yield "WebP, animated", moving
    yield from spoilt("WebP", lossy, 30, 1)
    yield from spoilt("lossless WebP", lossless, 25, 2)
    for change in (-20, -2, -1, 1, 2, 20):
        size = struct.unpack_from("<I", lossy, 4)[0] + change
        yield f"WebP, container {change:+} bytes", lossy[:4] + struct.pack("<I", size) + lossy[8:]
        size = struct.unpack_from("<I", lossy, 16)[0] + change
        yield f"WebP, chunk {change:+} bytes", lossy[:16] + struct.pack("<I", size) + lossy[20:]


def _others() -> Iterator[Variant]:
    picture = drawn()
    for kind in ("TIFF", "PPM", "ICO", "AVIF", "JPEG2000"):
        try:
            yield kind, encode(picture, kind)
        except (KeyError, OSError):  # this Pillow was built without it
            continue
    yield "empty", b""
    yield "one byte", b"x"
    yield "zeros", bytes(1000)
    yield "text", b"not found\n"
    yield "HTML", b"<!DOCTYPE html><html><body>404</body></html>"
    yield "EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
    yield "PDF", b"%PDF-1.4\n%%EOF\n"
    yield "SVG", b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    yield "Git LFS pointer", pointer
