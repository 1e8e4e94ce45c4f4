from types import SimpleNamespace

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


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"\xff\x0a", "JPEG XL", "though TensorFlow 2.21 reads it"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", "though TensorFlow 2.21 reads it"),
        (b"8BPS", "PSD", "nor by TensorFlow"),
    ],
)
def test_a_format_that_is_only_recognised_says_why(data, name, why):
    assert sniff.sniff(data + bytes(40)) == name
    assert sniff.FORMATS[name].missing() == f"{name} is not decoded here, {why}"


@pytest.mark.parametrize(
    ("ending", "kind", "other"),
    [(".jpg", "", False), (".txt", "JPEG", False), (".txt", "", True), ("", "HTML", True)],
)
def test_what_is_no_picture_by_name_or_content_is_another_file(ending, kind, other):
    assert sniff.is_other(ending, kind) is other


def test_a_pointer_of_git_lfs_is_known():
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    assert sniff.is_lfs_pointer(pointer)
    assert not sniff.is_lfs_pointer(pointer + bytes(2000))


@pytest.mark.parametrize(
    ("data", "words"), [(b"not found\n", "text"), (bytes(9), "only zero bytes")]
)
def test_describes_what_is_no_picture(data, words):
    assert sniff.describe(data) == words


@pytest.mark.parametrize(
    ("brand", "name"),
    [
        *((brand, "AVIF") for brand in (b"avif", b"avis")),
        *((b, "HEIC") for b in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")),
    ],
)
def test_every_brand_of_a_box_of_types_names_its_format(brand, name):
    box = b"\0\0\0\x14ftyp" + brand + bytes(4) + b"xxxx"
    assert sniff.sniff(box + b"\0\0\0\x08mdat") == name


@pytest.mark.parametrize("data", [b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"])
def test_jpeg_xl_is_known_bare_and_in_boxes(data):
    assert sniff.sniff(data + bytes(20)) == "JPEG XL"


@pytest.mark.parametrize("size", [12, 16, 40, 52, 56, 64, 108, 124])
def test_every_size_of_a_header_of_bmp_is_known(size):
    data = b"BM" + bytes(12) + size.to_bytes(4, "little") + bytes(size)
    assert sniff.sniff(data) == "BMP"


def test_heif_and_avif_are_told_apart():
    assert sniff.sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic") == "HEIC"
    assert sniff.sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif") == "AVIF"


def test_a_file_of_git_lfs_is_a_short_text():
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:"
    assert sniff.is_lfs_pointer(pointer)
    assert sniff.is_lfs_pointer(pointer.ljust(1024, b"a"))
    assert not sniff.is_lfs_pointer(pointer.ljust(1025, b"a"))
    assert not sniff.is_lfs_pointer(b" " + pointer)


def test_an_ending_is_wrong_if_it_stands_for_another_format():
    assert sniff.is_wrong_ending(".jpg", "PNG")
    assert not sniff.is_wrong_ending(".jpg", "JPEG")
    assert not sniff.is_wrong_ending(".jpeg", "JPEG")
    assert not sniff.is_wrong_ending(".txt", "PNG")  # it stands for no picture


def test_the_ending_is_that_of_the_name():
    assert sniff.ending_of("Cat.d/1.JPG") == ".jpg"
    assert sniff.ending_of("Cat.d/1") == ""
    assert sniff.ending_of(".jpg") == ".jpg"
    assert sniff.ending_of("1.tar.gz") == ".gz"


def test_a_drawing_is_looked_for_in_the_first_kilobyte():
    assert sniff.sniff(b" " * 1020 + b"<svg") == "SVG"
    assert sniff.sniff(b" " * 1021 + b"<svg") == ""
    assert sniff.sniff(b"%!PS".ljust(60) + b"EPSF") == "EPS"
    assert sniff.sniff(b"%!PS".ljust(61) + b"EPSF") == "PostScript"


@pytest.mark.parametrize(
    ("guesses", "said"),
    [
        ([("a song", 0.5)], "a song"),
        ([("a song", 0.49)], "unknown data"),
        ([("", 0.9), ("a song", 0.6), ("a film", 0.9)], "a song"),
        ([], "unknown data"),
    ],
)
def test_what_is_not_a_picture_is_described_by_the_first_guess_that_is_sure(
    monkeypatch, guesses, said
):
    import puremagic

    made = [SimpleNamespace(name=name, confidence=sure) for name, sure in guesses]
    monkeypatch.setattr(puremagic, "magic_string", lambda head: made if len(head) == 4096 else [])
    assert sniff.describe(b"\1" * 5000) == said


@pytest.mark.parametrize("error", ["PureError", None])
def test_what_nobody_recognises_is_text_or_unknown(monkeypatch, error):
    import puremagic

    def fails(_head):
        raise getattr(puremagic, error) if error else ValueError

    monkeypatch.setattr(puremagic, "magic_string", fails)
    assert sniff.describe(b"words\t\r\n\f" + b"a" * 600) == "text"
    assert sniff.describe(b"a" * 512 + b"\1") == "text"
    assert sniff.describe(b"a" * 511 + b"\1") == "unknown data"
    assert sniff.describe(b"a\x1fb") == "unknown data"
    assert sniff.describe(bytes(9)) == "only zero bytes"
