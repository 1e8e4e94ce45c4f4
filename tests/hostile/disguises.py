"""Other formats under an image's name, and files that are two things at once."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Iterator

from hostile import encoders as e
from pictures import draw, encode

Kind = tuple[str, bytes]
_EPS = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    b"(%pipe%touch pwned) (w) file closefile\nshowpage\n%%EOF\n"
)
_HTML = b"<html><script>fetch('http://127.0.0.1:9/')</script></html>"


def kinds() -> Iterator[Kind]:
    """Give names and bytes."""
    yield from _active()
    yield from _archives()
    yield from _programs()
    yield from _other_pictures()
    yield from _polyglots()


def _active() -> Iterator[Kind]:
    yield "eps.jpg", _EPS
    yield "eps-behind-a-blank.png", b"\n \t" + _EPS
    yield "eps-behind-a-control-byte.jpg", b"\x04" + _EPS
    preview = struct.pack("<4sIIIIIIH", b"\xc5\xd0\xd3\xc6", 32, len(_EPS), 0, 0, 0, 0, 0xFFFF)
    yield "eps-with-preview.gif", preview + bytes(2) + _EPS
    yield "postscript.jpg", b"%!PS\n(%pipe%touch pwned) (w) file\n"
    yield (
        "pdf.jpg",
        b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF",
    )
    yield "svg.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    entities = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>'
    yield "svg-of-entities.jpg", entities
    yield "wmf.jpg", struct.pack("<IHhhhhHIH", 0x9AC6CDD7, 0, 0, 0, 9, 9, 96, 0, 0) + bytes(40)
    yield "wmf-plain.jpg", struct.pack("<HHHIHIH", 1, 9, 0x0300, 30, 0, 9, 0) + bytes(40)
    yield "emf.bmp", struct.pack("<II", 1, 88) + bytes(32) + b" EMF" + bytes(60)
    yield "html.jpg", b"<!DOCTYPE html>" + _HTML
    yield "html-behind-blanks.gif", b"\xef\xbb\xbf\n\n" + _HTML


def _archives() -> Iterator[Kind]:
    yield "zip.jpg", _zip({"a.txt": b"hello"})
    yield "zip-bomb.png", _zip({f"{n}.bin": bytes(2**22) for n in range(8)})
    yield "zip-that-climbs.jpg", _zip({"../../etc/passwd": b"root"})
    yield "gzip.jpg", gzip.compress(bytes(2**20), mtime=0)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../x"))
    yield "tar.jpg", stream.getvalue()
    yield "7z.jpg", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40)
    yield "rar.jpg", b"Rar!\x1a\7\1\0" + bytes(40)


def _programs() -> Iterator[Kind]:
    yield "elf.jpg", b"\x7fELF\2\1\1" + bytes(64)
    yield "windows-program.jpg", b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(40)
    yield "shell-script.png", b"#!/bin/sh\ntouch pwned\n"
    yield "pickle.jpg", b"\x80\x04cposix\nsystem\n(S'touch pwned'\ntR."
    yield "sqlite.jpg", b"SQLite format 3\0" + bytes(100)
    yield "class-file.jpg", b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(40)
    yield "hdf5.jpg", b"\x89HDF\r\n\x1a\n" + bytes(60)
    yield "php.gif", b"<?php system($_GET['c']); ?>"


def _other_pictures() -> Iterator[Kind]:
    """Formats that Pillow knows and that are never handed to it."""
    small = draw(5, (24, 24))
    for kind in ("TGA", "PCX", "SGI", "ICNS", "DDS", "MSP", "XBM"):
        picture = small.convert("1") if kind in {"MSP", "XBM"} else small
        yield f"{kind.lower()}.jpg", encode(picture, kind)
    yield "psd.jpg", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 2**31, 2**31, 8, 3)
    yield "fits.jpg", b"SIMPLE  =                    T" + b" " * 2850
    yield "dicom.jpg", bytes(128) + b"DICM" + bytes(40)
    yield "xpm.png", b'/* XPM */\nstatic char *a[] = {"1 1 1 1", "a c #fff", "a"};\n'
    yield "heic.jpg", encode(draw(0), "AVIF").replace(b"avif", b"mif1")
    yield "jpeg-xl.jpg", b"\xff\x0a" + bytes(40)
    yield "matroska.jpg", b"\x1a\x45\xdf\xa3" + bytes(60)
    yield "mp4.jpg", b"\0\0\0\x18ftypisom\0\0\2\0isommp42" + bytes(40)
    yield "riff-wave.webp", b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)


def _polyglots() -> Iterator[Kind]:
    jpeg, png = encode(draw(6, (48, 48))), encode(draw(7, (48, 48)), "PNG")
    gif = encode(draw(8, (48, 48)).quantize(16), "GIF")
    yield "jpeg-and-zip.jpg", jpeg + _zip({"a.txt": b"hello"})
    yield "jpeg-and-html.jpg", jpeg + _HTML
    comment = e.jpeg_segment(0xFE, b"%PDF-1.4\n1 0 obj<<>>stream\n")
    yield "jpeg-and-pdf.jpg", e.jpeg_with(jpeg, comment) + b"\nendstream endobj\n%%EOF"
    yield "jpeg-and-postscript.jpg", e.jpeg_with(jpeg, e.jpeg_segment(0xEB, _EPS))
    yield "jpeg-and-php.jpg", e.jpeg_with(jpeg, e.jpeg_segment(0xFE, b"<?php phpinfo(); ?>"))
    yield "jpeg-and-png.jpg", jpeg + png
    yield "png-and-html.png", e.png_with(png, (b"tEXt", b"html\0" + _HTML))
    yield "png-and-zip.png", png + _zip({"a.txt": b"hello"})
    script = b"!\xfe" + b"\x0f*/=1;alert(1);/*" + b"\0"
    place = 13 + 3 * 16
    yield "gif-and-javascript.gif", gif[:6] + b"/*" + gif[8:place] + script + gif[place:]
    yield "gif-and-jar.gif", gif + _zip({"META-INF/MANIFEST.MF": b""})
    yield "bmp-and-javascript.bmp", encode(draw(9, (40, 30)), "BMP") + b"*/=1;alert(1)"
    yield "html-that-begins-as-gif.gif", b"GIF89a=1;" + _HTML
    yield "text-that-begins-as-bmp.bmp", b"BM is the beginning of a text, and not of a picture"
    yield "tiff-and-postscript.tif", e.grey_tiff(8, 8, bytes(64)) + _EPS
    yield "webp-and-html.webp", encode(draw(10, (48, 48)), "WEBP") + _HTML
    yield "png-called-jpg.jpg", encode(draw(11, (48, 48)), "PNG")
    yield "jpeg-without-ending", encode(draw(12, (48, 48)))


def _zip(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
