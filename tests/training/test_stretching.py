import numpy as np
import pytest
from PIL import Image

from catsclean.training.pictures import Cut, cut_square, decode_picture, decode_square
from catsclean.training.stretching import reaches, stretch


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 4), np.uint8)


def two_taps(pixels, size):
    """The same resize, in exact arithmetic."""
    values = pixels[:, :, :3].astype(float)
    for axis in (0, 1):
        length = values.shape[axis]
        at = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
        first = at.astype(int)
        weight = np.expand_dims(at - first, (1 - axis, 2))
        second = np.minimum(first + 1, length - 1)
        values = values.take(first, axis) * (1 - weight) + values.take(second, axis) * weight
    return values


@pytest.mark.parametrize(("height", "width"), [(150, 150), (188, 250), (299, 151), (40, 1), (1, 9)])
def test_a_square_is_the_mean_of_the_nearest_pixels(height, width):
    pixels = noise(height, width)
    square = stretch(pixels, 150)
    assert square.shape == (150, 150, 3)
    assert np.abs(square - two_taps(pixels, 150)).max() <= 3


def test_a_picture_of_the_right_size_stays_as_it_is():
    pixels = noise(150, 150)
    assert np.array_equal(stretch(pixels, 150), pixels[:, :, :3])


def test_black_and_white_keep_their_values():
    for value in (0, 255):
        assert (stretch(np.full((200, 299, 4), value, np.uint8), 150) == value).all()


def test_an_earlier_square_is_not_written_over():
    first = stretch(noise(188, 250), 150)
    kept = first.copy()
    stretch(np.zeros((188, 250, 4), np.uint8), 150)
    assert np.array_equal(first, kept)


def test_a_picture_that_two_taps_would_pass_over_is_left_to_pillow():
    assert reaches(299, 150, 150)
    assert not reaches(300, 150, 150)


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("size", [(500, 375), (320, 299), (1000, 160), (90, 60), (2400, 1800)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_file_gives_the_square_of_its_picture(tmp_path, size, mode, fit):
    path = tmp_path / "noise.jpg"
    Image.fromarray(noise(size[1], size[0])[:, :, :3]).convert(mode).save(path, quality=80)
    data, cut = path.read_bytes(), Cut(150, fit)
    square = decode_square("noise.jpg", data, cut)
    assert np.array_equal(square, cut_square(decode_picture("noise.jpg", data, cut), cut))
    place = np.zeros((2, 150, 150, 3), np.uint8)
    decode_square("noise.jpg", data, cut, out=place[1])
    assert np.array_equal(place[1], square)
    assert not place[0].any()
