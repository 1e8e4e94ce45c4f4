"""What a run says of itself in words."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from catsclean.training.evaluate import evaluate
from catsclean.training.run_sentences import _compare, describe_run


def run_of(accuracies, stopped="finished", overfits_from=None):
    history = pd.DataFrame({"accuracy": accuracies, "val_accuracy": [0.6] * len(accuracies)})
    codes = np.array([0, 1] * 20)
    return SimpleNamespace(
        history=history, stopped=stopped, overfits_from=overfits_from, folds=None, test=None,
        best_epoch=1, has_epochs=True, validation=evaluate(np.eye(2)[codes], codes, ["Cat", "Dog"]),
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
