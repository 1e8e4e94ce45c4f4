"""Says, without TensorFlow, whether ``tf.io.decode_image`` would refuse a decodable picture.

The rules were found by asking TensorFlow 2.21 itself, with ``channels=3`` and
``expand_animations=False``, about every mode of every format that Pillow writes, and are checked
against it file by file in the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from catsclean.reading.jpeg import JpegStructure

_DECODES: Final = frozenset({"JPEG", "PNG", "GIF", "BMP", "WEBP"})
_BMP_BITS: Final = frozenset({8, 24, 32})
_HUFFMAN_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})


def refusal(
    format_name: str, data: bytes, mode: str, frames: int, structure: JpegStructure | None
) -> str:
    """Give the reason for which TensorFlow refuses this decodable picture; empty: it takes it."""
    if format_name not in _DECODES:
        return f"TensorFlow has no decoder for {format_name}"
    if format_name == "BMP":
        return _bmp(data)
    if format_name == "WEBP":
        if frames > 1:
            return "an animated WebP has four channels in TensorFlow, three are asked for"
        if mode == "RGBA":
            return "a WebP with transparency has four channels in TensorFlow, three are asked for"
    if format_name == "JPEG" and structure is not None:
        if structure.precision_bits != 8:
            return f"a JPEG of {structure.precision_bits} bits a sample, TensorFlow reads 8"
        if structure.frame_marker not in _HUFFMAN_FRAMES:
            return "a JPEG with arithmetic or lossless coding, TensorFlow reads Huffman coding only"
    return ""


def _bmp(data: bytes) -> str:
    offset = int.from_bytes(data[10:14], "little")
    header_bytes = int.from_bytes(data[14:18], "little")
    if header_bytes < 40:
        return "a BMP with an OS/2 header, whose size fields TensorFlow misreads"
    width = int.from_bytes(data[18:22], "little", signed=True)
    height = abs(int.from_bytes(data[22:26], "little", signed=True))
    bits = int.from_bytes(data[28:30], "little")
    if bits not in _BMP_BITS:
        return f"a BMP of {bits} bits a pixel, TensorFlow reads 8, 24 and 32"
    row_bytes = (bits // 8 * width + 3) // 4 * 4
    expected = offset + row_bytes * height
    if expected != len(data):
        return (
            f"a BMP of {len(data)} bytes, TensorFlow insists on {expected} for its size and depth"
        )
    return ""
