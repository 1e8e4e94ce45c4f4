"""Sentences about a training run, for the command line and for notebooks."""

from __future__ import annotations

from collections.abc import Iterator

from catsclean.core.text import count
from catsclean.training.evaluate import Evaluation
from catsclean.training.run import Run


def describe_run(run: Run) -> Iterator[str]:
    """Yield what a run found: its score and how far to trust it."""
    best, folds = run.validation, run.folds
    score = f"accuracy {best.accuracy:.3f} ± {best.standard_error:.3f}"
    pictures = count(best.pictures, "picture")
    if folds is None:
        yield (
            f"Best at epoch {run.best_epoch} (lowest validation loss): validation {score}"
            f" on {pictures}."
        )
    else:
        yield (
            f"Best at epoch {run.best_epoch} (lowest loss over all folds): {score} on {pictures},"
            " each judged by a model that was not trained on it."
        )
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
    if run.stopped == "early":
        yield "Stopped early: the validation loss no longer fell."


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
