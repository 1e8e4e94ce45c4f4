"""What a run says of itself in words."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from catsclean.training.evaluate import evaluate
from catsclean.training.learning_curve import Check, Estimate, LearningCurve
from catsclean.training.run_sentences import _compare, describe_run


def run_of(accuracies, stopped="finished", overfits_from=None, curve=None):
    history = pd.DataFrame({"accuracy": accuracies, "val_accuracy": [0.6] * len(accuracies)})
    codes = np.array([0, 1] * 20)
    return SimpleNamespace(
        history=history, stopped=stopped, overfits_from=overfits_from, folds=None, test=None,
        best_epoch=1, has_epochs=True, curve=curve, untrained=(),
        validation=evaluate(np.eye(2)[codes], codes, ["Cat", "Dog"]),
    )  # fmt: skip


def said(*arguments, **options):
    return " ".join(describe_run(run_of(*arguments, **options)))


def test_a_run_that_still_learns_says_that_more_epochs_would_show_overfitting():
    assert "still rises. More epochs would show it (--epochs 12," in said(
        [0.5, 0.6, 0.65, 0.7, 0.75, 0.8]
    )
    assert "(--epochs 2, epochs=2)" in said([0.6])


@pytest.mark.parametrize(
    "run",
    [
        run_of([0.5, 0.6, 0.7, 0.7, 0.7, 0.7]),  # it has stopped learning
        run_of([0.7, 0.8, 0.9, 0.96, 0.99, 1.0]),  # there is nothing left to learn
        run_of([0.5, 0.6, 0.7, 0.8, 0.85, 0.9], stopped="early"),
        run_of([0.5, 0.6, 0.7, 0.8, 0.85, 0.9], overfits_from=3),
    ],
)
def test_other_runs_say_nothing_of_more_epochs(run):
    assert "More epochs" not in " ".join(describe_run(run))


def curve_of(gain, forecasts=(), measured=0.72):
    points = (Estimate(100, 0.55, 0.5, 0.6), Estimate(1_600, 0.72, 0.68, 0.76))
    check = Check(800, Estimate(1_600, 0.70, 0.66, 0.74), measured)
    return LearningCurve(points, 0.5, gain, forecasts, check)


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        ((0.04, 0.03, 0.05), "More pictures help this recipe: accuracy is 0.550 (0.500 to 0.600)"),
        ((0.001, -0.002, 0.004), "More pictures would hardly help this recipe"),
        ((0.01, -0.01, 0.03), "Not clear whether more pictures would help this recipe"),
        (None, "Cannot tell whether more pictures would help"),
    ],
)
def test_a_learning_curve_is_told_by_what_it_shows(gain, expected):
    assert expected in said([0.6], curve=curve_of(gain))


def test_a_forecast_is_told_with_its_interval_and_its_check():
    forecasts = (Estimate(3_200, 0.75, 0.7, 0.8),)
    told = said([0.6], curve=curve_of((0.04, 0.03, 0.05), forecasts))
    assert "Forecast: 3,200 would give about 0.750 (0.700 to 0.800)." in told
    assert "from up to 800 pictures, 0.700 (0.660 to 0.740) would have been forecast" in told
    assert "rely" not in told


def test_a_forecast_whose_check_failed_is_not_to_be_relied_on():
    told = said([0.6], curve=curve_of((0.04, 0.03, 0.05), measured=0.80))
    assert told.endswith("it is 0.800. So don't rely on the forecast.")


def test_a_run_without_epochs_speaks_of_none():
    run = run_of([0.9])
    run.has_epochs = False
    assert "epoch" not in " ".join(describe_run(run)).lower()
    run.folds = pd.DataFrame({"accuracy": [0.5, 0.9]})
    sentences = list(describe_run(run))
    assert sentences[0].startswith("All folds: accuracy 1.000")
    assert sentences[1] == "The 2 folds: 0.500 to 0.900."


_ALWAYS = "than always answering Cat, the most frequent class: that gives 0.600."


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([0] * 20, f"No better {_ALWAYS} The model answers Cat for every picture."),
        ([0] * 12 + [1] * 2 + [0] * 6, f"Not clearly better {_ALWAYS}"),
        ([0] * 12 + [1] * 8, ""),
    ],
)
def test_a_model_is_compared_with_always_answering_the_most_frequent_class(answers, expected):
    codes = np.array([0] * 12 + [1] * 8)
    assert _compare(evaluate(np.eye(2)[answers], codes, ["Cat", "Dog"])) == expected


def test_pictures_of_classes_without_training_pictures_are_counted():
    run = run_of([0.6])
    run.untrained, run.test = ("Dog",), run.validation
    assert (
        "There were no training pictures of Dog, so the model cannot recognise the 20 validation pictures"
        " (50.0%) and the 20 test pictures (50.0%) of it." in describe_run(run)
    )
