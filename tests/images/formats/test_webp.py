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
