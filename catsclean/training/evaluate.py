"""Evaluate a model: scikit-learn's metrics, and their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catsclean.training.backend import require
from catsclean.training.fit import score

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on one split.

    Attributes:
        accuracy: Share of pictures whose most probable label is the right one.
        standard_error: Of the accuracy: sqrt(p (1 - p) / n).  So many pictures cannot
            distinguish two models whose accuracies differ by less than about twice this.
        loss: Mean cross-entropy, natural logarithm, without label smoothing.
        pictures: Number of pictures.
        confusion: Pictures, rows by true label, columns by predicted label.
        per_class: Precision, recall, F1 and pictures of each label.
    """

    accuracy: float
    standard_error: float
    loss: float
    pictures: int
    confusion: pd.DataFrame
    per_class: pd.DataFrame

    @property
    def most_frequent(self) -> tuple[str, float]:
        """The most frequent label, and the accuracy of always predicting it."""
        counts = self.confusion.sum(axis=1)
        return str(counts.idxmax()), float(counts.max() / counts.sum())

    @property
    def only_answer(self) -> str | None:
        """The label that every picture got; None if there were several."""
        given = self.confusion.columns[self.confusion.sum(axis=0) > 0]
        return str(given[0]) if len(given) == 1 else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for ``run.json``."""
        return {
            "accuracy": self.accuracy,
            "standard_error": self.standard_error,
            "loss": self.loss,
            "pictures": self.pictures,
            "most_frequent": dict(zip(("label", "accuracy"), self.most_frequent, strict=True)),
            "confusion": self.confusion.to_numpy().tolist(),
            "per_class": self.per_class.reset_index().to_dict("records"),
        }


def evaluate(
    probabilities: NDArray[np.float64], codes: NDArray[np.int64], labels: list[str]
) -> Evaluation:
    """Evaluate (n, classes) probabilities against label codes.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    require("sklearn")
    import pandas as pd
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    predicted = probabilities.argmax(axis=1)
    loss, accuracy = score(probabilities, codes)
    every = np.arange(len(labels))
    precision, recall, f1, support = precision_recall_fscore_support(
        codes, predicted, labels=every, zero_division=0.0
    )
    confusion = confusion_matrix(codes, predicted, labels=every)
    return Evaluation(
        accuracy=accuracy,
        standard_error=float(np.sqrt(accuracy * (1 - accuracy) / len(codes))),
        loss=loss,
        pictures=len(codes),
        confusion=pd.DataFrame(confusion, index=labels, columns=labels),
        per_class=pd.DataFrame(
            {"precision": precision, "recall": recall, "f1": f1, "pictures": support},
            index=pd.Index(labels, name="label"),
        ),
    )


def find_overfitting(history: list[dict[str, float]], pictures: int) -> int | None:
    """Return the epoch from which a run memorises its training pictures; None if it does not.

    That is the epoch after the lowest validation loss, on two conditions.  Training went on to
    improve: its loss is lower at the end than in that epoch.  And training is significantly better
    than validation: its accuracy at the end exceeds that of validation by more than twice the
    standard error sqrt(p (1 - p) / n).

    Args:
        history: One row per epoch: ``epoch``, ``loss``, ``accuracy``, ``val_loss``,
            ``val_accuracy``.
        pictures: Number of validation pictures, n.
    """
    if not history:
        return None
    best = int(np.argmin([row["val_loss"] for row in history]))
    last = history[-1]
    if best == len(history) - 1 or last["loss"] >= history[best]["loss"]:
        return None
    p = last["val_accuracy"]
    if last["accuracy"] - p <= 2 * math.sqrt(p * (1 - p) / pictures):
        return None
    return int(history[best + 1]["epoch"])


def worst_mistakes(
    probabilities: NDArray[np.float64], codes: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Return the rows of the most confident wrong answers, the most confident first."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != codes)
    sureness = probabilities[wrong, predicted[wrong]]
    rows: NDArray[np.int64] = wrong[np.argsort(-sureness, kind="stable")][:count]
    return rows
