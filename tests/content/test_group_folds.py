import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catsclean.content.group_folds import FOLDS, deal


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=80))
def test_no_group_is_in_two_folds(rows):
    labels, groups = np.array(rows, np.int64).T
    fold = deal(labels, groups, 0)
    assert all(len(set(fold[groups == one])) == 1 for one in set(groups))
    assert ((fold >= 0) & (fold < FOLDS)).all()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80), st.integers(0, 9))
def test_every_class_is_dealt_evenly(labels, seed):
    labels = np.array(labels, np.int64)
    fold = deal(labels, np.arange(len(labels)), seed)
    for label in set(labels):
        numbers = np.bincount(fold[labels == label], minlength=FOLDS)
        assert numbers.max() - numbers.min() <= 2


def test_the_seed_decides_the_folds():
    labels, groups = np.zeros(50, np.int64), np.arange(50)
    assert (deal(labels, groups, 0) == deal(labels, groups, 0)).all()
    assert (deal(labels, groups, 0) != deal(labels, groups, 1)).any()


def test_how_groups_and_labels_are_numbered_does_not_matter():
    labels, groups = np.arange(60) % 3, np.arange(60) // 2
    renamed = deal(np.array([7, 2, 5])[labels], 99 - groups, 0)
    assert (deal(labels, groups, 0) == renamed).all()
