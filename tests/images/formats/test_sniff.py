import pictures
import pytest

from catsclean.images.formats import sniff


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "ICO"])
def test_knows_what_pillow_writes(kind):
    assert sniff.sniff(pictures.encode(pictures.draw(1), kind)) == kind


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"%!PS-Adobe-3.0\n", "PostScript"),
        (b"%PDF-1.4\n", "PDF"),
        (b"<?xml version='1.0'?>\n<svg/>", "SVG"),
        (b"\xd7\xcd\xc6\x9a" + bytes(20), "WMF"),
        (b"<!DOCTYPE html>", "HTML"),
        (b"#!/bin/sh\n", "shell script"),
    ],
)
def test_names_what_is_never_opened(data, name):
    assert sniff.sniff(data) == name
    assert name in sniff.ACTIVE
    assert name not in sniff.DECODABLE


@pytest.mark.parametrize("data", [b"", b"x", b"BMW is a car, and no picture at all.", bytes(99)])
def test_what_is_no_picture_has_no_name(data):
    assert sniff.sniff(data) == ""


def test_a_pointer_of_git_lfs_is_known():
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    assert sniff.is_lfs_pointer(pointer)
    assert not sniff.is_lfs_pointer(pointer + bytes(2000))


@pytest.mark.parametrize(
    ("data", "words"), [(b"not found\n", "text"), (bytes(9), "only zero bytes")]
)
def test_describes_what_is_no_picture(data, words):
    assert sniff.describe(data) == words


def test_heif_and_avif_are_told_apart():
    assert sniff.sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic") == "HEIC"
    assert sniff.sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif") == "AVIF"
