import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.core.split_names import (
    ASKED,
    FOUND,
    found_in,
    found_splits,
    hold_out_rank,
    is_held_out,
    usual_name,
)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Training", "train"),
        ("train_2", "train"),
        ("train-set", "train"),
        ("Test_Images", "test"),
        ("trainers", "trainers"),
        ("valid", "val"),
        ("evaluation", "test"),
        ("site_a", "site_a"),
    ],
)
def test_split_folders_have_a_usual_name(folder, name):
    assert usual_name(folder) == name


def test_a_test_is_held_out_more_firmly_than_a_validation_and_training_is_not():
    names = ["train2", None, "", "holdout", "dev", "testing"]
    assert [hold_out_rank(name) for name in names] == [3, 3, 3, 2, 1, 0]
    assert [is_held_out(name) for name in names] == [False, False, False, True, True, True]


def test_folders_are_told_from_splits_that_were_given_out():
    table = pd.DataFrame({"split": ["training", "val", None]}, dtype="string")
    assert found_splits(table).tolist()[:2] == ["train", "val"]
    asked = table.assign(**{ASKED: pd.Series([None, "seed=0", None], dtype="string")})
    assert found_splits(asked).isna().tolist() == [False, True, True]
    kept = asked.assign(**{FOUND: pd.Series(["dev", None, None], dtype="string")})
    assert found_splits(kept).isna().tolist() == [False, True, True]
    assert found_splits(kept)[0] == "val"


_NAME = st.sampled_from(["training", "val", "Test_Images", "site_a", None])


@given(
    st.lists(st.tuples(_NAME, _NAME, _NAME), min_size=1), st.sets(st.sampled_from([ASKED, FOUND]))
)
def test_lists_and_tables_tell_the_same_folders(rows, beside):
    names = ["split", *sorted(beside)]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    table = pd.DataFrame({name: pd.Series(one, dtype="string") for name, one in columns.items()})
    found = found_splits(table)
    assert found_in(columns) == found.astype(object).where(found.notna(), None).tolist()
