"""Predictions in a notebook."""

import re

import audits
from notebook_values import predictions_of

from catsclean.reports.notebook import render_notebook
from catsclean.training.prediction import Predictions


def some(root, number):
    paths = [f"Cat/{n:02}.jpg" for n in range(number)]
    for n, path in enumerate(paths):
        audits.write_jpeg(root / path, n)
    return predictions_of(root, paths)


def test_every_picture_has_its_label_and_how_sure_the_model_is(tmp_path):
    text = render_notebook(some(tmp_path, 3))
    assert re.findall(r'alt="([^"]*)"', text) == ["Cat/00.jpg", "Cat/01.jpg", "Cat/02.jpg"]
    assert text.count(" 0.75</strong>") == 3
    assert re.findall(r"width: ([\d.]+)%; background", text) == ["75.0"] * 3


def test_a_crop_that_changes_the_answer_is_named(tmp_path):
    assert render_notebook(some(tmp_path, 1)).count("centre: Cat 0.62") == 1


def test_a_file_that_cannot_be_read_is_listed_with_the_reason(tmp_path):
    text = render_notebook(some(tmp_path, 1))
    assert "1 not read" in text
    assert "no such file" in text


def test_at_most_24_pictures_are_shown(tmp_path):
    text = render_notebook(some(tmp_path, 30))
    assert text.count("<img ") == 24
    assert "and 6 more pictures" in text
    assert "31 pictures" in text


def test_no_predictions_are_shown():
    assert "0 pictures" in render_notebook(Predictions())
