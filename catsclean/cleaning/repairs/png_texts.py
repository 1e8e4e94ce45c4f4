"""Texts in PNG files that hold what other formats keep in Exif data or XMP."""

from __future__ import annotations

import zlib
from typing import Final

from catsclean.cleaning.repairs.repair import CannotRepairError

XMP: Final = b"XML:com.adobe.xmp"
# ImageMagick and Exiv2 write the segments of a JPEG as texts of hexadecimal digits
_PREFIX: Final = b"Raw profile type "
RAW_XMP: Final = _PREFIX + b"xmp"
#: Keywords of such texts; one without XMP has Exif data.
RAW: Final = frozenset({_PREFIX + b"exif", _PREFIX + b"APP1", RAW_XMP})
_LINES_BEFORE: Final = 3  # of the digits: an empty one, the kind, the number of bytes
_MOST_BYTES: Final = 2**24


def read_text(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Return the keyword and the text of a chunk; empty if the text cannot be unpacked.

    Raises:
        CannotRepairError: The text is too long to be searched.
    """
    keyword, _, rest = body.partition(b"\0")
    packed = kind == b"zTXt" or (kind == b"iTXt" and rest[:1] == b"\1")
    # behind the keyword of an iTXt stand two flags, the language, and the keyword in it
    text = rest[1:] if kind == b"zTXt" else rest[2:].split(b"\0", 2)[-1]
    if kind == b"tEXt":
        text = rest
    return keyword, _unpacked(text) if packed else text


def raw_profile(text: bytes) -> bytes:
    """Return the bytes that a text spells in hexadecimal digits; empty if it spells none."""
    digits = b"".join(text.split(b"\n")[_LINES_BEFORE:])
    try:
        return bytes.fromhex(digits.decode("latin-1"))
    except ValueError:
        return b""


def write_raw(keyword: bytes, profile: bytes) -> bytes:
    """Return the body of a ``zTXt`` chunk that spells some bytes."""
    text = b"\n%s\n%8d\n%s\n" % (
        keyword.removeprefix(_PREFIX), len(profile), profile.hex().encode()
    )  # fmt: skip
    return keyword + b"\0\0" + zlib.compress(text)


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, _MOST_BYTES)
    except zlib.error:
        return b""
    if unpacker.unconsumed_tail:
        raise CannotRepairError(f"a text in it has more than {_MOST_BYTES:,} bytes")
    return text
