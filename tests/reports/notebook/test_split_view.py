"""A split in a notebook."""

import re

import pandas as pd
import pytest

import catsclean
from catsclean.core.manifest import Manifest
from catsclean.reports.notebook import render_notebook


@pytest.fixture
def split_of(tmp_path):
    """Split pictures of some classes, of which no file is needed."""

    def make(classes, shares, **wishes):
        rows = [
            {"path": f"{label}/{n}.jpg", "label": label, "status": "keep", "format": "JPEG"}
            for label, number in classes.items() for n in range(number)
        ]  # fmt: skip
        for number, row in enumerate(rows):
            row["sha256"] = f"{number:064x}"
        empty = Manifest(pd.DataFrame(columns=["path"]), tmp_path)
        manifest = empty.with_table(pd.DataFrame(rows))
        return catsclean.split(manifest, shares, previous=None, **wishes)

    return make


def test_it_counts_every_split_and_class_as_the_command_does(split_of):
    text = render_notebook(split_of({"Cat": 40, "Dog": 20}, {"train": 0.75, "val": 0.25}))
    rows = re.findall(r"<tr><td[^>]*><bdi>(\w+)</bdi></td><td[^>]*><bdi>(\w+)</bdi></td>"
                      r"<td[^>]*><bdi>(\d+)</bdi>", text)  # fmt: skip
    assert rows == [
        ("train", "Cat", "30"),
        ("train", "Dog", "15"),
        ("val", "Cat", "10"),
        ("val", "Dog", "5"),
    ]
    assert "train 45 &#183; val 15" in text


def test_every_class_has_a_bar_parted_into_the_splits(split_of):
    text = render_notebook(split_of({"Cat": 40, "Dog": 20}, {"train": 0.75, "val": 0.25}))
    assert text.count('aria-label="train 75%, val 25%"') == 2
    assert re.findall(r"width: ([\d.]+)%", text) == ["75.0", "25.0"] * 2


def test_of_many_classes_the_largest_are_shown(split_of):
    classes = {f"class {n:02}": 10 + n for n in range(40)}
    text = render_notebook(split_of(classes, {"train": 0.8, "val": 0.2}))
    assert "Per class (40)" in text
    assert text.count('role="img"') == 30
    assert "class 39" in text
    assert "class 00" not in text
    assert "and 10 more classes" in text


def test_warnings_are_strong_and_what_is_left_over_is_counted(split_of):
    split = split_of({"Cat": 40, "Dog": 20}, {"train": "5/class", "val": "5/class"})
    text = render_notebook(split)
    assert "40 left over" in text
    assert "40 samples are left over, in no split: 30 of" in text
    for warning in split.warnings:
        assert f"<strong>Warning: {warning}.</strong>" in text


def test_many_folds_of_many_classes_stay_small(split_of):
    text = render_notebook(split_of({f"class {n:02}": 60 for n in range(30)}, {}, folds=20))
    assert len(text.encode()) < 200_000
    assert "and 540 more rows" in text
    assert text.count('role="img"') == 30
