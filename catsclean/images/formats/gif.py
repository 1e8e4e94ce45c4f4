"""Walk the blocks of a GIF: its frames, the canvas that they need, and whether it is whole.

Block layout: GIF89a specification (1990).  A frame may lie outside the canvas, and Pillow
enlarges the canvas for it: a file of 4 kB asked for 2 GB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import (
    ImageFile,
    ReadingEndedError,
    Structure,
    refuse,
    refuse_more,
)

if TYPE_CHECKING:
    from PIL import Image

_DESCRIPTOR = Struct("<HHHHB").unpack_from
_SCREEN = Struct("<HHB").unpack_from
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL = 0xF9
_LAST_BYTES = b"\0;"  # the end of a chain of blocks, and the end mark
# the end of an extension, and the start of the next one
_NEXT_EXTENSION = b"\0!"
_HEADER_BYTES = 13
_INTERLACED = 0x40
_PASSES = ((0, 8), (4, 8), (2, 4), (1, 2))  # first row, step between rows
_FEWEST_CODE_BITS, _MAX_CODE_BITS = 2, 8
_FEWEST_BYTES_A_BLOCK = 32
_TABLE_SIZE, _NONE = 4096, 4098
# unpacked here in Python, about a second for either
_MOST_UNPACKED_BYTES, _MOST_UNPACKED_PIXELS = 2**19, 2**23


@dataclass(slots=True)
class GifStructure(Structure):
    """What the blocks of a GIF say.

    Attributes:
        width_px: Width of the canvas that all frames need.
        height_px: Height of the canvas that all frames need.
        frames: Number of frames whose data are whole, at most one more than the limit.
        too_many_blocks: It has more extensions, or more data blocks for its bytes, than any
            encoder writes.
        colours: Entries of the first frame's colour table; 0 if there is none.
        first_data: Where the first frame's compressed data begin; 0 if there is no frame.
        first_size_px: Width and height of the first frame.
        interlaced: The first frame's rows are stored in four passes.
        transparent: Index of the first frame's transparent colour; -1 if there is none.
        highest_index: Set by the decoder: the highest colour index of the first frame.
        cut: The blocks lead out of the file, and it does not end as a GIF does.
    """

    width_px: int = 0
    height_px: int = 0
    frames: int = 0
    too_many_blocks: bool = False
    colours: int = 0
    first_data: int = 0
    first_size_px: tuple[int, int] = (0, 0)
    interlaced: bool = False
    transparent: int = -1
    highest_index: int = 0
    cut: bool = False

    @property
    def first_is_empty(self) -> bool:
        """There is a first frame, and no pixel in it."""
        return self.first_data > 0 and 0 in self.first_size_px


def walk(data: bytes, max_frames: int, max_blocks: int) -> GifStructure:
    """Read the blocks of `data`, which starts with GIF's signature; damage ends the walk."""
    found = GifStructure()
    if len(data) < _HEADER_BYTES:
        return found
    found.width_px, found.height_px, flags = _SCREEN(data, 6)
    global_colours = 2 << (flags & 7) if flags & 128 else 0
    position = _HEADER_BYTES + 3 * global_colours
    transparent = -1
    extensions = 0
    empty_seen = False
    # an encoder fills its data blocks, of 255 bytes, but for the last one of each chain
    budget = _BlockBudget(max_blocks + len(data) // _FEWEST_BYTES_A_BLOCK)
    while position < len(data) and found.frames <= max_frames:
        if budget.spent or extensions > max_blocks:
            found.too_many_blocks = True
            break
        kind = data[position]
        if kind == _TRAILER:
            found.end_offset = position + 1
            break
        if kind == _EXTENSION and position + 2 < len(data):
            label, body = data[position + 1], position + 3
            if label == _GRAPHIC_CONTROL and data[body : body + 1] and body + 3 < len(data):
                transparent = data[body + 3] if data[body] & 1 else -1
            after = _skip_blocks(data, position + 2, budget)
            # giflib reads on, and takes the next byte for the length of a block
            if not data[position + 2]:
                if not empty_seen and data.count(_NEXT_EXTENSION) > max_blocks:
                    found.too_many_blocks = True  # Pillow reads each of them
                    break
                empty_seen = True
                after = _skip_blocks(data, after, budget)
            extensions += 1
            if label != _GRAPHIC_CONTROL:
                found.metadata_bytes += max(0, after - position)
        elif kind == _IMAGE and position + 10 <= len(data):
            after = _read_frame(data, position, global_colours, transparent, found, budget)
            transparent = -1
        else:
            break
        if after < 0:
            position = len(data)
            break
        position = after
    found.cut = position >= len(data) and found.end_offset < 0 and not data.endswith(_LAST_BYTES)
    return found


def _read_frame(
    data: bytes,
    position: int,
    global_colours: int,
    transparent: int,
    found: GifStructure,
    budget: _BlockBudget,
) -> int:
    left, top, width, height, flags = _DESCRIPTOR(data, position + 1)
    found.width_px = max(found.width_px, left + width)
    found.height_px = max(found.height_px, top + height)
    own_colours = 2 << (flags & 7) if flags & 128 else 0
    if not found.frames:
        found.colours = own_colours or global_colours
        found.transparent = transparent
    start = position + 10 + 3 * own_colours
    if not found.frames:
        found.first_data = start
        found.first_size_px = (width, height)
        found.interlaced = bool(flags & _INTERLACED)
    after = _skip_blocks(data, start + 1, budget)
    if after >= 0:
        found.frames += 1
    return after


@dataclass(slots=True)
class _BlockBudget:
    left: int

    @property
    def spent(self) -> bool:
        return self.left <= 0


def _skip_blocks(data: bytes, position: int, budget: _BlockBudget) -> int:
    """Return the place behind a chain of data blocks; -1 where it leads out of the file.

    Stops inside the chain where the budget is spent.
    """
    end = len(data)
    left = budget.left
    while position < end and left > 0:
        length = data[position]
        position += length + 1
        left -= 1
        if not length:
            budget.left = left
            return position
    budget.left = left
    return -1 if left > 0 else position


def first_alone(data: bytes, structure: GifStructure) -> bytes:
    """Return the file without whatever follows the data of its first frame.

    Pillow takes missing pixels from behind the end of a frame, giflib does not.
    """
    after = _skip_blocks(data, structure.first_data + 1, _BlockBudget(len(data)))
    return data[:after] + bytes([_TRAILER]) if structure.first_data and after > 0 else data


def has_tiny_codes(data: bytes, structure: GifStructure) -> bool:
    """Tell whether giflib fails at a first frame with codes of 0 or 1 bit."""
    if data[structure.first_data] >= _FEWEST_CODE_BITS:
        return False
    return bool(excess(data, structure)) or not first_indices(data, structure)


def excess(data: bytes, structure: GifStructure) -> str:
    """Say why :func:`first_indices` would take too long; empty if it would not."""
    width, height = structure.first_size_px
    long = len(_joined_blocks(data, structure.first_data + 1)) > _MOST_UNPACKED_BYTES
    if long or width * height > _MOST_UNPACKED_PIXELS:
        return f"a damaged GIF of {width} x {height} pixels, too large to be read slowly"
    return ""


def first_indices(data: bytes, structure: GifStructure) -> bytes:
    """Unpack the first frame as giflib does, which forgives codes that Pillow does not.

    Slow, for the few files where the two part; ask :func:`excess` first.

    Returns:
        Colour indices, row after row from the top; empty where giflib gives up too.
    """
    width, height = structure.first_size_px
    if not structure.first_data or structure.first_data >= len(data):
        return b""
    stored = _unpack(data, structure.first_data, width, height)
    return _in_order(stored, width, height) if stored and structure.interlaced else stored


def _unpack(data: bytes, start: int, width: int, height: int) -> bytes:
    """Return the colour indices of a frame in the order of the file; none where giflib gives up.

    The size of the codes stands at `start`, before the data blocks.
    """
    wanted = width * height
    bits = data[start]
    if bits > _MAX_CODE_BITS:
        return b""
    stream = _joined_blocks(data, start + 1)
    clear, end = 1 << bits, (1 << bits) + 1
    prefix, suffix = [_NONE] * _TABLE_SIZE, [0] * _TABLE_SIZE
    running, width_bits, ceiling, last = end + 1, bits + 1, 1 << (bits + 1), _NONE
    used: list[int] = []
    pixels = bytearray()
    accumulator = available = position = 0
    while len(pixels) < wanted:
        while available < width_bits:
            if position >= len(stream):
                return b""
            accumulator |= stream[position] << available
            available += 8
            position += 1
        code = accumulator & ((1 << width_bits) - 1)
        accumulator >>= width_bits
        available -= width_bits
        if running < _TABLE_SIZE + 1:
            running += 1
            if running > ceiling and width_bits < 12:
                ceiling <<= 1
                width_bits += 1
        if code == end:
            return b""
        if code == clear:
            for slot in used:  # all of them took a second for 400,000 clear codes
                prefix[slot] = _NONE
            used.clear()
            running, width_bits, ceiling, last = end + 1, bits + 1, 1 << (bits + 1), _NONE
            continue
        slot = running - 2
        current, tail = code, bytearray()
        if code > clear and prefix[code] == _NONE:
            suffix[slot] = _first_of(last if slot == code else code, clear, prefix)
            tail.append(suffix[slot])
            current = last
        while clear < current < _TABLE_SIZE and len(tail) < _TABLE_SIZE:
            tail.append(suffix[current])
            current = prefix[current]
        if current >= _TABLE_SIZE or len(tail) >= _TABLE_SIZE - 1:
            return b""
        tail.append(current & 0xFF)
        pixels += tail[::-1]
        if last != _NONE and slot < _TABLE_SIZE and prefix[slot] == _NONE:
            prefix[slot] = last
            used.append(slot)
            suffix[slot] = _first_of(last if slot == code else code, clear, prefix)
        last = code
    return bytes(pixels[:wanted])


def _in_order(stored: bytes, width: int, height: int) -> bytes:
    rows: list[bytes] = [b""] * height
    places = [row for first, step in _PASSES for row in range(first, height, step)]
    for number, row in enumerate(places):
        rows[row] = stored[number * width : (number + 1) * width]
    return b"".join(rows)


def _first_of(code: int, clear: int, prefix: list[int]) -> int:
    steps = 0
    while code > clear and steps <= _TABLE_SIZE:
        if code >= _TABLE_SIZE:  # giflib keeps the lower byte of its mark for "no code"
            return _NONE & 0xFF
        code = prefix[code]
        steps += 1
    return code & 0xFF


def _joined_blocks(data: bytes, position: int) -> bytes:
    parts = []
    while position < len(data) and data[position]:
        block = data[position + 1 : position + 1 + data[position]]
        parts.append(block if len(block) == data[position] else b"")
        position += data[position] + 1
    return b"".join(parts)


class Gif(PictureFormat):
    """GIF."""

    name = "GIF"
    endings = (".gif",)
    keras_endings = (".gif",)
    signatures = (b"GIF8",)  # 87a or 89a; decoders look no further
    several = True

    def walk(self, data: bytes, limits: Limits, *, to_end: bool) -> GifStructure:  # noqa: ARG002
        """Walk the blocks."""
        return walk(data, limits.max_frames, limits.max_chunks)

    def check(self, image: ImageFile) -> None:
        """Bound the canvas that all frames need, and the number of frames and blocks."""
        structure, limits = _structure_of(image), image.limits
        image.check_size(structure.width_px, structure.height_px)
        refuse_more(structure.frames, limits.max_frames, "pictures")
        if structure.too_many_blocks:
            refuse(f"more than {limits.max_chunks:,} blocks, nearly all empty")

    def find_damage(self, image: ImageFile) -> None:
        """Refuse an empty first picture.

        Pillow before 12.2 shows the empty canvas in place of it, and TensorFlow refuses it.
        """
        if _structure_of(image).first_is_empty:
            detail = "its first picture has no width or no height"
            raise ReadingEndedError(Outcome.UNDECODABLE, detail)

    def first_alone(self, image: ImageFile) -> bytes:
        """Leave out what follows the first frame."""
        return first_alone(image.data, _structure_of(image))

    def load(self, image: ImageFile, picture: Image.Image, data: bytes) -> None:  # noqa: ARG002
        """Raise if Pillow passes over the picture that giflib comes to first, and shows another.

        An empty comment does that: giflib takes the byte behind it for the length of a block.
        """
        structure = _structure_of(image)
        tiles = getattr(picture, "tile", ())
        start = structure.first_data + 1  # behind the size of the codes
        if structure.frames and tiles and tiles[0].offset != start:
            raise ValueError("Pillow skips its first picture")
        picture.load()

    def rescue(self, image: ImageFile) -> Iterator[bytes | npt.NDArray[np.uint8]]:
        """Unpack the first frame as giflib does.

        The colours of a file this broken matter less than its shapes.
        """
        structure = _structure_of(image)
        if not structure.frames:  # its data are cut, giflib gives up as well
            return
        refuse(excess(image.data, structure))
        indices = first_indices(image.data, structure)
        if indices:
            structure.highest_index = max(indices)
            image.mode, image.frames = "P", max(1, structure.frames)
            width, height = structure.first_size_px
            yield np.frombuffer(indices, np.uint8).reshape(height, width)

    def is_cut(self, image: ImageFile, complaint: str) -> bool:  # noqa: ARG002
        """Ask the walk."""
        return _structure_of(image).cut

    def note_first(self, image: ImageFile, first: Image.Image) -> None:
        """Note the highest colour in use, and why giflib refuses what Pillow shows."""
        structure = _structure_of(image)
        if first.mode in {"P", "L"}:
            structure.highest_index = int(first.getextrema()[1])  # type: ignore[arg-type]
        if structure.first_data and has_tiny_codes(image.data, structure):
            structure.refusal = "a GIF with codes of fewer bits than the format allows"

    def count(self, image: ImageFile, picture: Image.Image) -> int:  # noqa: ARG002
        """Ask the walk: Pillow searches damaged data for more, and finds giants in noise."""
        return max(1, _structure_of(image).frames)

    def note_later(self, image: ImageFile, *, damaged: bool) -> None:
        """Note a missing end mark.

        A later picture never makes TensorFlow 2.21 refuse a GIF.
        """
        if _structure_of(image).end_offset < 0 and not damaged:
            image.decoder_warnings.append("the GIF ends without its end mark")

    def refusal(self, image: ImageFile) -> str:
        """Name missing colours, or what the walk and the frames showed."""
        structure = _structure_of(image)
        if not structure.frames:
            return "a GIF whose first picture TensorFlow cannot find or read to its end"
        if not structure.colours:
            return "a GIF without a colour table"
        if structure.highest_index >= structure.colours:
            return (
                f"a GIF that uses colour {structure.highest_index} of a table"
                f" of {structure.colours} colours"
            )
        return structure.refusal


def _structure_of(image: ImageFile) -> GifStructure:
    return cast("GifStructure", image.structure)


FORMAT = Gif()
