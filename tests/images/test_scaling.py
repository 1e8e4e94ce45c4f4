import numpy as np
import pytest
from PIL import Image

from catsclean.images.scaling import resize

BOX, BILINEAR = Image.Resampling.BOX, Image.Resampling.BILINEAR


def noise(width, height):
    values = np.random.default_rng(1).integers(0, 256, (height, width), np.uint8)
    return Image.fromarray(values)


@pytest.mark.parametrize("resample", [BOX, BILINEAR])
def test_a_tall_picture_is_resized_by_its_height_first(resample):
    tall = noise(20, 5000)
    by_height = tall.resize((20, 64), resample).resize((64, 64), resample)
    assert resize(tall, (64, 64), resample).tobytes() == by_height.tobytes()


@pytest.mark.parametrize("size", [(20, 60), (60, 20), (5000, 20), (1, 30)])
def test_other_pictures_are_resized_as_pillow_does(size):
    picture = noise(*size)
    alone = picture.resize((64, 64), BILINEAR)
    assert resize(picture, (64, 64), BILINEAR).tobytes() == alone.tobytes()
