"""Numbers of pictures of each class."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catsclean.core.manifest import Manifest
from catsclean.errors import SplitError, UsageError
from catsclean.splitting import split


def make(table_of, tmp_path, counts, grouped=()):
    """Make a manifest with so many samples of each class; some of each in groups of these sizes."""
    rows = []
    for label, number in counts.items():
        rows += [{"path": f"{label}/{i}.jpg", "label": label} for i in range(number)]
        start = len(rows) - number
        for k, size in enumerate(grouped):
            for row in rows[start : start + size]:
                row["group"] = f"{label}{k}"
            start += size
    return Manifest(table_of(rows), tmp_path / "Pets")


def counted(result):
    table = result.manifest.table.dropna(subset="split")
    return table.groupby(["split", "label"]).size().to_dict()


def test_every_split_gets_its_number_of_each_class_and_the_rest_is_left_over(table_of, tmp_path):
    pets = make(table_of, tmp_path, {"a": 130, "b": 60, "c": 43})
    wish = {"train": "20/class", "val": "10/class", "test": "12/class"}
    result = split(pets, wish)
    assert counted(result) == {
        (name, label): number
        for name, number in (("train", 20), ("val", 10), ("test", 12))
        for label in "abc"
    }
    assert result.left_over == {"a": 88, "b": 18, "c": 1}
    assert result.warnings == ()
    shares = dict(zip(zip(result.table["split"], result.table["label"], strict=True),
                      result.table["asked_share"], strict=True))  # fmt: skip
    assert shares["train", "a"] == pytest.approx(20 / 130)


def test_training_takes_the_rest_if_only_the_hold_out_is_counted(table_of, tmp_path):
    pets = make(table_of, tmp_path, {"a": 50, "b": 20})
    result = split(pets, {"val": "5/class"})
    assert counted(result) == {("train", "a"): 45, ("train", "b"): 15, ("val", "a"): 5,
                               ("val", "b"): 5}  # fmt: skip
    assert result.left_over == {}
    assert result.warnings == ()


def test_numbers_of_each_class_go_with_shares(table_of, tmp_path):
    pets = make(table_of, tmp_path, {"a": 100, "b": 50})
    result = split(pets, {"train": "20/class", "val": 0.1})
    assert counted(result) == {("train", "a"): 20, ("train", "b"): 20, ("val", "a"): 10,
                               ("val", "b"): 5}  # fmt: skip
    assert sum(result.left_over.values()) == 95


def test_a_class_with_too_few_pictures_is_one_clear_line(table_of, tmp_path):
    pets = make(table_of, tmp_path, {"a": 100, "b": 45, "c": 60})
    with pytest.raises(SplitError, match="too few pictures in a class: 'b' has 45;") as caught:
        split(pets, {"train": "40/class", "val": "10/class"})
    assert "40 for train" in str(caught.value)
    assert "10 for val" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_hold_out_that_takes_a_whole_class_is_refused(table_of, tmp_path):
    pets = make(table_of, tmp_path, {"a": 100, "b": 10})
    with pytest.raises(SplitError, match="'b' has 10"):
        split(pets, {"val": "10/class"})


def test_a_class_is_used_up_to_the_most_that_was_asked_for(table_of, tmp_path):
    pets = make(table_of, tmp_path, {"a": 130, "b": 60, "c": 20})
    result = split(pets, {"val": 0.25}, max_per_class=40)
    assert counted(result) == {("train", "a"): 30, ("train", "b"): 30, ("train", "c"): 15,
                               ("val", "a"): 10, ("val", "b"): 10, ("val", "c"): 5}  # fmt: skip
    assert result.left_over == {"a": 90, "b": 20}
    assert result.warnings == ()


def test_a_number_of_pictures_is_met_beside_a_largest_number_of_a_class(table_of, tmp_path):
    pets = make(table_of, tmp_path, {"a": 130, "b": 60})
    result = split(pets, {"val": 16}, max_per_class=40)
    assert counted(result)["val", "a"] + counted(result)["val", "b"] == 16


def test_a_split_that_is_made_again_moves_nothing_and_takes_nothing_new(table_of, tmp_path):
    wish = {"train": "20/class", "val": "10/class"}
    first = split(make(table_of, tmp_path, {"a": 130, "b": 60}), wish, max_per_class=50)
    more = make(table_of, tmp_path, {"a": 150, "b": 70})
    again = split(more, wish, max_per_class=50, previous=first)
    before = first.manifest.table.set_index("path")["split"].dropna()
    after = again.manifest.table.set_index("path")["split"].dropna()
    assert before.sort_index().equals(after.sort_index())
    other = split(more, {**wish, "train": "21/class"}, max_per_class=50, previous=first)
    assert any("had other settings" in line for line in other.warnings)


@given(
    sizes=st.lists(st.integers(2, 9), max_size=6),
    train=st.integers(1, 30),
    val=st.integers(0, 20),
    most=st.none() | st.integers(1, 80),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_class_ever_trains_on_more_than_was_asked_for(
    table_of, tmp_path_factory, sizes, train, val, most
):
    pets = make(table_of, tmp_path_factory.getbasetemp(), {"a": 80, "b": 60}, sizes)
    wish = {"train": f"{train}/class", "val": f"{val}/class"}
    try:
        result = split(pets, wish, max_per_class=most)
    except SplitError:
        return
    found = counted(result)
    assert all(number <= train for (name, _), number in found.items() if name == "train")
    table = result.manifest.table
    assert table.dropna(subset="split").groupby("label").size().max() <= (most or 80)
    assert table.groupby("group")["split"].nunique(dropna=False).le(1).all()
    assert sum(found.values()) + sum(result.left_over.values()) == 140


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shares": {"train": "0/class"}}, "nothing is left to train on"),
        ({"shares": {"val": "5/klass"}}, "or text such as '40/class'"),
        ({"shares": {"val": "-5/class"}}, "or text such as '40/class'"),
        ({"shares": {"train": 0.8, "val": "5/class"}}, "leave it out"),
        ({"shares": {"train": "5/class"}, "folds": 3}, "leave train out"),
        ({"max_per_class": 0}, "max_per_class must be a whole number from 1"),
        ({"max_per_class": 2.5}, "max_per_class must be a whole number from 1"),
        ({"max_per_class": True}, "max_per_class must be a whole number from 1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_in_one_line(table_of, tmp_path, arguments, message):
    with pytest.raises(UsageError, match=message) as caught:
        split(make(table_of, tmp_path, {"a": 20, "b": 20}), **arguments)
    assert len(str(caught.value).splitlines()) == 1


def test_pictures_without_classes_are_counted_as_one(table_of, tmp_path):
    flat = Manifest(table_of([{"path": f"{i}.jpg"} for i in range(30)]), tmp_path / "flat")
    result = split(flat, {"train": "10/class", "val": "5/class"})
    assert result.left_over == {"": 15}
