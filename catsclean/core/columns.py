"""Every column of a sample, once: its type, what it means, and what stands for "not known".

The evidence has the columns that discovery and reading fill, the manifest those that other programs
may need.  Adding a column takes a row here and the code that fills it.  Raise ``SCHEMA_VERSION`` of
:mod:`catsclean.core.state` if the manifest has it, and the cache's ``VERSION`` if reading fills it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

Scalar = str | int | float | bool

_NAN: Final = float("nan")


class Origin(Enum):
    """Who fills a column."""

    DISCOVERY = "the listing of the files"
    READING = "the reading of a file"
    AUDIT = "the audit, from all samples together"


class Known(Enum):
    """The samples for which the manifest has a value; for the others it is missing.

    STATED: Of those whose text is not empty and whose number is not NaN.
    DECODED: Of pictures that decoded, and whose number is not -1.
    HASHED: Of pictures that decoded and that have structure to be hashed.
    """

    STATED = "stated"
    DECODED = "decoded"
    HASHED = "hashed"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Its name in the evidence and in the manifest; a unit is part of it.
        kind: Name of its Arrow type; in the evidence real numbers have 64 bits.
        unknown: What stands for "not known" in the evidence, where no value is missing.
        origin: Who fills it.
        meaning: Unit and meaning, as docs/manifest.md has them.
        known: The samples for which the manifest has a value; None: it has no such column.
        packed_bytes: Length of the number that its hexadecimal digits write.  In the evidence and
            in the cache that number stands for the text, in half of the memory; it is missing if
            the text is empty.  0: the text is not hexadecimal.
    """

    name: str
    kind: str
    unknown: Scalar
    origin: Origin
    meaning: str
    known: Known | None = None
    packed_bytes: int = 0

    @property
    def stored_kind(self) -> str:
        """Name of its type in the evidence and in the cache."""
        return f"fixed_size_binary[{self.packed_bytes}]" if self.packed_bytes else self.kind


_DISCOVERY, _READING, _AUDIT = Origin.DISCOVERY, Origin.READING, Origin.AUDIT
_STATED, _DECODED, _HASHED = Known.STATED, Known.DECODED, Known.HASHED

# in the order of the manifest
COLUMNS: Final = (
    Column("path", "string", "", _DISCOVERY,
           "relative to the root, `/` between parts, escaped (see below); unique", _STATED),
    Column("label", "string", "", _DISCOVERY,
           "the class: its folder, or as [file names or a table](labels.md) say; missing for files"
           " without one", _STATED),
    Column("size_bytes", "int64", 0, _DISCOVERY, "bytes", _STATED),
    Column("mtime_ns", "int64", 0, _DISCOVERY,
           "nanoseconds since 1970-01-01 UTC, of the last change", _STATED),
    Column("inode", "int64", 0, _DISCOVERY, "number of the file on its file system"),
    Column("links", "int64", 1, _DISCOVERY, "number of names that the file has"),
    Column("outcome", "string", "", _READING, "how reading the file ended"),
    Column("outcome_detail", "string", "", _READING, "details of the outcome"),
    Column("sha256", "string", "", _READING,
           "64 hexadecimal digits, of the bytes that were judged; missing if the file "
           "could not be read", _STATED, packed_bytes=32),
    Column("width_px", "int32", 0, _READING,
           "pixels as stored, before any orientation tag; missing if it did not decode",
           _DECODED),
    Column("height_px", "int32", 0, _READING, "as `width_px`", _DECODED),
    Column("mode", "string", "", _READING,
           "Pillow's mode: `RGB`, `L`, `CMYK`, `RGBA`, `P`, `I;16`, …", _STATED),
    Column("format", "string", "", _READING,
           "by content, not by name: `JPEG`, `PNG`, `GIF`, `BMP`, `WEBP`, `TIFF`, …",
           _STATED),
    Column("frames", "int32", 0, _READING, "number of pictures in the file", _DECODED),
    Column("exif_orientation", "int32", -1, _READING,
           "value of the tag, valid or not; missing if there is no tag", _DECODED),
    Column("decoder_warnings", "string", "", _READING, "warnings of the decoder, one per line"),
    Column("exif_warnings", "string", "", _READING, "faults of the Exif data, one per line"),
    Column("tensorflow_refuses", "string", "", _READING, "why TensorFlow does not decode it"),
    Column("validator_failures", "string", "", _READING,
           "validators that failed on the file, and their errors, one per line"),
    Column("validator_tracebacks", "string", "", _READING, "where they failed"),
    Column("metadata_bytes", "int64", 0, _READING, "bytes that are not picture data"),
    Column("trailing_bytes", "int64", 0, _READING, "bytes after the end of the picture"),
    Column("without_jfif", "bool", False, _READING, "a JPEG without a JFIF header"),  # noqa: FBT003
    Column("flat", "bool", False, _READING,  # noqa: FBT003
           "without structure, so it cannot be compared"),
    Column("phash64", "int64", 0, _READING,
           "`imagehash.phash` of the thumbnail, its 64 bits read as a signed number; missing for"
           " pictures without structure", _HASHED),
    Column("phash256", "string", "", _READING,
           "`imagehash.phash(hash_size=16)`, 64 hexadecimal digits", _HASHED, packed_bytes=32),
    Column("mirror64", "int64", 0, _READING, "`phash64` of the mirrored picture"),
    Column("mirror256", "string", "", _READING, "`phash256` of the mirrored picture",
           packed_bytes=32),
    Column("brightness", "float32", _NAN, _READING, "mean grey level, 0 to 255", _STATED),
    Column("contrast", "float32", _NAN, _READING, "standard deviation of the grey levels", _STATED),
    Column("entropy_bits", "float32", _NAN, _READING,
           "Shannon entropy of the grey levels, 0 to 8 bits", _STATED),
    Column("dominant_share", "float64", _NAN, _READING,
           "share of the pixels that have the most frequent colour, 0 to 1"),
    Column("colourfulness", "float32", _NAN, _READING,
           r"mean of \|R−G\| and \|B−G\|, 0 to 255; 0 is grey",  # noqa: RUF001
           _STATED),
    Column("colour_spread", "float64", _NAN, _READING, "how far the colours lie from one hue"),
    Column("sharpness", "float32", _NAN, _READING,
           "mean square of the Laplacian over the variance, of the reduced picture", _STATED),
    Column("recorded_sha256", "string", "", _AUDIT,
           "what the last audit read, if it is compared", packed_bytes=32),
    Column("status", "string", "", _AUDIT,
           "`keep`: use it · `review`: look at it · `drop`: must not be trained on", _STATED),
    Column("reason", "string", "", _AUDIT,
           "names of the validators that led to the status, separated by commas", _STATED),
    Column("group", "string", "", _AUDIT,
           "id of the duplicate group; missing for a picture without duplicates", _STATED),
    Column("split", "string", "", _DISCOVERY,
           "`train`, `val`, `test`, …: given by `split`, or by the split folder that the audit"
           " found", _STATED),
)  # fmt: skip

# columns of hexadecimal digits → bytes of the numbers that stand for them in memory
PACKED: Final = {column.name: column.packed_bytes for column in COLUMNS if column.packed_bytes}


def unknown_values(origin: Origin) -> dict[str, Scalar]:
    """Return the value of "not known" of each column of one origin, by name."""
    return {column.name: column.unknown for column in COLUMNS if column.origin is origin}
