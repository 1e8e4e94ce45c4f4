"""A training run in a notebook."""

import re
from dataclasses import replace

import numpy as np
import pytest
from notebook_values import run_of

from catsclean.reports.notebook import render_notebook
from catsclean.reports.notebook.curves import Curve, Curves


@pytest.fixture
def run(tmp_path):
    return run_of(tmp_path / "run")


def test_it_says_the_score_and_how_far_to_trust_it(run):
    text = render_notebook(run)
    assert "validation accuracy 0.651 ± 0.073" in text
    assert "Not clearly better than always answering Cat, the most frequent class" in text
    assert "Overfits from epoch 3 on" in text


def test_it_draws_training_and_validation_of_accuracy_and_loss(run):
    text = render_notebook(run)
    assert text.count("<polyline ") == 4
    assert "accuracy from epoch 1 to 4: training 0.500 to 0.900; validation 0.500 to 0.650" in text
    assert re.findall(r"<bdi>0.900</bdi>", text)


def test_of_a_run_without_epochs_it_draws_none(run):
    text = render_notebook(replace(run, has_epochs=False, overfits_from=None))
    assert "validation accuracy 0.651 ± 0.073" in text
    assert "<polyline " not in text
    assert "epoch" not in text


def test_it_shows_which_label_was_taken_for_which(run):
    text = render_notebook(run)
    numbers = re.findall(r"<td[^>]*><bdi>(\d+)</bdi></td><td[^>]*><bdi>(\d+)</bdi></td></tr>", text)
    assert numbers == [("17", "6"), ("9", "11")]


def test_of_many_classes_it_shows_the_most_frequent_confusions(tmp_path):
    labels = [f"label {n}" for n in range(20)]
    numbers = np.diag([5] * 20)
    numbers[3, 4] = 8
    text = render_notebook(run_of(tmp_path / "run", labels=labels, numbers=numbers))
    assert "Most frequent confusions" in text
    assert re.search(r"<bdi>label 3</bdi></td><td[^>]*><bdi>label 4</bdi></td><td[^>]*>8<", text)


def test_it_shows_the_worst_mistakes_and_names_those_of_the_validation(run):
    text = render_notebook(run)
    assert text.count("<img ") == 1
    assert "0.99" in text
    assert "learned.jpg" not in text
    assert "right.jpg" not in text


def test_a_run_whose_folder_is_gone_is_shown_all_the_same(run):
    for file in run.folder.iterdir():
        file.unlink()
    text = render_notebook(run)
    assert "validation accuracy 0.651" in text
    assert "<img" not in text


def test_a_record_that_somebody_damaged_costs_the_list_of_mistakes_alone(run):
    (run.folder / "run.json").write_text("[]")
    text = render_notebook(run)
    assert text.count("<img ") == 1
    assert "probability" not in text


def test_a_run_of_one_epoch_is_shown(tmp_path):
    text = render_notebook(run_of(tmp_path / "run", epochs=1))
    assert "1 epoch &#183;" in text
    assert "nan" not in text


def test_labels_of_lines_that_end_together_do_not_cover_one_another():
    curves = Curves("loss", [Curve("a", [2.0, 1.0]), Curve("b", [3.0, 1.01])], [1, 2], 1)
    places = sorted(place for _, _, place, _ in curves.lines)
    assert places[1] - places[0] >= 12


def test_points_lie_inside_the_frame():
    curves = Curves("loss", [Curve("a", [2.0, 5.0, 1.0])], [1, 2, 3], 3)
    [(_, points, _, _)] = curves.lines
    assert points == "40.0,108.5 180.0,14.0 320.0,140.0"


def test_epochs_of_a_training_that_diverged_are_left_out_of_the_drawing(run):
    run.history.loc[2, "loss"] = float("nan")
    text = render_notebook(run)
    assert 'points="nan' not in text
    assert ",nan" not in text
    loss = re.findall(r'points="([^"]*)"', text)[2]
    assert len(loss.split()) == 3


def test_a_long_run_stays_small(tmp_path):
    text = render_notebook(run_of(tmp_path / "run", epochs=10_000))
    assert len(text.encode()) < 200_000
    assert "from epoch 1 to 10000" in text
    assert "and 9,940 more epochs" in text
