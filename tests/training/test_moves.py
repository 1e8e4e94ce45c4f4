import numpy as np
import pytest

from catsclean.training.moves import affine_maps, move_pictures
from catsclean.training.recipes import find_recipe

MOVES = find_recipe("course").with_changes(flip=True, rotation=30.0, shift=0.1, shear=9.0, zoom=0.2)


@pytest.fixture
def pictures():
    """Smooth ones, so that rounding in between matters little."""
    y, x = np.mgrid[0:40, 0:40]
    waves = [128 + 120 * np.sin(x / (5 + n) + y / 9 + n) for n in range(8)]
    return np.stack([np.stack([wave] * 3, axis=-1) for wave in waves]).astype(np.uint8)


@pytest.mark.tensorflow
def test_the_host_moves_pictures_as_the_device_does(pictures, keras):
    ways = np.random.default_rng(4)
    maps = affine_maps(
        np, lambda n, limit: ways.uniform(-limit, limit, n), ways.random, MOVES, 8, 40
    )
    zero = np.zeros(8)
    expected = keras.ops.image.affine_transform(
        pictures.astype("float32"), np.stack([*maps, zero, zero], axis=1).astype("float32"),
        interpolation="bilinear", fill_mode="nearest", data_format="channels_last",
    )  # fmt: skip
    moved = move_pictures(pictures, MOVES, np.random.default_rng(4))
    assert moved.dtype == np.uint8
    difference = np.abs(moved - np.asarray(expected))
    assert difference.mean() < 1
    assert not np.array_equal(moved, pictures)


def test_nothing_moves_without_limits(pictures):
    still = move_pictures(pictures, find_recipe("course"), np.random.default_rng(0))
    assert np.array_equal(still, pictures)


def test_the_same_chance_moves_in_the_same_way_and_each_picture_in_its_own(pictures):
    same = np.repeat(pictures[:1], 8, axis=0)
    first = move_pictures(same, MOVES, np.random.default_rng(1))
    assert np.array_equal(first, move_pictures(same, MOVES, np.random.default_rng(1)))
    assert len({each.tobytes() for each in first}) == 8
