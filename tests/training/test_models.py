import numpy as np
import pytest

from catsclean.errors import TrainingError
from catsclean.training.recipes import find_recipe

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


def build(name, classes=2, weights=None, **changes):
    from catsclean.training.models import build_model

    return build_model(find_recipe(name).with_changes(**changes), classes, weights)


def test_the_course_network_has_the_shapes_and_parameters_of_the_course():
    network = build("course")
    sides = [layer.output.shape[1] for layer in network.layers if len(layer.output.shape) == 4]
    assert sides == [150, 148, 74, 72, 36, 34, 17]
    assert network.get_layer("pool3").output.shape[1:] == (17, 17, 64)
    assert network.get_layer("flatten").output.shape[1:] == (18_496,)
    assert network.count_params() == 9_494_561


def test_two_classes_have_one_sigmoid_unit_and_more_have_softmax():
    assert build("course", 2, size=38).output_shape == (None, 1)
    three = build("course", 3, size=38)
    assert three.output_shape == (None, 3)
    rows = np.asarray(three(np.zeros((2, 38, 38, 3), "float32")))
    assert rows.sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("recipe", ["fast", "regularised"])
def test_a_network_against_memorising_is_small_beside_that_of_the_course(recipe):
    assert build(recipe).count_params() < 9_494_561 / 40


def test_the_fast_network_adds_what_goes_around_its_residual_blocks(keras):
    network = build("fast")
    added = [layer for layer in network.layers if isinstance(layer, keras.layers.Add)]
    assert len(added) == 2
    assert all(len(layer.input) == 2 for layer in added)
    assert max(layer.output.shape[1] for layer in added) <= network.input_shape[1] / 8
    assert network.output_shape == (None, 1)
    assert build("fast", 3, size=38).output_shape == (None, 3)


def test_one_class_is_no_classifier():
    with pytest.raises(TrainingError, match="two classes"):
        build("course", 1)


def test_transfer_ends_at_mixed7_and_learns_its_head_only():
    network = build("transfer", weights="none", size=75)
    assert network.get_layer("inception_mixed7").output_shape == (None, 3, 3, 768)
    assert {v.path.split("/")[0] for v in network.trainable_variables} == {"dense", "probability"}


def test_transfer_says_what_it_cannot_use(tmp_path):
    with pytest.raises(TrainingError, match="no such weight file"):
        build("transfer", weights=str(tmp_path / "gone.h5"))
    wrong = tmp_path / "wrong.h5"
    wrong.write_bytes(b"no weights")
    with pytest.raises(TrainingError, match="does not hold weights of InceptionV3"):
        build("transfer", weights=str(wrong), size=75)
    with pytest.raises(TrainingError, match="75 pixels"):
        build("transfer", weights="none", size=74)
