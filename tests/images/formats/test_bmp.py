import io

import numpy as np
import pictures
import pytest
from PIL import Image

from catsclean.images.formats import bmp


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_shows_what_pillow_shows(mode):
    picture = pictures.draw(1, (61, 40)).convert(mode)
    data = pictures.encode(picture, "BMP")
    shown = np.asarray(Image.open(io.BytesIO(data)))
    assert bmp.fault(data) == ""
    assert np.array_equal(bmp.plain_pixels(data), shown[..., :3] if shown.ndim == 3 else shown)


@pytest.mark.parametrize(
    ("mode", "words"), [("1", "1 bits a pixel"), ("RGB", "TensorFlow expects")]
)
def test_says_what_tensorflow_refuses(mode, words):
    data = pictures.encode(pictures.draw(1, (61, 40)).convert(mode), "BMP")
    assert words in bmp.fault(data if mode == "1" else data + b"\0")


def test_a_cut_header_is_a_fault():
    data = pictures.encode(pictures.draw(1), "BMP")
    for end in range(54):
        assert bmp.fault(data[:end])
