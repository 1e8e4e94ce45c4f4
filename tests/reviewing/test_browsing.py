import numpy as np
import pytest

from catsclean import load_audit
from catsclean.reviewing.browsing import MEASURES, Browser, View


@pytest.fixture
def browser(data_set):
    return Browser(load_audit(data_set))


def all_of(browser, **view):
    return browser.pictures(View(**view), 0, 500)["pictures"]


def test_without_wishes_all_pictures_come_by_path(browser, data_set):
    paths = [one["path"] for one in all_of(browser)]
    assert paths == load_audit(data_set).manifest.table["path"].tolist()


def test_a_part_is_as_long_as_was_asked_for(browser):
    whole = all_of(browser)
    part = browser.pictures(View(), 10, 5)
    assert part["total"] == len(whole)
    assert part["pictures"] == whole[10:15]
    assert browser.pictures(View(), 10**9, 5)["pictures"] == []


@pytest.mark.parametrize(
    ("view", "holds"),
    [
        ({"label": "Cat"}, lambda one: one["label"] == "Cat"),
        ({"format": "PNG"}, lambda one: one["format"] == "PNG"),
        ({"text": "DOG/1"}, lambda one: "dog/1" in one["path"].lower()),
    ],
)
def test_a_view_shows_what_fits_and_nothing_else(browser, view, holds):
    fitting = [one for one in all_of(browser) if holds(one)]
    assert all_of(browser, **view) == fitting != []


def test_a_view_shows_the_pictures_that_a_validator_found(browser, data_set):
    found = {f.path for f in load_audit(data_set).findings if f.validator == "blurry"}
    assert {one["path"] for one in all_of(browser, validator="blurry")} == found


def test_an_unknown_class_has_no_pictures(browser):
    assert all_of(browser, label="Horse") == []


@pytest.mark.parametrize("measure", MEASURES)
def test_pictures_are_sorted_by_a_measure_and_those_without_come_last(browser, data_set, measure):
    table = load_audit(data_set).manifest.table.set_index("path")[measure]
    rising = [one["path"] for one in all_of(browser, sort=measure)]
    falling = [one["path"] for one in all_of(browser, sort=measure, descending=True)]
    for paths, sign in ((rising, 1), (falling, -1)):
        values = table[paths].to_numpy(dtype=float, na_value=np.nan)
        known = values[np.isfinite(values)]
        assert np.isfinite(values[: len(known)]).all()
        assert (np.diff(known) * sign >= 0).all()


def test_bounds_limit_the_measure_that_sorts(browser):
    some = all_of(browser, sort="size_bytes", least=10_000, most=20_000)
    assert some
    assert all(10_000 <= one["size_bytes"] <= 20_000 for one in some)


def test_a_histogram_counts_every_picture_with_the_measure(browser, data_set):
    histogram = browser.histogram(View(sort="sharpness", least=1e9))
    known = load_audit(data_set).manifest.table["sharpness"].notna().sum()
    assert sum(histogram["counts"]) == known
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1


def test_without_a_measure_there_is_no_histogram(browser):
    assert browser.histogram(View()) == {"edges": [], "counts": []}
    assert browser.histogram(View(sort="sharpness", label="Horse")) == {"edges": [], "counts": []}


def test_what_a_view_may_be_limited_to_is_known(browser):
    choices = browser.choices()
    assert choices["labels"] == ["Cat", "Dog"]
    assert "JPEG" in choices["formats"]
    assert "blurry" in choices["validators"]
