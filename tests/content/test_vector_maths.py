import numpy as np
import pytest

from catsclean.content.vector_maths import nearest, reduced, unit, usable


def test_neighbours_are_those_of_brute_force_without_the_own_group():
    rng = np.random.default_rng(0)
    units = unit(rng.normal(size=(300, 8)).astype(np.float32))
    groups = rng.integers(0, 100, 300)
    found = nearest(units, groups, 5)
    alike = np.where(groups[:, None] == groups, -np.inf, units @ units.T)
    assert (found.rows == np.argsort(-alike, 1)[:, :5]).all()
    assert found.similarities == pytest.approx(-np.sort(-alike, 1)[:, :5], abs=1e-6)


def test_missing_neighbours_are_minus_one():
    found = nearest(unit(np.eye(3, dtype=np.float32)), np.array([0, 0, 1]), 4)
    assert found.rows[:2].tolist() == [[2, -1, -1, -1]] * 2
    assert sorted(found.rows[2].tolist()) == [-1, -1, 0, 1]
    assert (found.rows[:, 2:] == -1).all()


def test_reduced_vectors_keep_their_distances():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(1_500, 4)) @ rng.normal(size=(4, 40))
    points = reduced(flat.astype(np.float32), np.arange(1_500), 4)
    scale = np.sqrt(((flat - flat.mean(0)) ** 2).sum(1).mean())
    expected = np.linalg.norm(flat[0] - flat, axis=1) / scale
    assert np.linalg.norm(points[0] - points, axis=1) == pytest.approx(expected, abs=1e-4)


def test_fewer_vectors_than_numbers_keep_their_distances():
    wide = np.random.default_rng(0).normal(size=(20, 300)).astype(np.float32)
    points = reduced(wide, np.arange(20), 256)
    scale = np.sqrt(((wide - wide.mean(0)) ** 2).sum(1).mean())
    assert points.shape == (20, 20)
    expected = np.linalg.norm(wide[0] - wide, axis=1) / scale
    assert np.linalg.norm(points[0] - points, axis=1) == pytest.approx(expected, abs=1e-4)


def test_vectors_that_are_not_finite_or_huge_are_not_usable():
    vectors = np.zeros((5, 3), np.float32)
    vectors[[1, 2, 3], [0, 1, 2]] = [np.nan, np.inf, 1e30]
    assert usable(vectors).tolist() == [True, False, False, False, True]
