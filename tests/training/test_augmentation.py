import numpy as np
import pytest

from catsclean.training.recipes import find_recipe

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


@pytest.fixture
def pictures():
    return np.random.default_rng(0).uniform(0, 255, (16, 20, 20, 3)).astype("float32")


def alter(pictures, training=True, **changes):
    from catsclean.training.augmentation import Augmentation

    layer = Augmentation(find_recipe("course").with_changes(**changes), seed=1)
    return np.asarray(layer(pictures, training=training))


def test_nothing_is_altered_when_nothing_is_learned(pictures):
    assert np.array_equal(alter(pictures, training=False, rotation=40.0, flip=True), pictures)


def test_a_flip_mirrors_some_pictures_exactly_and_leaves_the_others(pictures):
    altered = alter(pictures, flip=True)
    same = [np.allclose(a, p, atol=0.01) for a, p in zip(altered, pictures, strict=True)]
    mirrored = [
        np.allclose(a, p[:, ::-1], atol=0.01) for a, p in zip(altered, pictures, strict=True)
    ]
    assert all(s != m for s, m in zip(same, mirrored, strict=True))
    assert 0 < sum(mirrored) < 16


def test_a_flip_alone_moves_pixels_and_computes_none(pictures):
    altered = alter(pictures, flip=True)
    every = {p.tobytes() for p in pictures} | {p[:, ::-1].tobytes() for p in pictures}
    assert all(a.tobytes() in every for a in altered)


def test_a_flip_mirrors_beside_other_alterations_too():
    left = np.zeros((16, 20, 20, 3), "float32")
    left[:, :, :5] = 255.0
    altered = alter(left, flip=True, zoom=0.1)
    is_left = altered[:, :, :10].sum(axis=(1, 2, 3)) > altered[:, :, 10:].sum(axis=(1, 2, 3))
    assert 0 < is_left.sum() < 16


def test_each_picture_is_altered_in_its_own_way(pictures):
    same = np.repeat(pictures[:1], 8, axis=0)
    altered = alter(same, rotation=20.0, shift=0.1, zoom=0.2, brightness=0.1, contrast=0.2)
    assert len({a.tobytes() for a in altered}) == 8
    assert altered.min() >= 0
    assert altered.max() <= 255


def test_a_turn_is_around_the_centre():
    ring = np.zeros((4, 41, 41, 3), "float32")
    y, x = np.mgrid[-20:21, -20:21]
    ring[:, np.hypot(x, y) < 12] = 255.0
    assert np.abs(alter(ring, rotation=180.0) - ring).mean() < 4
