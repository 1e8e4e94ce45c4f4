import numpy as np
import pytest

from catsclean.content.shortcuts import find_shortcut

pytest.importorskip("sklearn")

NUMBER = 400


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def labels():
    return np.arange(NUMBER) % 2


@pytest.fixture
def harmless(rng):
    return {
        "width": rng.integers(200, 500, NUMBER),
        "brightness": rng.normal(100, 20, NUMBER),
        "format": np.where(rng.random(NUMBER) < 0.9, "jpeg", "png"),
    }


def test_properties_that_do_not_depend_on_the_label_are_no_shortcut(harmless, labels):
    assert find_shortcut(harmless, labels, np.arange(NUMBER)) is None


def test_classes_of_different_size_are_named(harmless, labels):
    found = find_shortcut(harmless | {"height": 300 + 100 * labels}, labels, np.arange(NUMBER))
    assert found.properties == ("height",)
    assert found.warning
    assert found.accuracy == pytest.approx(1)
    assert next(iter(found.alone)) == "height"


def test_a_category_of_one_class_is_named(harmless, labels, rng):
    camera = np.where(labels, rng.choice(["a", "c", "e"], NUMBER), rng.choice(["b", "d"], NUMBER))
    found = find_shortcut(harmless | {"camera": camera}, labels, np.arange(NUMBER))
    assert found.properties == ("camera",)
    assert found.warning


def test_two_properties_that_only_tell_together_are_both_named(harmless, rng):
    border, dated = rng.integers(0, 2, (2, NUMBER))
    labels = np.where(dated, 2 + border, border)
    given = harmless | {"border": border.astype(float), "dated": dated.astype(bool)}
    found = find_shortcut(given, labels, np.arange(NUMBER))
    assert set(found.properties) == {"border", "dated"}
    assert found.chance == 0.25


def test_a_small_difference_is_measured_and_is_no_warning(harmless, labels, rng):
    lighter = rng.normal(100, 20, NUMBER) + 15 * labels
    found = find_shortcut({"brightness": lighter}, labels, np.arange(NUMBER))
    assert not found.warning
    assert 0.5 < found.accuracy < 0.75
    assert found.settled == pytest.approx((found.accuracy - 0.5) / 0.5)


def test_a_class_that_dominates_does_not_look_like_a_shortcut(harmless, rng):
    rare = (np.arange(NUMBER) % 20 == 0).astype(int)
    assert find_shortcut(harmless, rare, np.arange(NUMBER)) is None


def test_a_shortcut_of_a_rare_class_is_found(harmless):
    rare = (np.arange(NUMBER) % 20 == 0).astype(int)
    found = find_shortcut(harmless | {"bytes per pixel": 1.0 - 0.5 * rare}, rare, np.arange(NUMBER))
    assert found.warning
    assert found.properties == ("bytes per pixel",)


def test_copies_do_not_prove_a_shortcut(rng):
    groups = np.arange(NUMBER) // 20
    labels = rng.integers(0, 2, 20)[groups]
    assert find_shortcut({"width": rng.normal(size=20)[groups]}, labels, groups) is None


def test_unknown_values_are_allowed(labels):
    width = np.where(labels, np.nan, 200.0)
    width[:20] = np.inf
    found = find_shortcut({"width": width}, labels, np.arange(NUMBER))
    assert found.warning


def test_the_result_is_the_same_each_time(harmless, labels):
    given = harmless | {"height": 300 + 40 * labels + harmless["width"]}
    one = find_shortcut(given, labels, np.arange(NUMBER))
    assert one == find_shortcut(given, labels, np.arange(NUMBER))


@pytest.mark.parametrize("number", [0, 1, 8])
def test_hardly_any_pictures_tell_nothing(number):
    given = {"width": np.arange(number)}
    assert find_shortcut(given, np.arange(number) % 2, np.arange(number)) is None


def test_one_class_or_no_properties_tell_nothing(harmless, labels):
    assert find_shortcut(harmless, labels * 0, np.arange(NUMBER)) is None
    assert find_shortcut({}, labels, np.arange(NUMBER)) is None


def test_a_large_data_set_is_sampled_and_no_small_class_is_lost(rng):
    labels = np.arange(30_000) % 2
    labels[:30] = 2
    found = find_shortcut({"width": labels * 10.0}, labels, np.arange(30_000))
    assert found.accuracy == pytest.approx(1)
    assert found.chance == pytest.approx(1 / 3)
