"""The squares of pixels that networks take in, from files of any format and shape."""

import io

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from catsclean.core.limits import Limits
from catsclean.images import decoding
from catsclean.images.square import make_square


def decoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    image = decoding.open_image("Cat/1.jpg", buffer.getvalue(), Limits())
    decoding.decode(image)
    return image


def gradient(width, height):
    """Red grows to the right and green downwards, from 0 to 255."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width)
    pixels[..., 1] = np.linspace(0, 255, height)[:, None]
    return Image.fromarray(pixels)


@pytest.mark.parametrize("size", [(640, 480), (300, 900), (97, 101), (20, 20), (1, 50), (4000, 30)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_any_size_gives_a_square(size, kind):
    square = make_square(decoded(gradient(*size), kind), 64)
    assert square.shape == (64, 64, 3)
    assert square.dtype == np.uint8


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_longer_side_is_cut_halfway_to_a_square(kind):
    square = make_square(decoded(gradient(800, 200), kind), 100).astype(float)
    # 400 of 800 columns and 200 of 200 rows, less 5 %
    assert square[50, [0, -1], 0] == pytest.approx([255 * 0.26, 255 * 0.74], abs=4)
    assert square[[0, -1], 50, 1] == pytest.approx([255 * 0.025, 255 * 0.975], abs=5)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1", "I;16"])
def test_any_mode_gives_three_colours(mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    grey = Image.new("L", (50, 40), 255).convert("I").point(lambda v: v * 257).convert("I;16")
    picture = grey if mode == "I;16" else Image.new("RGB", (50, 40), "white").convert(mode)
    assert make_square(decoded(picture, kind), 32).min() > 250


def test_a_large_jpeg_keeps_its_detail():
    lines = np.zeros((1600, 1600, 3), np.uint8)
    lines[:, (np.arange(1600) // 20) % 2 == 1] = 255
    square = make_square(decoded(Image.fromarray(lines), "JPEG", quality=90), 160)
    assert square[80].std() > 80


@pytest.mark.parametrize("mode", ["RGB", "L", "I;16"])
@pytest.mark.parametrize("side", [900, 8])
def test_a_square_may_be_much_larger_or_smaller_than_what_reading_left(mode, side):
    picture = gradient(1600, 1200)
    if mode != "RGB":
        picture = picture.convert("L")
    if mode == "I;16":
        picture = picture.convert("I").point(lambda value: value * 257).convert("I;16")
    square = make_square(decoded(picture), side)
    assert square.shape == (side, side, 3)
    assert square[side // 2, -1].sum() > square[side // 2, 0].sum() + 80


def test_a_jpeg_for_print_gives_a_square_larger_than_what_reading_left():
    image = decoded(gradient(1600, 1200).convert("CMYK"), "JPEG", quality=95)
    assert min(image.whole.size) < 900
    assert make_square(image, 900).shape == (900, 900, 3)


def test_a_jpeg_that_only_pillow_decodes_gives_a_square(monkeypatch):
    image = decoded(gradient(1600, 1200), "JPEG")

    def refuse(*_, **__):
        raise ValueError("unsupported")

    monkeypatch.setattr(simplejpeg, "decode_jpeg", refuse)
    assert make_square(image, 900).shape == (900, 900, 3)
