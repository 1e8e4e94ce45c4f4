import pytest

from catsclean.errors import ConfigError
from catsclean.training.recipes import RECIPES, find_recipe


def test_the_course_recipe_has_the_values_of_the_course():
    course = find_recipe("course")
    assert (course.size, course.epochs, course.batch_size) == (150, 15, 20)
    assert (course.optimizer, course.learning_rate, course.schedule) == (
        "rmsprop",
        0.001,
        "constant",
    )
    assert course.dropout == 0
    assert not course.augments


def test_the_augmented_recipe_alters_pictures_and_changes_nothing_else():
    course, augmented = (find_recipe(name).to_dict() for name in ("course", "augmented"))
    different = {key for key in course if course[key] != augmented[key]}
    assert different == {"name", "flip", "rotation", "shift", "shear", "zoom"}


def test_a_change_that_is_none_leaves_the_value():
    assert RECIPES["course"].with_changes(epochs=None, dropout=0.5).epochs == 15


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epoch": 3}, "'epoch'"),
        ({"epochs": 0}, "epochs must be 1"),
        ({"epochs": "2"}, "epochs must be a whole number from 1"),
        ({"epochs": 2.5}, "epochs must be a whole number from 1"),
        ({"dropout": True}, "dropout must be a number from 0.0"),
        ({"optimizer": "adagrad"}, "rmsprop, adam, sgd"),
        ({"size": 37}, "size must be 38"),
        ({"learning_rate": float("nan")}, "learning_rate"),
    ],
)
def test_a_value_out_of_range_is_named(change, message):
    with pytest.raises(ConfigError, match=message):
        RECIPES["course"].with_changes(**change)


def test_an_unknown_recipe_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match="course, augmented, regularised, fast, transfer, probe"):
        find_recipe("resnet")
