import numpy as np
import pytest

from catsclean.content.oddness import rank_odd

pytest.importorskip("sklearn")


def crowd(number=300, width=24):
    rng = np.random.default_rng(0)
    labels = np.arange(number) % 2
    vectors = (rng.normal(size=(2, width)) * 2)[labels] + rng.normal(size=(number, width))
    return vectors.astype(np.float16), labels, np.arange(number)


def named(labels, width=6):
    """Names 0 and 1 for nearly everything."""
    names = np.full((len(labels), width), 0.02, np.float32)
    names[np.arange(len(labels)), labels] = 0.9
    return names


def test_a_picture_far_from_all_others_comes_first():
    vectors, labels, groups = crowd()
    vectors[7] = np.random.default_rng(9).normal(size=24) * 4
    odd = rank_odd(vectors, labels, groups)
    assert odd.rank[7] == 1
    assert odd.distance.argmax() == 7
    assert 1 <= odd.worth_seeing <= 15


def test_a_picture_with_names_of_another_kind_comes_first():
    vectors, labels, groups = crowd()
    names = named(labels)
    names[::2, 2] += np.linspace(0, 0.05, 150)  # a little of this and that is usual
    names[9] = [0, 0, 0, 0, 0, 1]
    odd = rank_odd(vectors, labels, groups, names)
    assert odd.foreign.argmax() == 9
    assert odd.likely_name[9] == 5
    assert odd.rank[9] == 1


def test_copies_do_not_make_each_other_usual():
    vectors, labels, groups = crowd()
    copies = list(range(20, 34))
    vectors[copies], groups[copies] = np.random.default_rng(9).normal(size=24) * 4, 20
    assert set(rank_odd(vectors, labels, groups).rank[copies]) == set(range(1, 15))


def test_without_names_there_are_none():
    odd = rank_odd(*crowd())
    assert set(odd.likely_name) == {-1}
    assert not odd.foreign.any()


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_vector_that_is_not_finite_is_not_ranked(number):
    vectors, labels, groups = crowd()
    vectors[3, 0] = number
    odd = rank_odd(vectors, labels, groups)
    assert odd.rank[3] == 0
    assert not odd.judged[3]
    assert odd.judged.sum() == 299


def test_names_that_are_not_finite_leave_out_the_picture():
    vectors, labels, groups = crowd()
    names = named(labels)
    names[3, 0] = np.nan
    assert not rank_odd(vectors, labels, groups, names).judged[3]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_hardly_any_pictures_are_not_odd(number):
    vectors, labels, groups = (part[:number] for part in crowd())
    odd = rank_odd(vectors, labels, groups, named(labels))
    assert odd.worth_seeing == 0
    assert sorted(odd.rank) == list(range(1, number + 1))


def test_pictures_that_are_all_alike_are_not_odd():
    _, labels, groups = crowd()
    odd = rank_odd(np.ones((300, 4), np.float32), labels, groups)
    assert odd.worth_seeing == 0
    assert np.isfinite(odd.score).all()


def test_of_two_kinds_of_pictures_only_one_in_fifty_stands_out():
    vectors, labels, groups = crowd(900)
    strange = np.random.default_rng(9).normal(size=(60, 24)) * 6
    vectors[:60] = strange
    assert rank_odd(vectors, labels, groups).worth_seeing == 18
    assert rank_odd(vectors[:300], labels[:300], groups[:300]).worth_seeing == 10
