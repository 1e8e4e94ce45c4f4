"""JPEG: walks its markers, and decodes it strictly.

The walk shows what it says of itself, where it ends, and which scans are missing.

Marker layout and numbers: ITU-T T.81 (1992), annex B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from struct import Struct
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
import numpy.typing as npt
import simplejpeg

from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images import warning_log
from catsclean.images.formats.picture_format import PictureFormat
from catsclean.images.image import (
    ImageFile,
    ReadingEndedError,
    Structure,
    complaint_of,
    refuse,
    refuse_more,
)
from catsclean.images.scaling import reduction

if TYPE_CHECKING:
    from PIL import Image

_PREMATURE_END = "Premature end of JPEG file"
# the API cannot, and the file is healthy
_NOT_OF_THE_FILE = ("Unsupported", "tjDecompressHeader3(): Could not determine subsampling")
# Pillow passes over them byte by byte, which took it 16 seconds for 16 MB
_MOST_FILLER_BYTES = 2**18

_U16 = Struct(">H").unpack_from
_FRAME_HEADERS = frozenset(
    {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7}
)
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
# libjpeg-turbo's API and TensorFlow read baseline, extended and progressive pictures, with Huffman
# or arithmetic coding
_PLAIN = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_ARITHMETIC = frozenset({0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_HIERARCHICAL = frozenset({0xC5, 0xC6, 0xCD, 0xCE})
_JPEG_LS = 0xF7
# inside entropy-coded data FF is followed by 00 or a restart marker; anything else is a marker
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# large enough for NumPy, small enough to stay in the processor's cache
_BLOCK_BYTES = 2**17
# between segments decoders skip fill bytes and whatever is not a marker
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_LINES = b"\xff\xdc\0\4"
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_TABLES = frozenset({0xC4, 0xDB, 0xDD})
_SEGMENTS = frozenset({_SCAN, 0xFE, *_TABLES, *_PLAIN, *range(0xE0, 0xF0)})
# the same search, past the markers that have no segment
_SEGMENT = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
# a second frame header, and at least one byte of its 8 before the number of components
_SECOND_FRAME = re.compile(rb"\xff[\xc0-\xc2\xc9\xca]")
_FRAME_HEAD_BYTES = 8
# of a picture; blocks of 8 x 8 of the largest picture are 781,000, and each may end with one
_MOST_RESTARTS = 1_000_000
# passes over the whole picture, in pictures of the largest size: encoders write 10 to 15 scans
_MOST_SCANNED_PICTURES = 20
# markers behind a broken scan that are looked at: real files have a dozen
_MOST_MARKERS = 100_000
# tables, restart interval, number of lines, application data, comments
_HARMLESS_AFTER_SCAN = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})


@dataclass(slots=True)
class JpegStructure(Structure):
    """What the markers of a JPEG say.

    Attributes:
        width_px: Width from the frame header; 0 if there is none.
        height_px: Height from the frame header.
        components: 1 grey, 3 colour, 4 CMYK or YCCK.
        precision_bits: Bits of a sample; 8 nearly always.
        frame_marker: Second byte of the frame header's marker; 0xC2 is progressive.
        multi_picture: An MPF segment announces further pictures.
        scan_offset: Where the first scan's entropy-coded data begins; 0 if there is none.
        filler_bytes: Bytes between the segments of the header, which decoders pass over.
        segments: Segments and stray markers of the header, and segments between the scans of a
            progressive file; at most one more than the limit.
        parted: The first scan holds only some of the components.
        scans: Number of scans; counted if decoders collect them (progressive files, and those
            with a scan for each component), else 1.
        missing_coefficients: Coefficients (64 a component) that no scan brings to full precision;
            decoders say nothing of them and show a blurred picture.
        stray_markers: Places of markers in the header that mean nothing there.
        lines_follow: A segment behind the first scan gives the height.
        end_out_of_reach: Set by the decoder: a stray marker leads behind the end of the file.
    """

    finds_exif: ClassVar[bool] = True

    width_px: int = 0
    height_px: int = 0
    components: int = 0
    precision_bits: int = 0
    frame_marker: int = 0
    multi_picture: bool = False
    filler_bytes: int = 0
    segments: int = 0
    scan_offset: int = 0
    parted: bool = False
    scans: int = 1
    missing_coefficients: int = 0
    lines_follow: bool = False
    end_out_of_reach: bool = False
    stray_markers: list[int] = field(default_factory=list)

    @property
    def progressive(self) -> bool:
        """Coarse picture first, refined by later scans."""
        return self.frame_marker in _PROGRESSIVE

    @property
    def in_scans(self) -> bool:
        """Decoders collect several scans: of a progressive file, or one for each component."""
        return self.progressive or self.parted

    @property
    def plain(self) -> bool:
        """Of a kind that libjpeg-turbo's API reads: 8 bits, neither lossless nor hierarchical."""
        return (
            self.frame_marker in _PLAIN
            and self.precision_bits == 8
            and self.components in {1, 3, 4}
        )

    @property
    def arithmetic(self) -> bool:
        """Arithmetic coding instead of Huffman coding."""
        return self.frame_marker in _ARITHMETIC

    @property
    def rare_kind(self) -> str:
        """The name of a kind that neither Pillow nor TensorFlow reads; empty for all others."""
        if self.frame_marker == _JPEG_LS:
            return "a JPEG-LS"
        if self.frame_marker in _LOSSLESS:
            return "a lossless JPEG"
        if self.frame_marker in _HIERARCHICAL:
            return "a hierarchical JPEG"
        if self.frame_marker and self.precision_bits != 8:
            return f"a JPEG of {self.precision_bits} bits a sample"
        if self.width_px and not self.height_px and self.lines_follow:
            return "a JPEG that states its height after the picture (DNL)"
        return ""

    @property
    def mode(self) -> str:
        """The mode that Pillow gives such a file."""
        return {1: "L", 3: "RGB", 4: "CMYK"}.get(self.components, "")


def walk(data: bytes, max_scans: int, max_segments: int, *, to_end: bool = True) -> JpegStructure:
    """Read the markers of `data`, which starts with ``FF D8``; damage ends the walk.

    Args:
        data: The file.
        max_scans: Scans of a progressive file after which the walk ends.
        max_segments: Segments after which the walk ends.
        to_end: Look for the end marker of every file, not only where scans are counted.
    """
    found = JpegStructure()
    icc: list[bytes] = []
    position, size = 2, len(data)
    while True:
        # nearly always the next marker stands right here
        if position + 4 <= size and data[position] == 0xFF and data[position + 1] in _SEGMENTS:
            marker = data[position + 1]
        elif (place := _next_marker(data, position)) is None:
            break
        else:
            found.filler_bytes += place[0] - position
            position, marker = place
            if marker == _END:
                found.end_offset = position + 2
                break
        found.segments += 1
        if found.segments > max_segments:
            break
        if marker in _WITHOUT_LENGTH:
            found.stray_markers.append(position)
            position += 2
            continue
        if marker == _START or position + 4 > size:
            break
        after = position + 2 + max(2, data[position + 2] << 8 | data[position + 3])
        if marker == _SCAN:
            found.scan_offset = after
            break
        if marker not in _TABLES:
            _read_segment(data, marker, position, after, found, icc)
        position = after
    if icc:
        found.icc = b"".join(icc)
    if found.scan_offset:
        found.lines_follow = not found.height_px and _LINES in data[found.scan_offset :]
        found.parted = data[position + 4 : position + 5] < bytes([found.components])
        if found.in_scans:
            _walk_scans(data, position, found, max_scans, max_segments)
        elif to_end:
            found.end_offset = _end_mark(data, found.scan_offset)
    return found


def excess(data: bytes, structure: JpegStructure, max_pixels: int) -> str:
    """Say which part of the compressed data goes beyond a limit; empty if it respects all."""
    pixels = structure.width_px * structure.height_px
    if structure.scans * pixels > _MOST_SCANNED_PICTURES * max_pixels:
        size = f"{structure.width_px} x {structure.height_px}"
        return f"{structure.scans} scans of {size} pixels"
    if len(data) > 2 * _MOST_RESTARTS and _restarts(data, structure.scan_offset) > _MOST_RESTARTS:
        return f"more than {_MOST_RESTARTS:,} restart markers"
    return ""


def _restarts(data: bytes, start: int) -> int:
    values, count = np.frombuffer(data, np.uint8), 0
    for begin in range(start, len(data) - 1, _BLOCK_BYTES):
        second = values[begin + 1 : begin + 1 + _BLOCK_BYTES]
        first = values[begin : begin + len(second)]
        count += int(np.count_nonzero((first == 0xFF) & (second & 0xF8 == 0xD0)))
    return count


def reaches_end(data: bytes, structure: JpegStructure) -> bool:
    """Tell whether a decoder that stops at a stray marker still finds the end marker.

    A byte pair inside the compressed data that looks like a marker ends them early.  libjpeg
    fills up the picture and goes on reading segments from there; one that leads behind the last
    byte is an error for TensorFlow, while Pillow has stopped listening.
    """
    stop = _stop(data, structure)
    return stop is not None and (stop[1] == _END or cut_frame_header(data, structure) >= 0)


def cut_frame_header(data: bytes, structure: JpegStructure) -> int:
    """Return where a second frame header is that the end of the file cuts; -1 if there is none.

    At a whole one every decoder fails.  Where it is cut behind the picture, TensorFlow takes the
    picture and waits no longer, while other decoders make up the missing bytes.
    """
    if structure.in_scans:
        return -1
    start, last = len(data) - _FRAME_HEAD_BYTES - 1, len(data) - 1
    if not _SECOND_FRAME.search(data, max(structure.scan_offset, start), last):
        return -1
    stop = _stop(data, structure)
    return stop[0] if stop and start <= stop[0] < last - 1 and stop[1] in _PLAIN else -1


def without_cut_frame_header(data: bytes, structure: JpegStructure) -> bytes:
    """Return the file with an end mark instead of a frame header that is cut off."""
    place = cut_frame_header(data, structure)
    return data if place < 0 else data[:place] + bytes([0xFF, _END])


def _stop(data: bytes, structure: JpegStructure) -> tuple[int, int] | None:
    """Return place and second byte of the marker behind the picture at which a decoder stops.

    None where it comes to the end of the file first.
    """
    position = structure.scan_offset
    for _ in range(_MOST_MARKERS):
        place = _search(_SEGMENT, data, position)
        if place is None:
            return None
        position, marker = place
        if marker not in _HARMLESS_AFTER_SCAN and not (marker == _SCAN and structure.in_scans):
            return place
        if position + 4 > len(data):
            return None
        position += 2 + max(2, _U16(data, position + 2)[0])
    return None


def ends_behind_stray_marker(data: bytes, structure: JpegStructure) -> bool:
    """Tell whether a marker that does not belong there ended the compressed data.

    Then the end of the file cuts not the picture but whatever a decoder makes of the bytes behind
    that marker; where they look like a table, TensorFlow makes up the rest and goes along.  So
    it does, sometimes, with a file that lost nothing but the last byte of its end mark.
    """
    if data.endswith(b"\xff"):
        return True
    position = structure.scan_offset
    for _ in range(_MOST_MARKERS):
        place = _search(_SEGMENT, data, position)
        if place is None:
            return False
        position, marker = place
        if not structure.in_scans:
            return marker != _END
        if marker == _END or position + 4 > len(data):
            return False
        after = position + 2 + max(2, _U16(data, position + 2)[0])
        if after > len(data):
            return marker != _SCAN
        position = after
    return True


def without_stray_markers(data: bytes, structure: JpegStructure) -> bytes:
    """Return the file without the markers in its header that mean nothing there."""
    if not structure.stray_markers:
        return data
    parts, start = [], 0
    for position in structure.stray_markers:
        parts.append(data[start:position])
        following = _next_marker(data, position + 2)
        start = following[0] if following else len(data)
    return b"".join([*parts, data[start:]])


def _next_marker(data: bytes, position: int) -> tuple[int, int] | None:
    """Return the place of the next marker and its second byte, as libjpeg searches for it."""
    if data[position : position + 1] == b"\xff" and data[position + 1 : position + 2] > b"\0":
        marker = data[position + 1]
        if marker != 0xFF:
            return position, marker
    return _search(_MARKER, data, position)


def _search(pattern: re.Pattern[bytes], data: bytes, position: int) -> tuple[int, int] | None:
    match = pattern.search(data, position)
    return (match.start(), data[match.start() + 1]) if match else None


def _end_mark(data: bytes, start: int) -> int:
    """Return the place just behind the first end mark from `start` on; -1 if there is none.

    In a large file NumPy takes a third of the time of a regular expression, and an eighth of that
    of bytes.find, which stumbles at every FF.
    """
    values, last = np.frombuffer(data, np.uint8), len(data) - 1
    for begin in range(start, last, _BLOCK_BYTES):
        end = min(begin + _BLOCK_BYTES, last)
        marks = values[begin + 1 : end + 1] == _END
        marks &= values[begin:end] == 0xFF
        at = int(marks.argmax())
        if marks[at]:
            return begin + at + 2
    return -1


def _read_segment(
    data: bytes, marker: int, position: int, after: int, found: JpegStructure, icc: list[bytes]
) -> None:
    body = position + 4
    if 0xE0 <= marker <= 0xEF or marker == 0xFE:
        found.metadata_bytes += min(after, len(data)) - position
        if marker == 0xE1:
            # Exif data of more than 64 kB go on in the next segment of the kind
            if data[body : body + 6] == b"Exif\0\0":
                found.exif = (found.exif or b"") + data[body + 6 : after]
        elif marker == 0xE2:
            if data[body : body + 12] == b"ICC_PROFILE\0":
                icc.append(data[body + 14 : after])
            elif data[body : body + 4] == b"MPF\0":
                found.multi_picture = True
    elif marker in _FRAME_HEADERS and not found.frame_marker and body + 6 <= len(data):
        found.frame_marker = marker
        found.precision_bits = data[body]
        found.height_px, found.width_px = _U16(data, body + 1)[0], _U16(data, body + 3)[0]
        found.components = data[body + 5]


def _walk_scans(
    data: bytes, position: int, found: JpegStructure, max_scans: int, max_segments: int
) -> None:
    """Follow a progressive file from its first scan header to its end marker."""
    lowest_bit: dict[tuple[int, int], int] = {}
    scans = 0
    while position + 2 <= len(data):
        marker = data[position + 1]
        if marker == _END:
            found.end_offset = position + 2
            break
        if position + 4 > len(data):
            break
        found.segments += 1
        if found.segments > max_segments:
            break
        after = position + 2 + _U16(data, position + 2)[0]
        if marker == 0xDA:
            scans += 1
            if scans > max_scans:
                break
            _note_precision(data, position, lowest_bit)
        following = _NEXT_MARKER.search(data, after)
        if following is None:
            break
        position = following.start()
    found.scans = scans
    if not found.progressive:
        return
    full = sum(bit == 0 for bit in lowest_bit.values())
    found.missing_coefficients = max(0, found.components * 64 - full)


def _note_precision(data: bytes, position: int, lowest_bit: dict[tuple[int, int], int]) -> None:
    if position + 5 > len(data):
        return
    count = data[position + 4]
    spectral = position + 5 + 2 * count
    if spectral + 3 > len(data):
        return
    first, last, approximation = data[spectral], data[spectral + 1], data[spectral + 2] & 15
    for index in range(count):
        component = data[position + 5 + 2 * index]
        for coefficient in range(first, min(last, 63) + 1):
            key = component, coefficient
            lowest_bit[key] = min(lowest_bit.get(key, 15), approximation)


class Jpeg(PictureFormat):
    """JPEG, which libjpeg-turbo decodes in strict mode.

    Its warnings are the only sign of damage in the middle of a file; Pillow arbitrates where it
    complains.  Pillow's reader also takes an MPO, which is a JPEG with more JPEGs behind it.
    """

    name = "JPEG"
    endings = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")
    keras_endings = (".jpeg", ".jpg")
    signatures = (b"\xff\xd8\xff",)

    def walk(self, data: bytes, limits: Limits, *, to_end: bool) -> JpegStructure:
        """Walk the markers."""
        return walk(data, limits.max_scans, limits.max_chunks, to_end=to_end)

    def check(self, image: ImageFile) -> None:
        """Bound the size, and the number of scans, segments and restarts."""
        structure, limits = _structure_of(image), image.limits
        image.check_size(structure.width_px, structure.height_px)
        if structure.scans > limits.max_scans:
            refuse(f"more than {limits.max_scans} scans")
        refuse_more(structure.segments, limits.max_chunks, "segments")
        refuse_more(structure.filler_bytes, _MOST_FILLER_BYTES, "bytes between its segments")
        refuse(excess(image.data, structure, limits.max_pixels))

    def decode(self, image: ImageFile) -> npt.NDArray[np.uint8] | Image.Image | None:
        """Decode strictly, and let Pillow arbitrate."""
        structure = _structure_of(image)
        if structure.rare_kind:
            raise ReadingEndedError(
                Outcome.UNSUPPORTED,
                f"{structure.rare_kind}, which neither TensorFlow nor Pillow reads",
            )
        image.mode = structure.mode
        pixels, complaint = None, None
        if structure.plain and structure.width_px and structure.height_px:
            pixels, complaint = _turbo(image.data, structure)
        sound = pixels is not None and complaint is None
        found = pixels if sound else _arbitrate(image, structure, pixels, complaint)
        if structure.missing_coefficients:
            image.decoder_warnings.append(
                f"progressive JPEG without its last scans: {structure.missing_coefficients} of"
                f" {structure.components * 64} coefficients never reach full precision"
            )
        if structure.multi_picture:
            _count_multi_pictures(image)
        return found

    def open(self, data: bytes, structure: Structure | None) -> Image.Image:
        """Open with enough room for arithmetic-coded data.

        libjpeg cannot wait for more of such data, so it needs all of them at once.
        """
        picture = super().open(data, structure)
        if isinstance(structure, JpegStructure) and structure.arithmetic:
            from PIL import ImageFile as PillowImageFile

            picture.decodermaxblock = max(len(data), PillowImageFile.MAXBLOCK)  # type: ignore[attr-defined]
        return picture

    def refusal(self, image: ImageFile) -> str:
        """Name an end mark that TensorFlow does not find."""
        if _structure_of(image).end_out_of_reach:
            return (
                "the end mark of the JPEG is cut off, or behind a stray marker, where TensorFlow"
                " does not find it"
            )
        return ""


def _structure_of(image: ImageFile) -> JpegStructure:
    return cast("JpegStructure", image.structure)


def _turbo(
    data: bytes, structure: JpegStructure
) -> tuple[npt.NDArray[np.uint8] | None, str | None]:
    """Decode strictly; give the reduced pixels and libjpeg-turbo's first complaint."""
    scale = reduction(min(structure.width_px, structure.height_px))
    height = -(-structure.height_px // scale)
    width = -(-structure.width_px // scale)
    space = {1: "GRAY", 3: "RGBX"}.get(structure.components, "CMYK")
    try:
        pixels = simplejpeg.decode_jpeg(data, space, min_height=height, min_width=width)
    except ValueError as error:
        complaint = str(error)
    else:
        # whether Adobe's inverted inks stand in the file is for Pillow to know
        return (None if space == "CMYK" else pixels), None
    if space == "CMYK":
        return None, complaint
    try:
        return (
            simplejpeg.decode_jpeg(data, space, min_height=height, min_width=width, strict=False),
            complaint,
        )
    except ValueError:
        return None, complaint


def _arbitrate(
    image: ImageFile,
    structure: JpegStructure,
    pixels: npt.NDArray[np.uint8] | None,
    complaint: str | None,
) -> npt.NDArray[np.uint8] | Image.Image | None:
    """Ask Pillow about a JPEG that libjpeg-turbo complained of, or that its API cannot take.

    Measured on 1,900 damaged JPEGs: where Pillow fails or the data ends early, TensorFlow refuses
    the file; where Pillow loads it, TensorFlow does.
    """
    error: Exception | None = None
    picture: Image.Image | None = None
    content = without_cut_frame_header(image.data, structure)
    if content is not image.data:
        image.decoder_warnings.append("it ends inside a second frame header")
    try:
        with warning_log.collecting():  # Exif is read, and its warnings kept, elsewhere
            # libjpeg passes over markers that Pillow's own parser stumbles at
            picture = image.open_pillow(without_stray_markers(content, structure))
            image.check_size(*picture.size)
            image.mode = picture.mode
            if pixels is None:
                scale = reduction(min(picture.size))
                picture.draft(None, (picture.width // scale, picture.height // scale))
            picture.load()
    except (ReadingEndedError, MemoryError):
        raise
    except Exception as caught:  # noqa: BLE001 - damaged bytes make Pillow raise nearly anything
        error = caught
    text = complaint or ""
    # where libjpeg-turbo went through and only Pillow's own parser stumbles, TensorFlow decodes
    failed = error is not None and (picture is not None or pixels is None)
    premature = text.startswith(_PREMATURE_END)
    if premature and not failed and ends_behind_stray_marker(image.data, structure):
        premature = False
    if failed or premature:
        ended = structure.end_offset < 0 and (
            premature or structure.scan_offset > 0 or "runcated" in str(error)
        )
        detail = text if text and pixels is not None else complaint_of(error) if error else text
        raise ReadingEndedError(Outcome.TRUNCATED if ended else Outcome.UNDECODABLE, detail)
    if text and not text.startswith(_NOT_OF_THE_FILE):
        image.decoder_warnings.append(names.text(text))
    # Pillow alone notices neither a missing end mark nor one before the picture
    if text or not structure.scan_offset:
        structure.end_out_of_reach = not reaches_end(image.data, structure)
    return picture if pixels is None else pixels


def _count_multi_pictures(image: ImageFile) -> None:
    """Decode up to three further pictures of an MPO; damage there is a warning."""
    try:
        picture = image.open_pillow()
        if picture.format != "MPO":
            return
        image.frames = int(getattr(picture, "n_frames", 1))
        left = image.limits.max_pixels - image.width_px * image.height_px
        for frame in range(1, min(image.frames, 4)):
            picture.seek(frame)
            left -= picture.width * picture.height
            if left < 0 or _is_over_limit(image, picture.offset):  # type: ignore[attr-defined]
                return
            picture.load()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
        image.decoder_warnings.append(f"a further picture of the file: {complaint_of(error)}")


def _is_over_limit(image: ImageFile, start: int) -> bool:
    """Tell whether the JPEG that starts there has more of anything than a file may have."""
    data = image.data[start:]
    limits = image.limits
    structure = walk(data, limits.max_scans, limits.max_chunks)
    return (
        structure.scans > limits.max_scans
        or structure.segments > limits.max_chunks
        or structure.filler_bytes > _MOST_FILLER_BYTES
        or bool(excess(data, structure, limits.max_pixels))
    )


FORMAT = Jpeg()
