"""The splits of units are like a dict, in two bytes for each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.splitting.unit_splits import UnitSplits

UNITS = 20
NAMES = st.sampled_from(["train", "val", "test", "fold1"])


@given(st.lists(st.tuples(st.integers(0, UNITS - 1), st.none() | NAMES)))
def test_they_have_what_a_dict_has_after_the_same_changes(changes):
    splits, plain = UnitSplits(UNITS), {}
    for unit, name in changes:
        if name is None:
            splits.pop(unit, None)
            plain.pop(unit, None)
        else:
            splits[unit] = plain[unit] = name
    assert splits == plain
    assert len(splits) == len(plain)
    assert list(splits) == sorted(plain)
    assert [unit in splits for unit in range(UNITS)] == [unit in plain for unit in range(UNITS)]


def test_several_units_are_put_at_once():
    splits = UnitSplits(4)
    splits.put(np.array([0, 3]), "val")
    splits.put(np.array([3]), "test")
    assert splits == {0: "val", 3: "test"}


def test_a_unit_without_a_split_cannot_be_removed():
    splits = UnitSplits(2)
    with pytest.raises(KeyError):
        del splits[1]
