"""Small pictures for the page: re-encoded pixels, no metadata, limited in number and bytes."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catsclean.core.links import Reach
from catsclean.images.load import UnreadablePictureError, load_rgb
from catsclean.images.thumbnail_bytes import encode_thumbnail

# longest side in pixels: the largest one at which all pictures have room is used
_SIDES: Final = (320, 224, 160, 128, 96)
_SAMPLES: Final = 24
_SAMPLE_SIDE: Final = 160
_SMALL_SIDE: Final = 112
# bytes grow with the side to the power of 1.55 on photographs; noise comes near to 2
_GROWTH: Final = 1.8
_MARGIN: Final = 0.95
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
        made: Number of thumbnails made.
        refused: Number of pictures for which there was no room left.
    """

    def __init__(
        self,
        root: Path | Reach,
        places: Counter[str],
        max_count: int,
        max_bytes: int,
        elsewhere: Mapping[str, Path] | None = None,
    ) -> None:
        """Choose the size, from the bytes that some of the pictures take.

        Args:
            root: The data set; a reach says where links may lead.
            places: Paths that will be requested, with the number of places that show each.
            max_count: Largest number of thumbnails.
            max_bytes: Largest number of bytes of all URIs together.
            elsewhere: By path, the folder of a picture that is not in the data set.
        """
        self.root = root
        self.elsewhere = elsewhere or {}
        self.made = 0
        self.refused = 0
        self._count_left = max_count
        self._bytes_left = max_bytes
        room = _MARGIN * max_bytes / max(1, min(places.total(), max_count))
        self._side = _side_for(room, _typical_bytes(root, list(places)))

    def make(self, path: str, times: int = 1) -> Thumbnail | None:
        """Make the thumbnail of a sample; None if there is no room or no picture.

        Args:
            path: The sample.
            times: The number of places on the page that show it: each one takes room.
        """
        if self._count_left < times or self._bytes_left <= 0:
            self.refused += 1
            return None
        made = thumbnail(self.elsewhere.get(path, self.root), path, self._side)
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


def thumbnail(root: Path | Reach, path: str, side_px: int) -> Thumbnail | None:
    """Re-encode one sample with sides of at most `side_px`; None if it cannot be shown.

    It is turned by its Exif tag, because people judge it; training may see it otherwise.
    """
    try:
        picture = load_rgb(root, path, apply_orientation=True, max_side=side_px)
    except UnreadablePictureError:
        return None
    encoded = base64.b64encode(encode_thumbnail(picture)).decode("ascii")
    return Thumbnail(_PREFIX + encoded, picture.width, picture.height)


def small_ones(root: Path | Reach, paths: Iterable[str]) -> dict[str, Thumbnail]:
    """Make small thumbnails of the samples that can be shown."""
    made = ((path, thumbnail(root, path, _SMALL_SIDE)) for path in sorted(paths))
    return {path: one for path, one in made if one is not None}


def _typical_bytes(root: Path | Reach, paths: list[str]) -> float:
    """Return the mean size of a URI, from some pictures spread over all."""
    spread = paths[:: max(1, len(paths) // _SAMPLES)][:_SAMPLES]
    made = [len(one.uri) for path in spread if (one := thumbnail(root, path, _SAMPLE_SIDE))]
    return sum(made) / len(made) if made else 0.0


def _side_for(room_bytes: float, typical_bytes: float) -> int:
    for side in _SIDES:
        if typical_bytes * (side / _SAMPLE_SIDE) ** _GROWTH <= room_bytes:
            return side
    return _SIDES[-1]
