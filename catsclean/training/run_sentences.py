"""What a training run found, in sentences: its score, how far to trust it, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol

from catsclean.core.text import count
from catsclean.training.evaluate import Evaluation

if TYPE_CHECKING:
    import pandas as pd

# A run that learns this well has seen all that its training pictures hold.
_LEARNED: Final = 0.97
# A gain in training accuracy, over the last third of the epochs, that more epochs would continue.
_STILL_RISES: Final = 0.01
_FEWEST_EPOCHS: Final = 3


class Told(Protocol):
    """What is told of a run (:class:`catsclean.training.run.Run`, which has these attributes)."""

    @property
    def history(self) -> pd.DataFrame:
        """One row per epoch."""

    @property
    def best_epoch(self) -> int:
        """The epoch of the lowest validation loss."""

    @property
    def overfits_from(self) -> int | None:
        """The epoch from which it memorised its training pictures."""

    @property
    def has_epochs(self) -> bool:
        """Whether it saw its training pictures several times."""

    @property
    def stopped(self) -> str:
        """``finished``, ``early`` or ``interrupted``."""

    @property
    def validation(self) -> Evaluation:
        """Scores of the best model."""

    @property
    def test(self) -> Evaluation | None:
        """Its scores on the test split."""

    @property
    def folds(self) -> pd.DataFrame | None:
        """One row per fold."""


def describe_run(run: Told) -> Iterator[str]:
    """Yield what a run found: its score, how far to trust it, and whether to go on."""
    best, folds = run.validation, run.folds
    score = f"accuracy {best.accuracy:.3f} ± {best.standard_error:.3f}"
    pictures = count(best.pictures, "picture")
    if not run.has_epochs:
        yield (
            f"Validation {score} on {pictures}."
            if folds is None
            else f"All folds: {score} on {pictures}, each judged by a model that was not trained on"
            " it."
        )
    elif folds is None:
        yield (
            f"Best at epoch {run.best_epoch} (lowest validation loss): validation {score}"
            f" on {pictures}."
        )
    else:
        yield (
            f"Best at epoch {run.best_epoch} (lowest loss over all folds): {score} on {pictures},"
            " each judged by a model that was not trained on it."
        )
    if folds is not None:
        accuracies = folds["accuracy"]
        yield f"The {len(folds)} folds: {accuracies.min():.3f} to {accuracies.max():.3f}."
    if said := _compare(best):
        yield said
    if run.test is not None:
        yield (
            f"Test accuracy of that model: {run.test.accuracy:.3f}"
            f" ± {run.test.standard_error:.3f} on {count(run.test.pictures, 'picture')}."
        )
    if run.overfits_from is not None:
        last = run.history.iloc[-1]
        yield (
            f"Overfits from epoch {run.overfits_from} on: at the end training accuracy is"
            f" {last['accuracy']:.3f}, validation accuracy {last['val_accuracy']:.3f}."
        )
    elif run.has_epochs and run.stopped == "finished" and _still_learns(run.history):
        last = run.history.iloc[-1]
        yield (
            f"No overfitting so far: training accuracy is {last['accuracy']:.3f} and still rises."
            f" More epochs would show it (--epochs {2 * len(run.history)},"
            f" epochs={2 * len(run.history)})."
        )
    if run.stopped == "early":
        yield "Stopped early: the validation loss no longer fell."


def _still_learns(history: pd.DataFrame) -> bool:
    """Tell whether training accuracy rose over the last third of the epochs, and has room left."""
    accuracy = history["accuracy"].to_numpy()
    if len(accuracy) < _FEWEST_EPOCHS:
        return True
    third = max(1, len(accuracy) // 3)
    last, before = accuracy[-third:].mean(), accuracy[-2 * third : -third].mean()
    return bool(last < _LEARNED and last - before > _STILL_RISES)


def _compare(scores: Evaluation) -> str:
    """Return a warning if the model is no better than always giving one answer, else nothing."""
    label, share = scores.most_frequent
    if scores.accuracy - 2 * scores.standard_error > share:
        return ""
    judged = "No better" if scores.accuracy <= share else "Not clearly better"
    only = scores.only_answer
    return (
        f"{judged} than always answering {label}, the most frequent class: that gives {share:.3f}."
        + (f" The model answers {only} for every picture." if only else "")
    )
