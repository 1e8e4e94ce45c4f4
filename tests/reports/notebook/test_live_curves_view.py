"""A training run in a notebook while it trains."""

import re

import pytest
from notebook_values import curves_so_far

from catsclean.reports.notebook import render_notebook


def points_of(text):
    return [line.split() for line in re.findall(r'<polyline points="([^"]*)"', text)]


def test_it_says_how_far_the_run_is():
    text = render_notebook(curves_so_far(epochs=3, of=12))
    assert "epoch 3 of 12 &#183; training accuracy 0.833 &#183; validation accuracy 0.530" in text
    assert "fold" not in text
    assert "fold 1 of 5 &#183; epoch 3 of 12" in render_notebook(curves_so_far(3, 12, folds=5))


def test_it_leaves_room_for_the_epochs_to_come():
    text = render_notebook(curves_so_far(epochs=3, of=12))
    assert [len(line) for line in points_of(text)] == [3, 3, 3, 3]
    ends = [float(line[-1].split(",")[0]) for line in points_of(text)]
    assert ends == pytest.approx([40 + 280 * 2 / 11] * 4, abs=0.1)
    assert 'text-anchor="end">12</text>' in text


def test_the_first_epoch_is_a_dot():
    text = render_notebook(curves_so_far(epochs=1, of=12))
    assert all(first == second for first, second in points_of(text))
    assert text.count('stroke-linecap="round"') == 4


def test_it_marks_the_lowest_validation_loss_so_far():
    text = render_notebook(curves_so_far(epochs=3, of=12))
    assert "best epoch 2" in text


def test_its_text_is_one_line():
    shown = repr(curves_so_far(epochs=3, of=12))
    assert shown == "<Training: epoch 3 of 12, validation accuracy 0.530>"
