"""Walk the boxes that an AVIF and a HEIC are made of: how many there are, and all sizes in them.

Layout: ISO/IEC 14496-12 (boxes), 23008-12 (picture sizes), 14496-15 (decoder configuration),
ITU-T H.265 section 7.3.2.2 (the size that an HEVC decoder allocates).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import ClassVar, Final

from catsclean.core.limits import Limits
from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import ImageFile, Structure, refuse_more

_BOX: Final = Struct(">I4s").unpack_from
_U16: Final = Struct(">H").unpack_from
_LONG: Final = Struct(">Q").unpack_from
_SIZE: Final = Struct(">4xII").unpack_from
_HEAD_BYTES, _LONG_HEAD_BYTES, _SIZE_BYTES = 8, 16, 12
# boxes that hold boxes, and what stands before those: version and flags, counts
_CONTAINERS: Final = {
    b"meta": 4, b"iprp": 0, b"ipco": 0, b"iinf": 6, b"iref": 4, b"grpl": 0, b"dinf": 0,
    b"moov": 0, b"trak": 0, b"edts": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"stsd": 8,
}  # fmt: skip
_SMALLEST_BRAND, _LAST_BRAND = 16, 64
_HEVC_FIXED_BYTES: Final = 22
_SEQUENCE_PARAMETERS: Final = 33  # type of an HEVC unit
_UNIT_HEAD_BYTES: Final = 2
_LAYER_PROFILE_BITS, _LAYER_LEVEL_BITS, _LAYERS = 88, 8, 8
_SEPARATE_PLANES: Final = 3


@dataclass(slots=True)
class BoxStructure(Structure):
    """What the boxes say.

    Attributes:
        boxes: Number of boxes, at most one more than the limit.
        sizes: Width and height of each picture, part or preview, as the boxes have them, and as
            HEVC decoders are told.
    """

    boxes: int = 0
    sizes: list[tuple[int, int]] = field(default_factory=list)


class BoxedFormat(PictureFormat):
    """A format of boxes, named by its brands."""

    brands: ClassVar[frozenset[bytes]]
    several = True

    def recognises(self, data: bytes) -> bool:
        """Look for one of the brands among the first of the file."""
        return not self.brands.isdisjoint(brands_of(data))

    def walk(self, data: bytes, limits: Limits, *, to_end: bool) -> BoxStructure:  # noqa: ARG002
        """Walk the boxes."""
        return walk(data, limits.max_chunks)

    def check(self, image: ImageFile) -> None:
        """Bound the number of boxes, and every size in them."""
        if isinstance(image.structure, BoxStructure):
            refuse_more(image.structure.boxes, image.limits.max_chunks, "boxes")
            for size in sorted(image.structure.sizes, key=lambda size: size[0] * size[1]):
                image.check_size(*size)


def brands_of(data: bytes) -> set[bytes]:
    """Return the brands that a file of boxes announces; none if it is something else."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(len(data), _LAST_BRAND)
    return {data[8:12], *(data[at : at + 4] for at in range(_SMALLEST_BRAND, end, 4))}


def walk(data: bytes, limit: int) -> BoxStructure:
    """Read all boxes, those inside of others as well; damage ends the walk.

    Args:
        data: The file.
        limit: Number of boxes after which the walk ends.
    """
    found = BoxStructure()
    waiting = [(0, len(data))]
    while waiting:
        position, end = waiting.pop()
        while position + _HEAD_BYTES <= end:
            found.boxes += 1
            if found.boxes > limit:
                return found
            length, kind = _BOX(data, position)
            body = position + _HEAD_BYTES
            if length == 1 and position + _LONG_HEAD_BYTES <= end:
                [length] = _LONG(data, body)
                body = position + _LONG_HEAD_BYTES
            after = end if length == 0 else position + length
            if after < body:
                break
            _read_box(data, kind, body, min(after, end), found)
            if kind in _CONTAINERS:
                waiting.append((body + _CONTAINERS[kind], min(after, end)))
            position = after
    return found


def _read_box(data: bytes, kind: bytes, body: int, end: int, found: BoxStructure) -> None:
    if kind == b"ispe" and body + _SIZE_BYTES <= end:
        found.sizes.append(_SIZE(data, body))
    elif kind == b"hvcC":
        found.sizes.extend(_hevc_sizes(data[body:end]))


def _hevc_sizes(configuration: bytes) -> Iterator[tuple[int, int]]:
    """Return the sizes that a decoder configuration tells an HEVC decoder to allocate."""
    position, end = _HEVC_FIXED_BYTES + 1, len(configuration)
    while position + 3 <= end:
        kind = configuration[position] & 0x3F
        count = _U16(configuration, position + 1)[0]
        position += 3
        for _ in range(count):
            if position + 2 > end:
                return
            length = _U16(configuration, position)[0]
            position += 2
            if kind == _SEQUENCE_PARAMETERS:
                size = _sequence_size(configuration[position : position + length])
                if size is not None:
                    yield size
            position += length


def _sequence_size(unit: bytes) -> tuple[int, int] | None:
    """Read width and height of a sequence parameter set; None if they are cut off."""
    bits = _Bits(unit[_UNIT_HEAD_BYTES:].replace(b"\0\0\3", b"\0\0"))
    bits.skip(4)
    layers = bits.read(3)
    bits.skip(1 + _LAYER_PROFILE_BITS + _LAYER_LEVEL_BITS)
    present = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    if layers:
        bits.skip(2 * (_LAYERS - layers))
    for profile, level in present:
        bits.skip(profile * _LAYER_PROFILE_BITS + level * _LAYER_LEVEL_BITS)
    bits.read_counted()
    if bits.read_counted() == _SEPARATE_PLANES:
        bits.skip(1)
    size = bits.read_counted(), bits.read_counted()
    return size if bits.left >= 0 else None


class _Bits:
    """Reads a row of bits from the first on; zeros behind the last."""

    def __init__(self, data: bytes) -> None:
        self.left = 8 * len(data)
        self._number = int.from_bytes(data, "big")

    def skip(self, count: int) -> None:
        self.left -= count

    def read(self, count: int) -> int:
        self.left -= count
        return self._number >> self.left & (1 << count) - 1 if self.left >= 0 else 0

    def read_counted(self) -> int:
        """Read a number that says by leading zeros how long it is (Exp-Golomb)."""
        zeros = 0
        while self.left > 0 and not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)
