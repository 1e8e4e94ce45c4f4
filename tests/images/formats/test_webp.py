import io

import pictures
import pytest
from PIL import Image

from catsclean.images.formats import webp


def encoded(**options):
    return pictures.encode(pictures.draw(1, (61, 40)), "WEBP", **options)


def clear(**options):
    picture = pictures.draw(1, (61, 40))
    picture.putalpha(picture.convert("L"))
    return pictures.encode(picture, "WEBP", **options)


@pytest.mark.parametrize("data", [encoded(), encoded(lossless=True), clear()])
def test_reads_the_canvas(data):
    assert webp.canvas(data) == (61, 40)


def test_a_bomb_is_known_by_its_header():
    bits = (13_299 | 13_299 << 14).to_bytes(4, "little")
    data = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f" + bits + bytes(9)
    assert webp.canvas(data) == (13_300, 13_300)


def test_tells_animation_and_transparency():
    frames = [pictures.draw(2), pictures.draw(3)]
    moving = pictures.encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert webp.animated(moving)
    assert not webp.animated(encoded())
    assert webp.transparent(clear())
    assert webp.transparent(clear(lossless=True))
    assert not webp.transparent(encoded())


def test_takes_the_picture_out_of_a_spoilt_container():
    data = encoded()
    spoilt = data[:4] + (len(data) * 2).to_bytes(4, "little") + data[8:]
    assert Image.open(io.BytesIO(webp.first_picture(spoilt))).size == (61, 40)


def test_no_cut_makes_it_raise():
    data = clear()
    for end in range(12, len(data)):
        webp.canvas(data[:end])
        webp.first_picture(data[:end])
        webp.transparent(data[:end])


def with_size(data, difference):
    """Let the container say another size."""
    size = int.from_bytes(data[4:8], "little") + difference
    return data[:4] + size.to_bytes(4, "little") + data[8:]


EXIF = Image.Exif()
EXIF[0x0112] = 6


@pytest.mark.parametrize("data", [encoded(), encoded(lossless=True), encoded(exif=EXIF)])
def test_libwebp_finds_a_picture_whatever_stands_behind_it(data):
    assert webp.found_by_libwebp(data)
    assert webp.found_by_libwebp(data + b"more")
    assert webp.found_by_libwebp(with_size(data + b"x", 1))


def test_libwebp_wants_as_many_bytes_as_the_container_says():
    data = encoded()
    assert not webp.found_by_libwebp(with_size(data, 2))
    assert not webp.found_by_libwebp(with_size(data, -2))
    assert not webp.found_by_libwebp(with_size(data, 11 - len(data) + 8))


def test_libwebp_stops_at_an_unknown_chunk_before_a_plain_picture():
    data = encoded()
    loose = b"abcd\2\0\0\0xy"
    assert not webp.found_by_libwebp(with_size(data[:12] + loose + data[12:], len(loose)))
    extended = encoded(exif=EXIF)
    assert webp.found_by_libwebp(with_size(extended[:30] + loose + extended[30:], len(loose)))


def test_libwebp_wants_one_size_of_picture_and_canvas():
    data = encoded(exif=EXIF)
    assert not webp.found_by_libwebp(data[:24] + bytes([data[24] + 1]) + data[25:])
    assert not webp.found_by_libwebp(data[:16] + b"\x09" + data[17:])


@pytest.mark.parametrize("data", [clear(), clear(lossless=True)])
def test_a_picture_with_transparency_counts_as_not_found(data):
    assert not webp.found_by_libwebp(data)


def test_no_cut_makes_the_search_for_the_picture_raise():
    for data in (encoded(exif=EXIF), encoded(lossless=True), clear()):
        for end in range(12, len(data)):
            assert not webp.found_by_libwebp(data[:end])
