"""What the standard library does not find in the directory of a zip archive.

One damaged length in it hides the members behind it, without a word; and a member whose name begins
with a zero byte has no name.
"""

from __future__ import annotations

import struct
import zipfile
from typing import Any, Final

# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.14 to 4.3.16
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_LOCATOR_64: Final = b"PK\x06\x07"
_END_BYTES: Final = 22
_END_64_BYTES: Final = 56
_LOCATOR_BYTES: Final = 20
_MOST_COMMENT: Final = 0xFFFF
#: This number of members, or more, is written in the longer record; programs that know none write
#: what is left of the number.
_ROUND: Final = 0x10000


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Return whether a member is a folder; ``ZipInfo.is_dir`` fails on one without a name."""
    return info.filename.endswith("/")


def lacks_members(stream: Any, listed: int) -> bool:
    """Return whether an archive promises another number of members than its directory lists.

    Args:
        stream: The archive, open for reading bytes; its position changes.
        listed: Number of members that were read from the directory.
    """
    end = stream.seek(0, 2)
    start = max(0, end - _END_BYTES - _MOST_COMMENT - _LOCATOR_BYTES)
    stream.seek(start)
    tail = stream.read(end - start)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        return False  # then nothing was listed either
    count: int = struct.unpack_from("<H", tail, at + 10)[0]
    if count == _ROUND - 1 and tail[max(0, at - _LOCATOR_BYTES) : at][:4] == _LOCATOR_64:
        (where,) = struct.unpack_from("<Q", tail, at - _LOCATOR_BYTES + 8)
        stream.seek(min(where, end))
        record = stream.read(_END_64_BYTES)
        if record[:4] == _END_64 and len(record) == _END_64_BYTES:
            return bool(struct.unpack_from("<Q", record, 32)[0] != listed)
    return count != listed % _ROUND
