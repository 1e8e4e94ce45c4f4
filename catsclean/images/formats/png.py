"""Walk the chunks of a PNG: whether it is whole, and how many chunks there are.

Chunk layout: PNG specification (third edition, 2025), section 5.  Pillow loads a PNG that lost its
last chunk; libpng, and with it TensorFlow, refuses it.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import cast

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
)

ENDS_EARLY = "the compressed data end too early"
SPOILT = "the compressed data is damaged"
WINDOW = "the compressed data reach further back than they declare, which TensorFlow refuses"
# the rows are whole, and what zlib puts around them is not
FRAME = "the rows are whole, but their zlib header or checksum is not, which TensorFlow refuses"
LOOSE = "the checksum of the compressed rows is wrong or missing"
BARREN = "more than 4 MiB of compressed data that hold almost nothing"
# compressed data are unpacked in pieces; one that yields next to nothing is a chain of empty
# blocks, which take zlib longer than pixels.  Encoders end a block after each row at most.
_PIECE_BYTES, _PART_BYTES = 2**16, 2**25
_LEAST_YIELD = 8  # bytes of a piece for each byte that it yields
MOST_BARREN_BYTES = 2**22
_ZLIB_HEADER_BYTES = 2
_MOST_ROWS_CHECKED = 100_000
_MOST_SURPLUS_BYTES = 2**24  # behind the last row
_MOST_SIDE_PX = 1_000_000  # libpng's default, which TensorFlow keeps
_LIBPNG_BYTES = 8192  # libpng's PNG_IDAT_READ_SIZE
_LIBPNG_SURPLUS_BYTES = 1024  # its PNG_INFLATE_BUF_SIZE, for what follows the rows
# compressed or not: the longest real ones are editing histories of a few megabytes
_MOST_PACKED_EXTRAS_BYTES = 2**24

_HEADER = Struct(">I4s").unpack_from
_U32 = Struct(">I").unpack_from
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_FIRST_CHUNK, _HEADER_BODY_BYTES = 8, 13
_PALETTE_COLOUR = 3
_GREYS = frozenset({0, 4})
_MOST_PALETTE_BYTES = 3 * 256
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# the seven passes of an interlaced picture: first column and row, step between them
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
# chunks that libpng knows, and takes behind the header only
_KNOWN = frozenset(
    {b"PLTE", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"hIST",
     b"tRNS", b"oFFs", b"pHYs", b"pCAL", b"sCAL", b"sPLT", b"tIME", b"tEXt", b"zTXt", b"iTXt",
     b"eXIf"}
)  # fmt: skip
_CRITICAL_BIT = 0x20  # of a chunk name's first letter: lower case only adds information
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})
_PACKED_EXTRAS = frozenset({b"zTXt", b"iTXt", b"iCCP"})
_EXTRAS = _TEXT | _PACKED_EXTRAS


@dataclass(slots=True)
class PngStructure(Structure):
    """What the chunks of a PNG say.

    Attributes:
        width_px: Width from IHDR; 0 if there is none.
        height_px: Height from IHDR.
        chunks: Number of chunks, at most one more than the limit.
        packed_extras_bytes: Bytes of chunks with compressed text or a colour profile.
        complete: The end chunk is there.
        damaged_chunk: Name of the first critical chunk with a wrong checksum, empty where none.
        fault: What libpng refuses and Pillow does not; empty where there is nothing.
    """

    width_px: int = 0
    height_px: int = 0
    chunks: int = 0
    packed_extras_bytes: int = 0
    complete: bool = False
    damaged_chunk: str = ""
    fault: str = ""


def walk(data: bytes, max_chunks: int) -> PngStructure:
    """Read the chunks of `data`, which starts with PNG's signature; damage ends the walk."""
    found = PngStructure()
    position = _FIRST_CHUNK
    seen: set[bytes] = set()
    colour = -1
    while position + 12 <= len(data) and found.chunks <= max_chunks:
        length, kind = _HEADER(data, position)
        after = position + 12 + length
        if after > len(data):
            break
        found.chunks += 1
        body = memoryview(data)[position + 4 : after - 4]
        if (
            kind in _CRITICAL
            and zlib.crc32(body) != _U32(data, after - 4)[0]
            and not found.damaged_chunk
        ):
            found.damaged_chunk = kind.decode("ascii")
        found.fault = found.fault or _fault(data, position, kind, length, seen, colour)
        if kind == b"PLTE":
            found.refusal = found.refusal or _palette_refusal(length, seen, colour)
        seen.add(kind)
        if kind == b"IHDR" and length >= _HEADER_BODY_BYTES:
            found.width_px, found.height_px = (
                _U32(data, position + 8)[0],
                _U32(data, position + 12)[0],
            )
            colour = data[position + 17]
        elif kind in _EXTRAS:
            found.metadata_bytes += length + 12 if kind in _TEXT else 0
            found.packed_extras_bytes += length if kind in _PACKED_EXTRAS else 0
        elif kind == b"IEND":
            found.complete = True
            found.end_offset = after
            break
        position = after
    return found


def excess(structure: PngStructure, max_chunks: int) -> str:
    """Say what the PNG has more of than a limit allows; empty if it respects all limits."""
    if structure.chunks > max_chunks:
        return f"more than {max_chunks:,} chunks"
    if structure.packed_extras_bytes > _MOST_PACKED_EXTRAS_BYTES:
        return (
            f"{structure.packed_extras_bytes:,} bytes of compressed text and profiles,"
            f" limit {_MOST_PACKED_EXTRAS_BYTES:,}"
        )
    return ""


def data_fault(data: bytes) -> str:
    """Say what is wrong with the first run of data chunks; empty: libpng reads every row.

    Pillow leaves missing rows black and says nothing; libpng, and with it TensorFlow, refuses.
    Unpacking the data a second time costs a third of reading a PNG.

    Returns:
        The fault: :data:`ENDS_EARLY` if rows are missing, :data:`BARREN` for data that would take
        much longer to unpack than any picture of their size, :data:`WINDOW` and :data:`FRAME` for
        whole rows that only libpng refuses, :data:`LOOSE` for damage that libpng passes over.
    """
    header, runs = _picture_data(data)
    passes = _passes(header)
    needed = sum(rows * row_bytes for rows, row_bytes in passes)
    if not needed:  # for zlib, 0 bytes are as many as there are
        return "a picture without rows or columns"
    packed = b"".join(runs)
    window_bits = 8 + (packed[0] >> 4) if packed else zlib.MAX_WBITS
    fault = _unpacking_fault(packed, needed)
    if fault == BARREN:
        return fault
    if not fault and 1 << window_bits >= min(1 << zlib.MAX_WBITS, needed):
        return ""
    refusal = _row_fault(passes, runs, window_bits)
    if refusal in {SPOILT, ENDS_EARLY} and _has_rows(packed, needed):
        return FRAME
    return refusal or (LOOSE if fault else "")


def _has_rows(packed: bytes, needed: int) -> bool:
    """Tell whether all rows can be unpacked, whatever surrounds them."""
    try:
        rows = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed[_ZLIB_HEADER_BYTES:], needed)
    except zlib.error:
        return False
    return len(rows) == needed


def _unpacking_fault(packed: bytes, needed: int) -> str:
    """Unpack everything, or the rows and some bytes more; say what zlib says."""
    unpacker = zlib.decompressobj()
    start = barren = 0
    waiting = b""
    try:
        while needed > -_MOST_SURPLUS_BYTES and not unpacker.eof:
            if not waiting:
                waiting = packed[start : start + _PIECE_BYTES]
                start += _PIECE_BYTES
                if not waiting:
                    return ENDS_EARLY
            unpacked = len(unpacker.decompress(waiting, _PART_BYTES))
            waiting = unpacker.unconsumed_tail
            needed -= unpacked
            if unpacked * _LEAST_YIELD < _PIECE_BYTES:
                barren += _PIECE_BYTES
                if barren > MOST_BARREN_BYTES:
                    return BARREN
    except zlib.error:
        return SPOILT
    return "" if needed <= 0 else ENDS_EARLY


def later_excess(data: bytes) -> str:
    """Return :data:`BARREN` if the frames behind the first one hold such data; else nothing."""
    header, frames = b"", []
    for kind, start, after in _chunks(data):
        if kind == b"IHDR":
            header = data[start : after - 4]
        elif kind == b"fcTL":
            frames.append((data[start + 4 : start + 12], list[bytes]()))
        elif kind == b"fdAT" and frames:
            frames[-1][1].append(data[start + 4 : after - 4])
    packed_bytes = sum(len(part) for _, parts in frames for part in parts)
    if packed_bytes <= MOST_BARREN_BYTES:
        return ""
    barren = 0
    for size, parts in frames:
        if len(size + header[8:]) == _HEADER_BODY_BYTES:
            needed = sum(rows * row_bytes for rows, row_bytes in _passes(size + header[8:]))
            barren += barren_bytes(b"".join(parts), needed)
        if barren > MOST_BARREN_BYTES:
            return BARREN
    return ""


def barren_bytes(packed: bytes, needed: int) -> int:
    """Count the bytes that yield next to nothing, before so many are unpacked as are needed.

    Returns:
        Their number; the count ends as soon as it is above :data:`MOST_BARREN_BYTES`.
    """
    unpacker = zlib.decompressobj()
    barren = 0
    with contextlib.suppress(zlib.error):
        for start in range(0, len(packed), _PIECE_BYTES):
            waiting = piece = packed[start : start + _PIECE_BYTES]
            unpacked = 0
            while waiting and unpacked < needed and not unpacker.eof:
                unpacked += len(unpacker.decompress(waiting, _PART_BYTES))
                waiting = unpacker.unconsumed_tail
            used = len(piece) - len(unpacker.unused_data or waiting)
            if unpacked * _LEAST_YIELD < used:
                barren += used
            needed -= unpacked
            if needed <= 0 or unpacker.eof or barren > MOST_BARREN_BYTES:
                break
    return barren


def _row_fault(passes: list[tuple[int, int]], runs: list[bytes], window_bits: int) -> str:
    """Unpack row by row, with pieces of input as libpng takes them; say what is wrong.

    zlib checks the sum behind the rows, and whether the data reach further back than the window
    that its header declares, only where a call happens to meet them.  Unpacking at once, as
    Pillow does, therefore gives other answers than libpng.
    """
    if window_bits > zlib.MAX_WBITS:
        return SPOILT
    if sum(rows for rows, _ in passes) > _MOST_ROWS_CHECKED:
        return WINDOW  # refused by libpng or not; nobody knows without reading a million rows
    pieces = (
        run[at : at + _LIBPNG_BYTES] for run in runs for at in range(0, len(run), _LIBPNG_BYTES)
    )
    unpacker = zlib.decompressobj(window_bits)
    waiting = b""
    try:
        for rows, row_bytes in passes:
            for _ in range(rows):
                missing = row_bytes
                while missing:
                    waiting = waiting or next(pieces, b"")
                    if not waiting or unpacker.eof:
                        return ENDS_EARLY
                    missing -= len(unpacker.decompress(waiting, missing))
                    waiting = unpacker.unconsumed_tail
    except zlib.error as error:
        return WINDOW if "too far back" in str(error) and window_bits < zlib.MAX_WBITS else SPOILT
    try:
        while not unpacker.eof:
            waiting = waiting or next(pieces, b"")
            if not waiting:
                return ENDS_EARLY
            if not unpacker.decompress(waiting, _LIBPNG_SURPLUS_BYTES):
                break
            waiting = unpacker.unconsumed_tail
    except zlib.error:  # libpng warns
        pass
    return ""


def with_plain_data(data: bytes) -> bytes:
    """Return the file with its rows packed again, for a decoder that insists on their checksum."""
    header, runs = _picture_data(data)
    needed = sum(rows * row_bytes for rows, row_bytes in _passes(header))
    packed = b"".join(runs)[_ZLIB_HEADER_BYTES:]
    rows = zlib.compress(zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, needed), 1)
    parts = [data[:_FIRST_CHUNK]]
    for kind, start, after in _chunks(data):
        if kind == b"IDAT" and rows:
            body = kind + rows
            parts += [len(rows).to_bytes(4), body, zlib.crc32(body).to_bytes(4)]
            rows = b""
        elif kind in _CRITICAL - {b"IDAT"}:
            parts.append(data[start - 8 : after])
    return b"".join(parts)


def without_missing_rows(data: bytes) -> tuple[bytes, int]:
    """Return a cut file as a whole one with the rows that exist, and their number.

    Rows of an interlaced file do not come one after the other, so it has none.
    """
    header, runs = _picture_data(data)
    passes = _passes(header)
    if len(passes) != 1 or header[12]:
        return data, 0
    rows, row_bytes = passes[0]
    unpacked = b""
    with contextlib.suppress(zlib.error):
        unpacked = zlib.decompressobj().decompress(b"".join(runs), rows * row_bytes)
    found = len(unpacked) // row_bytes
    packed = zlib.compress(unpacked[: found * row_bytes], 1)
    parts = [data[:_FIRST_CHUNK], _chunk(b"IHDR", header[:4] + found.to_bytes(4) + header[8:])]
    for kind, start, after in _chunks(data):
        if kind == b"IDAT":
            break
        if kind != b"IHDR":
            parts.append(data[start - 8 : after])
    return b"".join([*parts, _chunk(b"IDAT", packed), _chunk(b"IEND", b"")]), found


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def _picture_data(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the body of IHDR and those of the first run of IDAT chunks."""
    header, runs = b"", []
    for kind, start, after in _chunks(data):
        if kind == b"IHDR":
            header = data[start : after - 4]
        elif kind == b"IDAT":
            runs.append(data[start : after - 4])
        elif runs:
            break
    return header, runs


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Return the name of each chunk, where its body starts, and where the chunk ends."""
    position = _FIRST_CHUNK
    while position + 12 <= len(data):
        length, kind = _HEADER(data, position)
        yield kind, position + 8, position + 12 + length
        position += 12 + length


def _passes(header: bytes) -> list[tuple[int, int]]:
    """Return number and bytes of the filtered rows of each pass, from IHDR's 13 bytes."""
    if len(header) < _HEADER_BODY_BYTES:
        return []
    width, height = _U32(header, 0)[0], _U32(header, 4)[0]
    bits = header[8] * _CHANNELS.get(header[9], 1)
    found = []
    for left, top, across, down in _PASSES if header[12] else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            found.append((rows, 1 + (columns * bits + 7) // 8))
    return found


def _fault(
    data: bytes, position: int, kind: bytes, length: int, seen: set[bytes], colour: int
) -> str:
    if not kind.isalpha():
        return "a chunk without a name"
    if not kind[0] & _CRITICAL_BIT and kind not in _CRITICAL:
        return f"an unknown critical chunk, {kind.decode('ascii')}"
    if kind == b"IHDR":
        valid = (
            b"IHDR" not in seen
            and length == _HEADER_BODY_BYTES
            and _header_is_valid(data[position + 16 : position + 21])
        )
        return "" if valid else "a second header chunk (IHDR), or one with impossible values"
    if b"IHDR" not in seen:
        before = f"chunk {kind.decode('ascii')} before the header chunk (IHDR)"
        return before if kind in _KNOWN else ""
    if kind == b"IEND" and b"IDAT" not in seen:
        return "no picture data (IDAT)"
    if colour == _PALETTE_COLOUR and kind == b"IDAT" and b"PLTE" not in seen:
        return "a palette picture without its palette (PLTE)"
    return ""


def _palette_refusal(length: int, seen: set[bytes], colour: int) -> str:
    """Say why libpng refuses a palette that Pillow takes; empty if it does not."""
    if b"PLTE" in seen:
        return "a PNG with a second palette (PLTE), which TensorFlow refuses"
    if b"IDAT" in seen:  # it is ignored there
        return ""
    if colour == _PALETTE_COLOUR and (length % 3 or length > _MOST_PALETTE_BYTES):
        return f"a PNG with a palette (PLTE) of {length} bytes, which TensorFlow refuses"
    if not length and colour not in _GREYS:
        return "a PNG with an empty palette (PLTE), which TensorFlow refuses"
    return ""


def _header_is_valid(fields: bytes) -> bool:
    """Check bit depth, colour type, compression, filter and interlace of IHDR."""
    depth, colour, compression, filtering, interlace = fields
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    return depth in depths.get(colour, ()) and not compression and not filtering and interlace <= 1


class Png(PictureFormat):
    """PNG and animated PNG."""

    name = "PNG"
    endings = (".png", ".apng")
    keras_endings = (".png",)
    signatures = (b"\x89PNG\r\n\x1a\n",)
    several = True

    def walk(self, data: bytes, limits: Limits, *, to_end: bool) -> PngStructure:  # noqa: ARG002
        """Walk the chunks."""
        return walk(data, limits.max_chunks)

    def check(self, image: ImageFile) -> None:
        """Bound the number of chunks, the size, and what is packed beside the pixels."""
        structure = _structure_of(image)
        refuse(excess(structure, image.limits.max_chunks))
        if structure.width_px:
            image.check_size(structure.width_px, structure.height_px)

    def find_damage(self, image: ImageFile) -> None:
        """Refuse what libpng refuses: a missing end, wrong checksums, missing rows."""
        structure = _structure_of(image)
        if not structure.complete:
            detail = "the end chunk (IEND) is missing or cut short"
            raise ReadingEndedError(Outcome.TRUNCATED, detail)
        if structure.damaged_chunk:
            raise ReadingEndedError(
                Outcome.UNDECODABLE, f"the checksum of chunk {structure.damaged_chunk} is wrong"
            )
        if structure.fault:
            raise ReadingEndedError(Outcome.UNDECODABLE, structure.fault)
        found = data_fault(image.data)
        if found == BARREN:
            raise ReadingEndedError(Outcome.OVER_LIMIT, found)
        if found in {WINDOW, FRAME}:
            structure.refusal = structure.refusal or found
        elif found == LOOSE:
            image.decoder_warnings.append(found)
        elif found:
            raise ReadingEndedError(Outcome.UNDECODABLE, found)

    def rescue(self, image: ImageFile) -> Iterator[bytes | npt.NDArray[np.uint8]]:
        """Return the file without spoilt chunks that only add information."""
        yield with_plain_data(image.data)

    def is_cut(self, image: ImageFile, complaint: str) -> bool:  # noqa: ARG002
        """Say no: without its end chunk it was refused before."""
        return False

    def later_excess(self, image: ImageFile) -> str:
        """Bound the data of later frames that hold next to nothing."""
        return later_excess(image.data)

    def refusal(self, image: ImageFile) -> str:
        """Name a side beyond libpng's, or what the walk and the rows showed."""
        structure = _structure_of(image)
        side = max(structure.width_px, structure.height_px)
        if side > _MOST_SIDE_PX:
            return f"a PNG with a side of {side:,} pixels, TensorFlow reads {_MOST_SIDE_PX:,}"
        return structure.refusal


def _structure_of(image: ImageFile) -> PngStructure:
    return cast("PngStructure", image.structure)


FORMAT = Png()
