import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2")
from catsclean.training.pictures import Cut, cut_square, decode_picture, decode_square


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def two_taps(pixels, size):
    """The mean of the nearest pixels, in exact arithmetic."""
    values = pixels.astype(float)
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
    square = cut_square(Image.fromarray(pixels), Cut(150))
    assert square.shape == (150, 150, 3)
    assert np.abs(square - two_taps(pixels, 150)).max() <= 3


def test_a_picture_of_the_right_size_stays_as_it_is():
    pixels = noise(150, 150)
    assert np.array_equal(cut_square(Image.fromarray(pixels), Cut(150)), pixels)


def test_no_pixel_of_a_larger_picture_is_passed_over():
    pixels = np.zeros((300, 150, 3), np.uint8)
    pixels[::3] = 255  # two taps would see the white of half of these rows only, and unevenly
    square = cut_square(Image.fromarray(pixels), Cut(150))
    assert square[1:-1].min() > 40


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("size", [(500, 375), (320, 299), (1000, 160), (90, 60), (2400, 1800)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_file_gives_the_square_of_its_picture(tmp_path, size, mode, fit):
    path = tmp_path / "noise.jpg"
    Image.fromarray(noise(size[1], size[0])).convert(mode).save(path, quality=80)
    data, cut = path.read_bytes(), Cut(150, fit)
    square = decode_square("noise.jpg", data, cut)
    assert np.array_equal(square, cut_square(decode_picture("noise.jpg", data, cut), cut))
    place = np.zeros((2, 150, 150, 3), np.uint8)
    decode_square("noise.jpg", data, cut, out=place[1])
    assert np.array_equal(place[1], square)
    assert not place[0].any()
