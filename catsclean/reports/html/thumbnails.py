"""Small pictures for the page: pixels encoded anew, no metadata, in bounded number and bytes."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catsclean.reading.picture import UnreadablePictureError, load_rgb

if TYPE_CHECKING:
    from pathlib import Path

# longest side in pixels, for up to so many pictures: fewer pictures leave room for larger ones
_SIDES: Final = ((400, 320), (900, 224), (2_000, 160))
_QUALITY: Final = 58
# libwebp's effort: 2 costs 1.3 ms of a 160-pixel thumbnail where 4 costs 2.1 for 5 % fewer bytes
_EFFORT: Final = 2
_PREFIX: Final = "data:image/webp;base64,"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture.

    Attributes:
        uri: As a ``data:`` URI, WebP.
        width: In pixels.
        height: In pixels.
    """

    uri: str
    width: int
    height: int


class Thumbnails:
    """Makes thumbnails until their number or their bytes are used up.

    Attributes:
        made: Number of those made.
        refused: Number of pictures that found no room any more.
    """

    def __init__(self, root: Path, wanted: int, max_count: int, max_bytes: int) -> None:
        """Choose the size.

        Args:
            root: The data set.
            wanted: How many will be asked for; decides how large they are.
            max_count: At most so many are made.
            max_bytes: All of their URIs together have at most so many bytes.
        """
        self.root = root
        self.made = 0
        self.refused = 0
        self._count_left = max_count
        self._bytes_left = max_bytes
        number = min(wanted, max_count)
        self._side = next((side for limit, side in _SIDES if number <= limit), _SIDES[-1][1])

    def make(self, path: str, times: int = 1) -> Thumbnail | None:
        """Make the thumbnail of a sample; None where there is no room or no picture.

        Args:
            path: The sample.
            times: In how many places the page shows it: each of them takes room.
        """
        if self._count_left < times or self._bytes_left <= 0:
            self.refused += 1
            return None
        made = thumbnail(self.root, path, self._side)
        if made is None:
            return None
        if len(made.uri) * times > self._bytes_left:
            self.refused += 1
            self._bytes_left = 0
            return None
        self.made += 1
        self._count_left -= times
        self._bytes_left -= len(made.uri) * times
        return made


def thumbnail(root: Path, path: str, side_px: int) -> Thumbnail | None:
    """Encode one sample anew, at most `side_px` long; None where it is no picture to look at.

    It is turned as its Exif tag says, since people judge it; training may see it otherwise.
    """
    try:
        picture = load_rgb(root, path, apply_orientation=True, max_side=side_px)
    except UnreadablePictureError:
        return None
    buffer = io.BytesIO()
    picture.info.clear()
    picture.save(
        buffer, "WEBP", quality=_QUALITY, method=_EFFORT, exif=b"", icc_profile=b"", xmp=b""
    )
    encoded = base64.b64encode(buffer.getbuffer()).decode("ascii")
    return Thumbnail(_PREFIX + encoded, picture.width, picture.height)
