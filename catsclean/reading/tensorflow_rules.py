"""Says, without TensorFlow, whether ``tf.io.decode_image`` refuses a picture that decodes here.

The rules were found by asking TensorFlow 2.21 itself, with ``channels=3`` and
``expand_animations=False``, about every mode of every format that Pillow writes and about
thousands of damaged files, and are checked against it file by file in the tests.
"""

from __future__ import annotations

from typing import Final

from catsclean.reading import bmp, webp
from catsclean.reading.gif import GifStructure
from catsclean.reading.jpeg import JpegStructure
from catsclean.reading.png import PngStructure
from catsclean.reading.webp import WebpStructure

_DECODES: Final = frozenset({"JPEG", "PNG", "GIF", "BMP", "WEBP"})
_MOST_PNG_SIDE_PX: Final = 1_000_000  # libpng's default, which TensorFlow keeps


def refusal(
    format_name: str,
    data: bytes,
    mode: str,
    frames: int,
    structure: JpegStructure | PngStructure | GifStructure | WebpStructure | None,
) -> str:
    """Give the reason for which TensorFlow refuses this decodable picture; empty: it takes it."""
    if format_name not in _DECODES:
        return f"TensorFlow has no decoder for {format_name}"
    if format_name == "BMP":
        return bmp.fault(data)
    if format_name == "WEBP":
        return _webp(data, mode, frames, structure)
    if isinstance(structure, PngStructure):
        return _png(structure)
    if isinstance(structure, JpegStructure):
        return _jpeg(structure)
    if isinstance(structure, GifStructure):
        return _gif(structure)
    return ""


def _webp(data: bytes, mode: str, frames: int, structure: object) -> str:
    damaged = isinstance(structure, WebpStructure) and structure.damaged
    if damaged and not webp.found_by_libwebp(data):
        return "a WebP with a damaged container, most of which TensorFlow refuses"
    if frames > 1 or webp.animated(data):
        return "an animated WebP has four channels in TensorFlow, three are asked for"
    if mode == "RGBA" or webp.transparent(data):
        return "a WebP with transparency has four channels in TensorFlow, three are asked for"
    return ""


def _png(structure: PngStructure) -> str:
    side = max(structure.width_px, structure.height_px)
    if side > _MOST_PNG_SIDE_PX:
        return f"a PNG with a side of {side:,} pixels, TensorFlow reads {_MOST_PNG_SIDE_PX:,}"
    return structure.refusal


def _jpeg(structure: JpegStructure) -> str:
    if structure.end_out_of_reach:
        return "the end mark of the JPEG is cut, or out of TensorFlow's reach behind a stray marker"
    return ""


def _gif(structure: GifStructure) -> str:
    if not structure.frames:
        return "a GIF whose first picture TensorFlow does not find, or not to its end"
    if not structure.colours:
        return "a GIF without a colour table"
    if structure.highest_index >= structure.colours:
        return (
            f"a GIF that uses colour {structure.highest_index} of a table"
            f" of {structure.colours} colours"
        )
    return structure.refusal
