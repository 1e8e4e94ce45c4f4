"""What a model gets right and wrong, in figures: scikit-learn's metrics, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from catsclean.training.backend import require
from catsclean.training.fit import score

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Evaluation:
    """How a model does on one split.

    Attributes:
        accuracy: Share of pictures whose most probable label is the right one.
        standard_error: Of the accuracy: sqrt(p (1 - p) / n).  Two models whose accuracies are
            closer than about twice this are not told apart by this many pictures.
        loss: Mean cross-entropy, natural logarithm, without label smoothing.
        pictures: How many there were.
        confusion: Pictures, rows by true label, columns by predicted label.
        per_class: Precision, recall, F1 and pictures of each label.
    """

    accuracy: float
    standard_error: float
    loss: float
    pictures: int
    confusion: pd.DataFrame
    per_class: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for ``run.json``."""
        return {
            "accuracy": self.accuracy,
            "standard_error": self.standard_error,
            "loss": self.loss,
            "pictures": self.pictures,
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


def find_overfitting(history: list[dict[str, float]]) -> int | None:
    """Give the epoch from which the validation loss stays above its lowest; None: it never does.

    That is the epoch after the best one.  What training gains from there on is learned by heart.
    """
    if not history:
        return None
    best = int(np.argmin([row["val_loss"] for row in history]))
    return None if best == len(history) - 1 else int(history[best + 1]["epoch"])


def worst_mistakes(
    probabilities: NDArray[np.float64], codes: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Give the rows of the surest wrong answers, the surest first."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != codes)
    sureness = probabilities[wrong, predicted[wrong]]
    rows: NDArray[np.int64] = wrong[np.argsort(-sureness, kind="stable")][:count]
    return rows
