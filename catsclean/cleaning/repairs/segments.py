"""Metadata inside JPEG, PNG, GIF and WebP files: found and removed without touching the pixels."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from struct import Struct
from typing import TYPE_CHECKING, Final, Literal

from catsclean.cleaning.repairs import png_texts
from catsclean.cleaning.repairs.repair import CannotRepairError

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

#: Replaces one piece of metadata, given its kind and its body: another body, or None to remove it.
Change = Callable[[str, bytes], bytes | None]

_EXIF: Final = b"Exif\0\0"
_XMP: Final = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
_ICC: Final = b"ICC_PROFILE\0"
_PNG_HEADER: Final = Struct(">I4s")
_RIFF: Final = Struct("<4sI")
_PNG_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME"})
# chunks that say how the pixels look or are stored; others with a small first letter are optional
_PNG_KEPT: Final = frozenset(
    {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"sPLT",
     b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT"}
)  # fmt: skip
_GIF_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_GIF_HEADER_BYTES: Final = 13
_WEBP_KEPT: Final = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04
_ORIENTATION: Final = 0x0112
_POSITION: Final = 0x8825
# tags of TIFF 6.0 and ICC.1 that say how the pixels are stored and how they look
_TIFF_LAYOUT: Final = frozenset(
    {254, 255, *range(256, 260), 262, *range(263, 267), 273, 274, *range(277, 285), 290, 291, 292,
     293, 296, 301, *range(317, 326), 332, 334, 336, 338, 339, 340, 341, 342, 347,
     *range(512, 522), *range(529, 533), 34675}
)  # fmt: skip


def change_metadata(image: ImageFile, change: Change, *, only_position: bool = False) -> bytes:
    """Return a file with changed metadata; pixels and colour profile stay.

    The kinds are ``exif`` (its body is the TIFF data), ``xmp``, ``index`` (of further pictures)
    and ``other``.

    Args:
        image: The file.
        change: Replaces one piece of metadata.
        only_position: What is wanted is to remove the position, so other metadata may stay.

    Raises:
        CannotRepairError: It has such metadata, and the format keeps them between its pixels.
    """
    writers = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "WEBP": _webp}
    if image.format not in writers:
        if not _may_have(image, only_position=only_position):
            return image.data
        raise CannotRepairError(
            f"the metadata of {image.format} files cannot be removed without encoding them again"
        )
    if getattr(image.structure, "multi_picture", False):
        raise CannotRepairError("the file holds further pictures, with metadata of their own")
    return b"".join(writers[image.format](image.data, change))


def _may_have(image: ImageFile, *, only_position: bool) -> bool:
    """Return whether a file whose metadata cannot be changed has some, or may have."""
    if image.pillow is None:
        return True  # it is not decoded here
    packet = image.pillow.info.get("xmp", b"")
    xmp = packet if isinstance(packet, bytes) else str(packet).encode()
    if image.format == "JPEG2000":  # Pillow does not read these boxes
        xmp += b"".join(image.data.partition(kind)[1] for kind in (b"xml ", b"uuid"))
        return bool(xmp)
    if only_position:
        return _POSITION in image.exif or b"GPS" in xmp
    return bool(xmp) or not _TIFF_LAYOUT.issuperset(image.exif)


def without_further_pictures(data: bytes, end: int) -> bytes:
    """Return the first JPEG of several, without the segment that announces the others.

    Raises:
        CannotRepairError: Its end is not known.
    """
    if end < 0:
        raise CannotRepairError("it is not known where the first picture ends")
    return b"".join(_jpeg(data[:end], lambda kind, body: None if kind == "index" else body))


def orientation_alone(tiff: bytes) -> bytes | None:
    """Return Exif data with the orientation and nothing else; None if the picture is upright."""
    order = _order(tiff)
    start = int.from_bytes(tiff[4:8], order)
    for place in _entries(tiff, start, order):
        if int.from_bytes(tiff[place : place + 2], order) == _ORIENTATION:
            value = tiff[place + 8 : place + 12]
            if int.from_bytes(value[:2], order) in range(2, 9):
                head = tiff[:4] + (8).to_bytes(4, order) + (1).to_bytes(2, order)
                return head + tiff[place : place + 12] + bytes(4)
    return None


def without_position(tiff: bytes) -> bytes:
    """Return Exif data of the same length without the position; everything else keeps its place.

    Raises:
        CannotRepairError: The directory of the position is damaged.
    """
    order = _order(tiff)
    start = int.from_bytes(tiff[4:8], order)
    made = bytearray(tiff)
    places = list(_entries(tiff, start, order))
    for at, place in enumerate(places):
        if int.from_bytes(tiff[place : place + 2], order) != _POSITION:
            continue
        after = places[-1] + 12
        own = range(start, after + 4)
        _wipe_directory(made, int.from_bytes(tiff[place + 8 : place + 12], order), order, own)
        # the later entries and the link to the next directory move up by one place
        made[place : after - 12 + 4] = made[place + 12 : after + 4]
        made[after + 4 - 12 : after + 4] = bytes(12)
        count = int.from_bytes(made[start : start + 2], order) - 1
        made[start : start + 2] = count.to_bytes(2, order)
        return without_position(bytes(made)) if at < len(places) - 1 else bytes(made)
    return tiff


def _wipe_directory(
    made: bytearray, start: int, order: Literal["little", "big"], main: range
) -> None:
    """Overwrite a directory and its values with zeros, but nothing of the main directory.

    Raises:
        CannotRepairError: It lies outside of the data, or overlaps with the main directory.
    """
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
    tiff = bytes(made)
    places = list(_entries(tiff, start, order))
    last = min(len(made), start + 2 + 12 * len(places) + 4)
    if not 8 <= start <= len(tiff) - 2:
        raise CannotRepairError("the directory of its position lies outside of the Exif data")
    if start < main.stop and last > main.start:
        raise CannotRepairError("the directory of its position overlaps with another one")
    for place in places:
        kind = int.from_bytes(tiff[place + 2 : place + 4], order)
        size = sizes.get(kind, 1) * int.from_bytes(tiff[place + 4 : place + 8], order)
        if size > 4:
            value = int.from_bytes(tiff[place + 8 : place + 12], order)
            end = min(len(made), value + size)
            if value >= main.stop or end <= main.start:
                made[value:end] = bytes(max(0, end - value))
    made[start:last] = bytes(last - start)


def _order(tiff: bytes) -> Literal["little", "big"]:
    return "little" if tiff[:2] == b"II" else "big"


def _entries(tiff: bytes, start: int, order: Literal["little", "big"]) -> Iterator[int]:
    count = int.from_bytes(tiff[start : start + 2], order)
    for place in range(start + 2, start + 2 + 12 * count, 12):
        if place + 12 > len(tiff):
            return
        yield place


def _jpeg(data: bytes, change: Change) -> Iterator[bytes]:
    yield data[:2]
    position, exif = 2, b""
    while data[position : position + 1] == b"\xff" and position + 4 <= len(data):
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            yield data[position : position + 1]
            position += 1
            continue
        if marker == 0xDA or not 0xC0 <= marker <= 0xFE:
            break
        after = position + 2 + int.from_bytes(data[position + 2 : position + 4])
        segment, body = data[position:after], data[position + 4 : after]
        position = after
        if marker == 0xE1 and body.startswith(_EXIF):
            exif += body[len(_EXIF) :]
            # Exif data of more than 64 kB go on in the next segment
            if not (data[after : after + 2] == b"\xff\xe1" and data[after + 4 :][:6] == _EXIF):
                yield from _jpeg_exif(change("exif", exif))
                exif = b""
        elif marker == 0xE1 and body.startswith(_XMP):
            yield segment if change("xmp", body) is not None else b""
        elif marker in {0xE0, 0xEE} or not (0xE1 <= marker <= 0xEF or marker == 0xFE):
            yield segment if body[:5] != b"JFXX\0" or change("other", body) is not None else b""
        elif marker == 0xE2 and body.startswith(b"MPF\0"):
            yield segment if change("index", body) is not None else b""
        elif marker == 0xE2 and body.startswith(_ICC):
            yield segment
        else:
            yield segment if change("other", body) is not None else b""
    yield data[position:]


def _jpeg_exif(tiff: bytes | None) -> Iterator[bytes]:
    most = 65_533 - len(_EXIF)
    for start in range(0, len(tiff or b""), most):
        body = _EXIF + (tiff or b"")[start : start + most]
        yield b"\xff\xe1" + (len(body) + 2).to_bytes(2) + body


def _png(data: bytes, change: Change) -> Iterator[bytes]:
    yield data[:8]
    position = 8
    while position + 12 <= len(data):
        length, kind = _PNG_HEADER.unpack_from(data, position)
        chunk = data[position : position + 12 + length]
        body = chunk[8 : 8 + length]
        position += 12 + length
        if kind == b"eXIf":
            made = change("exif", body)
            yield b"" if made is None else _png_chunk(kind, made)
        elif kind in _PNG_TEXTS:
            yield _png_text(chunk, kind, body, change)
        elif kind[0] & 0x20 and kind not in _PNG_KEPT:
            yield chunk if change("other", body) is not None else b""
        else:
            yield chunk
        if kind == b"IEND":
            break
    yield data[position:]


def _png_text(chunk: bytes, kind: bytes, body: bytes, change: Change) -> bytes:
    keyword, text = png_texts.read_text(kind, body)
    profile = png_texts.raw_profile(text) if keyword in png_texts.RAW else b""
    if keyword == png_texts.XMP:
        made = change("xmp", text)
    elif keyword == png_texts.RAW_XMP or profile.startswith(_XMP):
        made = change("xmp", profile)
    elif keyword in png_texts.RAW:
        tiff = profile.removeprefix(_EXIF)
        made = change("exif", tiff)
        if made is not None and made != tiff:
            return _png_chunk(b"zTXt", png_texts.write_raw(keyword, _EXIF + made))
    else:
        made = change("other", body)
    return b"" if made is None else chunk


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def _gif(data: bytes, change: Change) -> Iterator[bytes]:
    flags = data[10]
    position = _GIF_HEADER_BYTES + (3 * (2 << (flags & 7)) if flags & 0x80 else 0)
    yield data[:position]
    while position < len(data) and data[position] in {0x21, 0x2C}:
        start = position
        if data[position] == 0x21:
            label, position = data[position + 1], position + 2
        else:
            label, own = 0, data[position + 9]
            position += 11 + (3 * (2 << (own & 7)) if own & 0x80 else 0)
        body = position + 1
        while position < len(data) and data[position]:
            position += 1 + data[position]
        position += 1
        block = data[start:position]
        application = label == 0xFF and not data[body:].startswith(_GIF_LOOPS)
        kind = "xmp" if data[body:].startswith(b"XMP Data") else "other"
        if (label == 0xFE or application) and change(kind, block) is None:
            continue
        yield block
    yield data[position:]


def _webp(data: bytes, change: Change) -> Iterator[bytes]:
    parts, flags = [], 0
    position = 12
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while position + 8 <= end:
        kind, length = _RIFF.unpack_from(data, position)
        chunk = data[position : position + 8 + length + (length & 1)]
        body = chunk[8 : 8 + length]
        position += len(chunk)
        if kind == b"EXIF":
            prefix = _EXIF if body.startswith(_EXIF) else b""
            made = change("exif", body.removeprefix(_EXIF))
            if made is None:
                continue
            flags |= _WEBP_EXIF
            made = prefix + made
            chunk = _RIFF.pack(kind, len(made)) + made + bytes(len(made) & 1)
        elif kind == b"XMP ":
            if change("xmp", body) is None:
                continue
            flags |= _WEBP_XMP
        elif kind not in _WEBP_KEPT and change("other", body) is None:
            continue
        parts.append(chunk)
    if parts and parts[0][:4] == b"VP8X":
        first = bytearray(parts[0])
        first[8] = first[8] & ~(_WEBP_EXIF | _WEBP_XMP) | flags
        parts[0] = bytes(first)
    size = 4 + sum(map(len, parts))
    yield _RIFF.pack(b"RIFF", size) + b"WEBP"
    yield from parts
    yield data[end + (end & 1) :]
