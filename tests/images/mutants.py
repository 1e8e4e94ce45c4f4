"""Makes structural mutants of small pictures: any number, each known by its seed.

A picture is taken apart where its format has boundaries (chunks, segments, blocks, fields), the
parts are left out, doubled, swapped, emptied, cut or changed, and put together again.  Checksums
are computed again for some mutants and left wrong for others.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from functools import cache

from images import flat_jpeg
from images.damage import drawn, segments
from pictures import encode
from PIL import Image

Parts = list[bytes]
KINDS = ("PNG", "GIF", "JPEG", "WEBP", "BMP", "APNG")


def mutant(kind: str, seed: int) -> bytes:
    """Give one mutant of a picture of this kind; the same for the same seed."""
    rng = random.Random(f"{kind} {seed}")
    parts = list(rng.choice(_originals(kind)))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        _change(kind, parts, rng)
    data = b"".join(parts)
    if rng.random() < 0.08:
        data = _cut(data, parts, rng)
    return data


@cache
def _originals(kind: str) -> list[Parts]:
    """Give the pictures of a kind, taken apart."""
    split, pictures = {
        "PNG": (_png_parts, _pngs),
        "APNG": (_png_parts, _apngs),
        "GIF": (_gif_parts, _gifs),
        "JPEG": (_jpeg_parts, _jpegs),
        "WEBP": (_webp_parts, _webps),
        "BMP": (_bmp_parts, _bmps),
    }[kind]
    return [split(data) for data in pictures()]


def _pngs() -> list[bytes]:
    picture = drawn(1, (23, 17))
    clear = picture.copy()
    clear.putalpha(picture.convert("L"))
    found = [
        encode(converted, "PNG", **options)
        for converted in (
            picture, picture.convert("L"), picture.convert("1"), picture.quantize(200),
            picture.quantize(13), picture.quantize(4), clear, clear.convert("LA"),
            picture.convert("I;16"),
        )
        for options in ({}, {"compress_level": 0})
    ]  # fmt: skip
    found.append(encode(picture.quantize(13), "PNG", transparency=3))
    found.append(encode(picture, "PNG", transparency=(1, 2, 3), dpi=(72, 72), gamma=0.45))
    large = drawn(2, (120, 90))
    found += [_with_window(encode(large, "PNG"), bits) for bits in (9, 11, 15)]
    found.append(_in_pieces(encode(large, "PNG"), 100))
    return found


def _apngs() -> list[bytes]:
    frames = [drawn(seed, (19, 13)) for seed in range(3)]
    return [
        encode(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        encode(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True),
    ]


def _gifs() -> list[bytes]:
    frames = [drawn(seed, (21, 15)).quantize(32) for seed in range(3)]
    still = encode(frames[0], "GIF")
    moving = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    return [
        still,
        moving,
        encode(frames[0], "GIF", transparency=1, comment=b"a comment"),
        encode(drawn(1, (21, 15)).convert("L"), "GIF"),
        encode(drawn(1, (21, 15)).convert("1"), "GIF"),
        encode(drawn(1, (60, 50)).quantize(256), "GIF", interlace=1),
        encode(Image.new("P", (40, 40), 3), "GIF"),
        # the file says codes of 8 bits of tables with few colours
        encode(drawn(2, (50, 40)).quantize(2), "GIF", interlace=1),
        encode(drawn(3, (120, 90)).quantize(5), "GIF", interlace=0),
        encode(Image.new("P", (150, 140), 1), "GIF", interlace=1),
    ]


def _jpegs() -> list[bytes]:
    picture = drawn(1, (40, 33))
    exif = Image.Exif()
    exif[0x0112] = 6
    return [
        encode(picture),
        encode(picture, subsampling=0),
        encode(picture, subsampling=1),
        encode(picture, progressive=True),
        encode(picture, restart_marker_blocks=2, exif=exif),
        encode(picture.convert("L")),
        encode(picture.convert("L"), progressive=True),
        encode(picture.convert("CMYK")),
        encode(picture, icc_profile=b"profile", comment=b"a comment"),
        flat_jpeg.flat(((3, 1), (1, 1), (1, 1))),
        flat_jpeg.flat(((2, 2), (2, 1), (1, 1))),
        _with_head_of(
            encode(picture, exif=exif, comment=b"a comment", dpi=(72, 72)),
            flat_jpeg.flat(((2, 2), (1, 2), (2, 1))),
        ),
        _with_head_of(
            encode(picture, icc_profile=b"profile", exif=exif),
            flat_jpeg.flat(((1, 1), (2, 2), (1, 1))),
        ),
        encode(picture.convert("CMYK"), exif=exif, comment=b"a comment"),
        flat_jpeg.in_scans(),
        flat_jpeg.arithmetic(),
    ]


def _with_head_of(jpeg: bytes, other: bytes) -> bytes:
    """Give the second JPEG with the application data and comments of the first one."""
    head = b"".join(part for part in segments(jpeg)[0] if part[1] >= 0xE0)
    return other[:2] + head + other[2:]


def _webps() -> list[bytes]:
    picture = drawn(1, (24, 18))
    clear = picture.copy()
    clear.putalpha(picture.convert("L"))
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = [drawn(seed, (24, 18)) for seed in range(2)]
    return [
        encode(picture, "WEBP"),
        encode(picture, "WEBP", lossless=True),
        encode(picture, "WEBP", exif=exif, icc_profile=b"profile"),
        encode(clear, "WEBP"),
        encode(clear, "WEBP", lossless=True),
        encode(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
    ]


def _bmps() -> list[bytes]:
    picture = drawn(5, (13, 9))
    found = [
        encode(converted, "BMP")
        for converted in (
            picture, picture.convert("L"), picture.convert("1"), picture.quantize(200),
            picture.convert("RGBA"),
        )
    ]  # fmt: skip
    rle = b"\x0d\x05\0\0" * 9 + b"\0\1"
    info = struct.pack("<IiiHHIIiiII", 40, 13, 9, 1, 8, 1, len(rle), 0, 0, 0, 0)
    found.append(struct.pack("<2sIHHI", b"BM", 0, 0, 0, 1078) + info + bytes(1024) + rle)
    return found


def _with_window(png: bytes, bits: int) -> bytes:
    """Pack the rows of a PNG again with a window of that many bits."""
    parts = _png_parts(png)
    rows = zlib.decompress(b"".join(part[8:-4] for part in parts if part[4:8] == b"IDAT"))
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    data = packer.compress(rows) + packer.flush()
    first = next(number for number, part in enumerate(parts) if part[4:8] == b"IDAT")
    kept = [part for part in parts if part[4:8] != b"IDAT"]
    return b"".join([*kept[:first], _chunk(b"IDAT", data), *kept[first:]])


def _in_pieces(png: bytes, size: int) -> bytes:
    """Spread the rows of a PNG over chunks of that many bytes."""
    parts = _png_parts(png)
    data = b"".join(part[8:-4] for part in parts if part[4:8] == b"IDAT")
    first = next(number for number, part in enumerate(parts) if part[4:8] == b"IDAT")
    kept = [part for part in parts if part[4:8] != b"IDAT"]
    pieces = [_chunk(b"IDAT", data[at : at + size]) for at in range(0, len(data), size)]
    return b"".join([*kept[:first], *pieces, *kept[first:]])


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png_parts(data: bytes) -> Parts:
    parts, position = [data[:8]], 8
    while position < len(data):
        after = position + 12 + int.from_bytes(data[position : position + 4])
        parts.append(data[position:after])
        position = after
    return parts


def _gif_parts(data: bytes) -> Parts:
    """Take a GIF apart: header, screen, colour tables, heads of blocks, data blocks, end."""
    parts = [data[:6], data[6:13]]
    position = 13
    if data[10] & 128:
        after = position + 3 * (2 << (data[10] & 7))
        parts.append(data[position:after])
        position = after
    while position < len(data):
        if data[position] == 0x2C:
            parts.append(data[position : position + 10])
            flags = data[position + 9]
            position += 10
            if flags & 128:
                after = position + 3 * (2 << (flags & 7))
                parts.append(data[position:after])
                position = after
            parts.append(data[position : position + 1])
            position += 1
        elif data[position] == 0x21:
            parts.append(data[position : position + 2])
            position += 2
        else:
            parts.append(data[position:])
            break
        while True:
            after = position + 1 + data[position]
            parts.append(data[position:after])
            position = after
            if len(parts[-1]) == 1:
                break
    return parts


def _jpeg_parts(data: bytes) -> Parts:
    head, rest = segments(data)
    parts = [b"\xff\xd8", *head]
    start = 0
    for place in range(2, len(rest) - 1):
        if rest[place] == 0xFF and rest[place + 1] not in {0, 0xFF}:
            parts.append(rest[start:place])
            start = place
    return [*parts, rest[start:]]


def _webp_parts(data: bytes) -> Parts:
    parts, position = [data[:12]], 12
    while position < len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        after = position + 8 + length + length % 2
        parts.append(data[position:after])
        position = after
    return parts


def _bmp_parts(data: bytes) -> Parts:
    offset = int.from_bytes(data[10:14], "little")
    fields = (2, 4, 2, 2, 4, 4, 4, 4, 2, 2, 4, 4, 4, 4, 4, 4)
    parts, position = [], 0
    for width in fields:
        parts.append(data[position : position + width])
        position += width
    return [*parts, data[position:offset], data[offset:]]


def _change(kind: str, parts: Parts, rng: random.Random) -> None:
    """Change one thing in place."""
    general: list[Callable[[Parts, int, random.Random], None]] = [
        _leave_out, _double, _swap, _move, _set_byte, _set_byte, _change_number, _shorten,
        _lengthen, _empty,
    ]  # fmt: skip
    own = {
        "PNG": [_png_body, _png_body, _png_empty, _png_copy_chunk, _png_pack_again,
                _png_checksum_of_rows, _png_split],
        "APNG": [_png_body, _png_body, _png_empty, _png_copy_chunk],
        "GIF": [_gif_extension, _gif_extension, _gif_byte, _gif_codes, _gif_code_bits,
                _gif_short_block],
        "JPEG": [_jpeg_body, _jpeg_insert, _jpeg_frame, _jpeg_behind_picture],
        "WEBP": [_webp_flags, _webp_size],
        "BMP": [_bmp_field],
    }[kind]  # fmt: skip
    if not parts:
        return
    action = rng.choice(own if rng.random() < 0.5 else general)
    action(parts, rng.randrange(len(parts)), rng)


def _cut(data: bytes, parts: Parts, rng: random.Random) -> bytes:
    """Cut at a boundary, or a byte from it."""
    count = rng.randrange(len(parts) + 1)
    end = sum(len(part) for part in parts[:count]) + rng.choice((-1, 0, 0, 1))
    return data[: max(0, end)]


def _leave_out(parts: Parts, at: int, _: random.Random) -> None:
    del parts[at]


def _double(parts: Parts, at: int, rng: random.Random) -> None:
    parts.insert(rng.choice((at, at, rng.randrange(len(parts) + 1))), parts[at])


def _swap(parts: Parts, at: int, rng: random.Random) -> None:
    other = rng.randrange(len(parts))
    parts[at], parts[other] = parts[other], parts[at]


def _move(parts: Parts, at: int, rng: random.Random) -> None:
    part = parts.pop(at)
    parts.insert(rng.randrange(len(parts) + 1), part)


def _set_byte(parts: Parts, at: int, rng: random.Random) -> None:
    part = bytearray(parts[at])
    if part:
        # headers are short, so the first bytes are chosen more often
        place = rng.randrange(min(len(part), rng.choice((4, 12, len(part)))))
        part[place] = rng.choice((0, 1, 2, 255, part[place] ^ 1 << rng.randrange(8)))
        parts[at] = bytes(part)


def _change_number(parts: Parts, at: int, rng: random.Random) -> None:
    part = bytearray(parts[at])
    if part:
        place = rng.randrange(min(len(part), 16))
        part[place] = (part[place] + rng.choice((-2, -1, 1, 2))) % 256
        parts[at] = bytes(part)


def _shorten(parts: Parts, at: int, rng: random.Random) -> None:
    parts[at] = parts[at][: -rng.choice((1, 1, 2, 4, 12))]


def _lengthen(parts: Parts, at: int, rng: random.Random) -> None:
    parts[at] += rng.randbytes(rng.choice((1, 1, 2, 4, 12)))


def _empty(parts: Parts, at: int, _: random.Random) -> None:
    parts[at] = b""


def _png_body(parts: Parts, at: int, rng: random.Random) -> None:
    """Change the body of a chunk, and compute its checksum again."""
    if not at or len(parts[at]) < 12:
        return
    name, body = parts[at][4:8], bytearray(parts[at][8:-4])
    match rng.randrange(4):
        case 0 if body:
            place = rng.randrange(min(len(body), rng.choice((3, 13, len(body)))))
            body[place] = rng.choice((0, 1, 2, 3, 4, 6, 8, 16, 255, rng.randrange(256)))
        case 1:
            body = body[: -rng.choice((1, 1, 2, 3, 4))]
        case 2:
            body += rng.randbytes(rng.choice((1, 1, 2, 3, 4)))
        case _:
            name = rng.choice((
                b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD",
                b"hIST", b"pHYs", b"tIME", b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"sPLT",
                b"acTL", b"fcTL", b"fdAT", b"abCD", b"ABCD", b"cICP", b"mDCV", b"oFFs", b"pCAL",
            ))  # fmt: skip
    parts[at] = _chunk(name, bytes(body))


def _png_empty(parts: Parts, at: int, _: random.Random) -> None:
    if at and len(parts[at]) >= 12:
        parts[at] = _chunk(parts[at][4:8], b"")


def _png_copy_chunk(parts: Parts, at: int, rng: random.Random) -> None:
    """Put in a chunk that does not belong there."""
    name = rng.choice((b"PLTE", b"PLTE", b"tRNS", b"IDAT", b"gAMA", b"bKGD", b"hIST", b"iCCP"))
    count = rng.choice((0, 1, 2, 3, 4, 6, 7, 9, 768, 769, 771))
    parts.insert(max(1, at), _chunk(name, rng.randbytes(count)))


def _png_pack_again(parts: Parts, _: int, rng: random.Random) -> None:
    """Pack the rows again in another way: window, level, more rows or fewer."""
    places = [number for number, part in enumerate(parts) if part[4:8] == b"IDAT"]
    try:
        rows = zlib.decompress(b"".join(parts[place][8:-4] for place in places))
    except zlib.error:
        return
    lost = rng.choice((0, 0, 0, 1, 40))
    rows = rows[: len(rows) - lost] + bytes(rng.choice((0, 0, 0, 1, 40)))
    bits = rng.choice((9, 10, 12, 15))
    packer = zlib.compressobj(rng.choice((0, 1, 9)), zlib.DEFLATED, bits)
    data = bytearray(packer.compress(rows) + packer.flush())
    if rng.random() < 0.6:
        method = rng.randrange(8) << 4 | 8
        data[0], data[1] = method, (31 - (method << 8) % 31) % 31
    for place in reversed(places):
        del parts[place]
    if places:
        parts.insert(places[0], _chunk(b"IDAT", bytes(data)))


def _png_checksum_of_rows(parts: Parts, _: int, rng: random.Random) -> None:
    """Cut, change or part the end of the compressed rows."""
    places = [number for number, part in enumerate(parts) if part[4:8] == b"IDAT"]
    if not places:
        return
    last = places[-1]
    body = parts[last][8:-4]
    lost = rng.choice((1, 2, 3, 4, 5, 6, 8))
    match rng.randrange(4):
        case 0:
            bodies = [body[:-lost]]
        case 1:
            bodies = [body[:-lost] + rng.randbytes(lost)]
        case 2:
            bodies = [body[:-lost], rng.randbytes(lost)]
        case _:
            bodies = [body[:-lost], body[-lost:]]
    parts[last : last + 1] = [_chunk(b"IDAT", part) for part in bodies]


def _png_split(parts: Parts, _: int, rng: random.Random) -> None:
    places = [number for number, part in enumerate(parts) if part[4:8] == b"IDAT"]
    if places:
        place = rng.choice(places)
        body = parts[place][8:-4]
        middle = rng.randrange(len(body) + 1)
        between = [_chunk(rng.choice((b"tEXt", b"PLTE", b"abCd")), b"abc")] * rng.randrange(2)
        halves = [_chunk(b"IDAT", body[:middle]), *between, _chunk(b"IDAT", body[middle:])]
        parts[place : place + 1] = halves


def _gif_extension(parts: Parts, at: int, rng: random.Random) -> None:
    label = rng.choice((0xFE, 0xFF, 0xF9, 0x01, 0x00, 0x2C))
    body = rng.choice(
        (
            b"\0",
            b"\0\0",
            b"",
            b"\1x\0",
            b"\3xyz\0",
            b"\4\0\0\0\0\0",
            b"\4\1\0\0\1\0",
            b"\x0bNETSCAPE2.0\0",
        )
    )
    parts.insert(max(2, at), bytes([0x21, label]) + body)


def _gif_byte(parts: Parts, _: int, rng: random.Random) -> None:
    """Change the code size, or a field of a head."""
    short = [number for number, part in enumerate(parts) if len(part) in {1, 2, 7, 10}]
    if short:
        place = rng.choice(short)
        part = bytearray(parts[place])
        part[rng.randrange(len(part))] = rng.choice((0, 1, 2, 3, 7, 8, 9, 12, 128, 255))
        parts[place] = bytes(part)


def _gif_blocks(parts: Parts) -> list[int]:
    """Give the places of the data blocks that are long enough to hold codes."""
    return [at for at, part in enumerate(parts) if len(part) > 8 and part[0] == len(part) - 1]


def _gif_codes(parts: Parts, _: int, rng: random.Random) -> None:
    """Change a few bytes of the codes, most often near the end of a picture."""
    blocks = _gif_blocks(parts)
    if not blocks:
        return
    place = rng.choice(blocks)
    part = bytearray(parts[place])
    for _ in range(rng.choice((1, 1, 2, 4))):
        back = 1 + rng.randrange(min(len(part) - 1, rng.choice((6, 20, len(part)))))
        part[-back] = rng.choice((0, 255, rng.randrange(256)))
    parts[place] = bytes(part)


def _gif_code_bits(parts: Parts, _: int, rng: random.Random) -> None:
    """Say another size of codes, another number of colours, or the other order of rows."""
    heads = [at for at, part in enumerate(parts) if len(part) == 10 and part[0] == 0x2C]
    if not heads:
        return
    place = rng.choice(heads)
    if rng.random() < 0.5:
        parts[place] = parts[place][:9] + bytes([parts[place][9] ^ 0x40])
    else:
        following = [at for at in range(place, len(parts)) if len(parts[at]) == 1]
        if following:
            parts[following[0]] = bytes([rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9))])


def _gif_short_block(parts: Parts, _: int, rng: random.Random) -> None:
    """Lose bytes of a block and say so, or leave a block out, or end the file inside of one."""
    blocks = _gif_blocks(parts)
    if not blocks:
        return
    place = rng.choice(blocks)
    kept = rng.randrange(1, len(parts[place]))
    match rng.randrange(3):
        case 0:
            parts[place] = bytes([kept]) + parts[place][1 : kept + 1]
        case 1:
            del parts[place]
        case _:
            del parts[place + 1 :]
            parts[place] = parts[place][:kept] + rng.choice((b"", b";", b"\0;"))


def _jpeg_frame(parts: Parts, _: int, rng: random.Random) -> None:
    """Change sampling factors, names of components, or the size in the frame header."""
    heads = [at for at, part in enumerate(parts) if part[:1] == b"\xff" and len(part) >= 13
             and part[1] in {0xC0, 0xC1, 0xC2, 0xC9}]  # fmt: skip
    if not heads:
        return
    place = rng.choice(heads)
    part = bytearray(parts[place])
    component = 10 + 3 * rng.randrange((len(part) - 10) // 3)
    match rng.randrange(4):
        case 0:
            part[component] = rng.choice((0, 1, 2, 3, 4, 82, 255))
        case 1 | 2:
            part[component + 1] = rng.choice((1, 2, 3, 4)) << 4 | rng.choice((1, 2, 3, 4))
        case _:
            part[rng.choice((4, 6, 8, 9, component + 2))] = rng.choice((0, 1, 2, 3, 8, 12))
    parts[place] = bytes(part)


def _jpeg_behind_picture(parts: Parts, _: int, rng: random.Random) -> None:
    """Put a marker into the last scan or behind it, with few bytes behind the marker."""
    marker = rng.choice((*range(0xC0, 0xCF), 0xD8, *range(0xDA, 0xE3), 0xEE, 0xF7, 0xFE))
    scans = [at for at, part in enumerate(parts) if part[:2] == b"\xff\xda"]
    if not scans:
        return
    place = scans[-1]
    lost = rng.choice((0, 0, 0, 1, 4, 20))
    parts[place] = parts[place][: max(2, len(parts[place]) - lost)] + bytes([0xFF, marker])
    parts[place] += rng.choice((
        b"", b"\0", b"\0\2", b"\0\4\0\1", rng.randbytes(rng.randrange(20)),
        b"\0\x0b\x08\0\x10\0\x10\1"[: rng.randrange(9)],
    ))  # fmt: skip
    if rng.random() < 0.5:
        del parts[place + 1 :]


def _jpeg_body(parts: Parts, at: int, rng: random.Random) -> None:
    """Change the body of a segment without its head."""
    part = bytearray(parts[at])
    if len(part) > 4:
        place = 4 + rng.randrange(min(len(part) - 4, rng.choice((4, 16, len(part)))))
        part[place] = rng.choice((0, 1, 0x11, 0x12, 0x21, 0x22, 0x41, 255, rng.randrange(256)))
        parts[at] = bytes(part)


def _jpeg_insert(parts: Parts, at: int, rng: random.Random) -> None:
    marker = rng.choice((0xD0, 0xD7, 0x01, 0xDC, 0xDD, 0xFE, 0xE1, 0xD9, 0xD8, 0xC4, 0xF0, 0xC8))
    body = rng.choice((b"", b"\0\2", b"\0\4\0\1", b"\0\x20" + bytes(30), b"\xff\xff"))
    parts.insert(max(1, at), bytes([0xFF, marker]) + body)


def _webp_flags(parts: Parts, _: int, rng: random.Random) -> None:
    heads = [number for number, part in enumerate(parts) if part[:4] in {b"VP8X", b"VP8L", b"VP8 "}]
    if heads:
        place = rng.choice(heads)
        part = bytearray(parts[place])
        if len(part) > 8:
            at = 8 + rng.randrange(min(12, len(part) - 8))
            part[at] ^= 1 << rng.randrange(8)
            parts[place] = bytes(part)


def _webp_size(parts: Parts, _: int, rng: random.Random) -> None:
    """Say the size of the container as it is, or nearly."""
    total = sum(map(len, parts)) - 8 + rng.choice((-2, -1, 0, 0, 1, 2, 20))
    if parts and len(parts[0]) == 12:
        parts[0] = parts[0][:4] + struct.pack("<I", max(0, total)) + parts[0][8:]


def _bmp_field(parts: Parts, at: int, rng: random.Random) -> None:
    at = min(at, 16)
    width = len(parts[at]) if at < len(parts) else 0
    if 0 < width <= 4:
        value = rng.choice((0, 1, 3, 8, 9, 12, 13, 16, 24, 32, 40, 54, 61, 2**31, 2**32 - 9))
        parts[at] = (value % 256**width).to_bytes(width, "little")
