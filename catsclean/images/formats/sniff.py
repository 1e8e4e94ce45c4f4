"""Tells what a file is by its first bytes, never by its name."""

from __future__ import annotations

from typing import Final

from catsclean.images.formats import bmp

# What Pillow may be asked to decode. Everything else (EPS starts Ghostscript, WMF and friends are
# programs of their own) is named and left closed.
DECODABLE: Final = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "ICO", "PPM", "JPEG2000")
# Pillow's JPEG reader also takes an MPO, which is a JPEG with more JPEGs behind it.
PILLOW_NAMES: Final = {"BMP": ("BMP", "DIB")}

# Endings that say "picture", with the formats that they stand for.
EXTENSIONS: Final[dict[str, tuple[str, ...]]] = {
    ".jpg": ("JPEG",), ".jpeg": ("JPEG",), ".jpe": ("JPEG",), ".jfif": ("JPEG",), ".mpo": ("JPEG",),
    ".png": ("PNG",), ".apng": ("PNG",), ".gif": ("GIF",), ".bmp": ("BMP",), ".dib": ("BMP",),
    ".webp": ("WEBP",), ".tif": ("TIFF",), ".tiff": ("TIFF",),
    ".avif": ("AVIF",), ".avifs": ("AVIF",),
    ".heic": ("HEIC",), ".heif": ("HEIC",), ".jxl": ("JPEG XL",), ".jp2": ("JPEG2000",),
    ".j2k": ("JPEG2000",), ".jpx": ("JPEG2000",), ".ico": ("ICO",), ".ppm": ("PPM",),
    ".pgm": ("PPM",), ".pbm": ("PPM",), ".pnm": ("PPM",), ".psd": ("PSD",),
}  # fmt: skip
# What Keras' image_dataset_from_directory lists; the rest it passes over in silence.
KERAS_EXTENSIONS: Final = (".bmp", ".gif", ".jpeg", ".jpg", ".png")

# Formats that can carry instructions: a page description or a drawing, run rather than decoded.
ACTIVE: Final = (
    "EPS",
    "PostScript",
    "PDF",
    "SVG",
    "WMF",
    "EMF",
    "HTML",
    "Windows program",
    "shell script",
)

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),  # 87a or 89a; decoders look no further
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\1\0", "ICO"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"8BPS", "PSD"),
    (b"%PDF", "PDF"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\1\0\t\0\0\3", "WMF"),  # without the placing header
    (b"MZ", "Windows program"),
    (b"#!", "shell script"),
)
_ISO_BRANDS: Final = {
    b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC",
    b"heim": "HEIC", b"heis": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC",
}  # fmt: skip
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/v1\n"
_LFS_MAX_BYTES: Final = 1024  # the specification of the pointer file


def sniff(data: bytes) -> str:
    """Name a file's format from its content; empty where it is none of those known here."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _sniff_iso(data)
    if data[:2] == b"BM" and _is_bitmap(data):
        return "BMP"
    if data[:1] == b"P" and data[1:2] in b"123456" and data[2:3] in b" \t\r\n#":
        return "PPM"
    if data[:4] == b"\1\0\0\0" and data[40:44] == b" EMF":
        return "EMF"
    return _sniff_text(data)


def is_lfs_pointer(data: bytes) -> bool:
    """Tell whether this is the text that Git LFS leaves where the real file was not fetched."""
    return len(data) <= _LFS_MAX_BYTES and data.startswith(_LFS_POINTER)


def ending_of(path: str) -> str:
    """Give the ending of a path with its dot, in lower case; empty where there is none."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""


def is_wrong_ending(ending: str, kind: str) -> bool:
    """Tell whether an ending stands for other formats than that of the content."""
    return ending in EXTENSIONS and kind not in EXTENSIONS[ending]


def describe(data: bytes) -> str:
    """Say in a few words what a file that is no picture seems to be."""
    if not data.strip(b"\0"):
        return "only zero bytes"

    import puremagic  # only for files that are of no known format

    try:
        guesses = puremagic.magic_string(data[:4096])
    except (puremagic.PureError, ValueError):
        guesses = []
    named = [guess.name for guess in guesses if guess.name and guess.confidence >= 0.5]
    if named:
        return str(named[0])
    head = data[:512]
    if head and all(byte >= 32 or byte in b"\t\r\n\f" for byte in head):
        return "text"
    return "unknown data"


def _sniff_iso(data: bytes) -> str:
    brands = [data[8:12], *(data[i : i + 4] for i in range(16, min(len(data), 64), 4))]
    found = [_ISO_BRANDS[brand] for brand in brands if brand in _ISO_BRANDS]
    return "AVIF" if "AVIF" in found else found[0] if found else ""


def _is_bitmap(data: bytes) -> bool:
    # "BM" alone starts many a text; the header's size field is one of a handful of values.
    # TensorFlow does not look at that field, but insists that the pixels fill the file exactly.
    header_bytes = int.from_bytes(data[14:18], "little")
    return header_bytes in {12, 16, 40, 52, 56, 64, 108, 124} or not bmp.fault(data)


def _sniff_text(data: bytes) -> str:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x04").lower()
    if head.startswith(b"%!ps"):
        return "EPS" if b"epsf" in head[:64] else "PostScript"
    if head.startswith(b"<svg") or (
        head.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head
    ):
        return "SVG"
    if head.startswith((b"<!doctype html", b"<html", b"<script", b"<head", b"<body")):
        return "HTML"
    return ""
