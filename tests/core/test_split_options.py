"""The split that is suggested never discards held-out folders."""

import pytest

from catsclean.core.split_options import options_for, options_from


@pytest.mark.parametrize(
    ("splits", "leaking", "options"),
    [
        ((), (), "--val 0.1"),
        (("train",), (), "--val 0.1"),
        (("train", "test"), (), "--keep-split --val 0.1"),
        (("Training", "validation", "test"), (), "--keep-split"),
        (("val", "test"), ("val", "test"), "--val 0.1 --test 0.1"),
    ],
)
def test_held_out_folders_stay(splits, leaking, options):
    assert options_for(splits, leaking)[0] == options


@pytest.mark.parametrize(
    "dataset",
    [None, 3, {"layout": "classes"}, {"layout": "splits", "splits": 3, "folders": ["x"]}],
)
def test_a_summary_that_says_nothing_gives_a_new_split(dataset):
    assert options_from({"dataset": dataset})[0] == "--val 0.1"


def test_a_summary_gives_the_splits_of_its_folders():
    dataset = {"layout": "splits", "splits": ["train"], "folders": {"valid/Cat": "Cat"}}
    assert options_from({"dataset": dataset})[0] == "--keep-split"
