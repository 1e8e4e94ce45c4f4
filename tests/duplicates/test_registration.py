"""Tests of the rounds that lay one picture over another."""

import threading

import numpy as np
import pictures
import pytest
from scipy.ndimage import map_coordinates

from catsclean.duplicates.registration import Climber, climber

SIDE = 24


def greys(seed, side=SIDE):
    return np.asarray(pictures.draw(seed).convert("L").resize((side, side)), dtype=np.float64)


def turned(degrees, shift=(0.0, 0.0)):
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]], [0, 0, 1]])


@pytest.mark.parametrize("matrix", [np.eye(3), turned(7), turned(-30, (0.2, -0.1))])
def test_a_picture_is_laid_as_linear_interpolation_lays_it(matrix):
    moved, inside = Climber(SIDE).warp(greys(1), matrix)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    to = np.einsum("ij,jhw->ihw", matrix[:2, :2], np.stack([y, x])) + matrix[:2, 2, None, None]
    expected = map_coordinates(greys(1), (to + 1) * (SIDE - 1) / 2, order=1, mode="nearest")
    assert np.array_equal(inside, (np.abs(to) <= 1).all(axis=0))
    assert np.abs(moved - expected)[inside].max() < 0.3  # it stays 0.001 pixels from the edge


def test_slopes_are_those_of_numpy_to_the_last_bit():
    one = Climber(SIDE)
    one._set_slopes(greys(1))
    y, x, _ = one._places
    dy, dx = (slope.ravel() * ((SIDE - 1) / 2) for slope in np.gradient(greys(1)))
    assert np.array_equal(one._slopes, np.stack([dy * y, dy * x, dy, dx * y, dx * x, dx]))


@pytest.mark.parametrize("matrix", [turned(3, (0.05, 0.0)), turned(-4, (0.0, -0.06))])
def test_a_turn_and_a_shift_are_found(matrix):
    below = greys(1, 48)
    above = Climber(48).warp(below, np.linalg.inv(matrix))[0].copy()
    found, score = Climber(48).climb(below, above, np.eye(3), 12)
    assert score > 0.99
    assert np.abs(found - matrix).max() < 0.02


def test_what_was_laid_before_changes_nothing():
    fresh, used = Climber(SIDE), Climber(SIDE)
    used.climb(greys(3), greys(4), turned(20, (0.5, 0.5)), 5)
    for one, other in zip(
        fresh.climb(greys(1), greys(2), np.eye(3), 5),
        used.climb(greys(1), greys(2), np.eye(3), 5),
        strict=True,
    ):
        assert np.array_equal(one, other)


def test_every_thread_has_a_climber_of_its_own():
    found = [climber(SIDE)]
    thread = threading.Thread(target=lambda: found.append(climber(SIDE)))
    thread.start()
    thread.join()
    assert climber(SIDE) is found[0]
    assert found[1] is not found[0]
