import pytest

from catsclean.errors import TrainingError, UsageError
from tests.training.conftest import draw

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


@pytest.fixture
def picture(tmp_path):
    draw("Cat", 900).save(tmp_path / "cat.jpg")
    return tmp_path / "cat.jpg"


def test_every_convolution_and_pooling_layer_is_drawn(trained, picture, tmp_path):
    from catsclean.training import feature_maps

    maps = feature_maps(trained.folder, picture)
    assert {name: values.shape for name, values in maps.layers.items()} == {
        "conv1": (36, 36, 16), "pool1": (18, 18, 16), "conv2": (16, 16, 32),
        "pool2": (8, 8, 32), "conv3": (6, 6, 64), "pool3": (3, 3, 64),
    }  # fmt: skip
    # rows of tiles of 64 pixels (16 to a row) and titles of 22: picture 1, then 1 1 2 2 4 4
    assert maps.picture.size == (1024, 15 * 64 + 7 * 22)
    maps.save(tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 1000


def test_layers_of_a_nested_model_are_drawn(keras, picture, tmp_path):
    from catsclean.training import feature_maps

    inner = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3, name="deep")])
    entry = keras.Input((8, 8, 3))
    output = keras.layers.Dense(1)(
        keras.layers.Flatten()(inner(keras.layers.Rescaling(0.1)(entry)))
    )
    keras.Model(entry, output).save(tmp_path / "nested.keras")
    maps = feature_maps(tmp_path / "nested.keras", picture)
    assert [values.shape for values in maps.layers.values()] == [(6, 6, 2)]


def test_a_model_without_such_layers_and_a_bad_picture_are_named(keras, trained, picture, tmp_path):
    from catsclean.training import feature_maps

    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    flat.save(tmp_path / "flat.keras")
    with pytest.raises(TrainingError, match="no convolution or pooling layer"):
        feature_maps(tmp_path / "flat.keras", picture)
    with pytest.raises(TrainingError, match=r"gone\.jpg: no such file"):
        feature_maps(trained.folder, tmp_path / "gone.jpg")


def test_a_picture_of_maps_replaces_such_a_picture_and_no_other(trained, picture, tmp_path):
    from catsclean.training import feature_maps

    maps = feature_maps(trained.folder, picture)
    maps.save(tmp_path / "maps.png")
    maps.save(tmp_path / "maps.png")
    draw("Cat", 1).save(tmp_path / "cat.png")
    with pytest.raises(UsageError, match="was not written by catsclean"):
        maps.save(tmp_path / "cat.png")
    with pytest.raises(UsageError, match="unknown extension for a picture"):
        maps.save(tmp_path / "maps.nothing")
