import numpy as np
import pytest

from catsclean.errors import ConfigError, TrainingError, UsageError
from catsclean.splitting import split
from catsclean.training import dataset
from catsclean.training.pictures import Cut
from catsclean.training.prediction import read_square

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


def test_a_dataset_has_the_shapes_and_class_names_of_keras(pets):
    data = dataset(pets, "train", size=38, batch_size=10)
    batches = [(x.numpy(), y.numpy()) for x, y in data]
    assert [x.shape for x, _ in batches] == [(10, 38, 38, 3), (10, 38, 38, 3), (8, 38, 38, 3)]
    assert batches[0][0].dtype == np.float32
    assert data.class_names == ["Cat", "Dog"]
    assert int(data.cardinality()) == 3
    assert sorted(np.concatenate([y for _, y in batches])) == [0] * 14 + [1] * 14


def test_pixels_are_those_that_predict_sees(pets):
    squares = next(iter(dataset(pets, "val", size=38, batch_size=12, dtype="uint8")))[0].numpy()
    first = read_square(pets.native_path("Cat/000.jpg"), Cut(38))
    assert np.array_equal(squares[0], first)


def test_training_pictures_are_shuffled_by_the_seed_and_others_are_not(pets):
    def order(split, seed=0):
        data = dataset(pets, split, size=38, batch_size=28, seed=seed, dtype="uint8")
        return next(iter(data))[0].numpy().tobytes()

    assert order("train", 1) == order("train", 1)
    assert order("train", 1) != order("train", 2)
    assert order("val", 1) == order("val", 2)


def test_every_epoch_has_another_order(pets):
    data = dataset(pets, "train", size=38, batch_size=28, seed=0)
    first, second = (next(iter(data))[0].numpy() for _ in range(2))
    assert not np.array_equal(first, second)
    assert first.sum() == second.sum()


def test_labels_can_be_one_hot_and_pictures_single(pets):
    square, label = next(iter(dataset(pets, "val", size=38, batch_size=None, one_hot=True)))
    assert square.shape == (38, 38, 3)
    assert label.numpy().tolist() == [1.0, 0.0]


def test_it_trains_a_model_of_ones_own(pets, keras):
    network = keras.Sequential(
        [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    network.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    log = network.fit(dataset(pets, "train", size=16), epochs=2, shuffle=False, verbose=0)
    assert len(log.history["loss"]) == 2


def test_a_file_that_becomes_unreadable_while_training_is_named(pets):
    import tensorflow as tf

    data = dataset(pets, "val", size=38)
    pets.native_path("Cat/002.jpg").unlink()
    with pytest.raises(tf.errors.OpError, match=r"Cat/002\.jpg: the file is gone"):
        list(data)


def test_a_file_that_becomes_unreadable_is_left_out_on_request(pets):
    data = dataset(pets, "val", size=38, batch_size=5, skip_missing=True)
    pets.native_path("Cat/002.jpg").unlink()
    assert sum(len(y) for _, y in data) == 11


def test_bad_arguments_are_named(pets):
    with pytest.raises(ConfigError, match="float32 or uint8"):
        dataset(pets, "train", dtype="float64")
    with pytest.raises(ConfigError, match="batch_size"):
        dataset(pets, "train", batch_size=0)
    with pytest.raises(TrainingError, match="'test'"):
        dataset(pets, "test")
    with pytest.raises(UsageError, match="a DataFrame"):
        dataset(pets.table, "train")


def test_a_split_stands_for_its_manifest(pets):
    made = split(pets.with_table(pets.table), {"val": 0.5})
    assert sum(len(codes) for _, codes in dataset(made, "val", size=38)) == 20
