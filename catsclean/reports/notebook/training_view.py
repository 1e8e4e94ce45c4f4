"""A training run in a notebook: its score, curves, confusions and worst mistakes."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pyarrow as pa

from catsclean.core import names
from catsclean.core.arrow import to_numpy
from catsclean.core.manifest import read_parquet
from catsclean.core.text import count
from catsclean.errors import TrainingUsageError
from catsclean.reports.notebook.album import Album
from catsclean.reports.notebook.curves import Curve, Curves
from catsclean.reports.notebook.view_parts import (
    Calls,
    CellView,
    Drawing,
    Grid,
    Sentences,
    ViewPart,
    short,
)
from catsclean.training.run import Run, read_record

_MATRIX_CLASSES: Final = 12
_MISTAKES: Final = 12
_MISTAKES_PX: Final = 900
# more points than this cannot be told apart in the drawing
_MOST_POINTS: Final = 250


def view(run: Run) -> CellView:
    """Show a run."""
    best = run.validation
    facts = [
        *([count(len(run.history), "epoch")] if run.has_epochs else []),
        f"validation accuracy {best.accuracy:.3f} ± {best.standard_error:.3f}",
        run.device.kind,
    ]
    if run.folds is not None:
        facts.insert(0, count(len(run.folds), "fold"))
    if run.models is not None:
        facts.insert(0, count(len(run.models), "model"))
    if run.skipped:
        facts.append(f"{count(len(run.skipped), 'picture')} left out")
    parts: list[ViewPart] = [Sentences(run.sentences), *_learning_curve(run)]
    history: list[dict[str, Any]] = run.history.to_dict("records")
    if history and run.has_epochs:
        parts += [
            *draw_curves("accuracy", history, run.best_epoch),
            *draw_curves("loss", history, run.best_epoch),
            _epochs(history),
        ]
    parts += [_confusion(run), *_mistakes(run)]
    if run.keeps_model:
        parts.append(Calls([("catsclean.predict(run, IMAGES)", "label other pictures")]))
    return CellView(f"run {run.folder.name}", facts, parts)


def _learning_curve(run: Run) -> list[ViewPart]:
    """Show the accuracy by number of training pictures, if that was asked for."""
    if run.curve is None:
        return []
    rows = [
        (f"{one.pictures:,}", f"{one.accuracy:.3f}", f"{one.low:.3f} to {one.high:.3f}", how)
        for how, points in (("measured", run.curve.points), ("forecast", run.curve.forecasts))
        for one in points
    ]
    columns = ("training pictures", "accuracy", "95 % interval", "")
    grid = Grid(columns, rows, "Would more pictures help?", frozenset(columns[:3]), "numbers")
    made = Album().make(run.folder, "learning-curve.png", _MISTAKES_PX)
    if made is None:
        return [grid]
    caption = "Accuracy by number of training pictures"
    return [Drawing(made, caption, caption), grid]


def draw_curves(
    measure: str, history: list[dict[str, Any]], best: int, until: int = 0
) -> list[ViewPart]:
    """Draw the training and validation values of a measure over the epochs.

    Values that are not finite, of a training that diverged, are left out, and so are some of many
    epochs.

    Args:
        measure: ``accuracy`` or ``loss``.
        history: One row per epoch.
        best: The best epoch.
        until: Leave room for the epochs up to this one.
    """
    keys = (measure, f"val_{measure}")
    rows = [row for row in history if all(math.isfinite(row[key]) for key in keys)]
    if not rows:
        return []
    shown = np.linspace(0, len(rows) - 1, min(len(rows), _MOST_POINTS)).astype(int)
    rows = [rows[at] for at in shown.tolist()]
    curves = [
        Curve(name, [float(row[key]) for row in rows])
        for name, key in zip(("training", "validation"), keys, strict=True)
    ]
    return [Curves(measure, curves, [int(row["epoch"]) for row in rows], best, until)]


def _epochs(history: list[dict[str, Any]]) -> Grid:
    measures = ("accuracy", "val_accuracy", "loss", "val_loss")
    rows = [
        (f"{int(row['epoch'])}", *(f"{float(row[name]):.3f}" for name in measures))
        for row in history
    ]
    columns = ("epoch", *measures)
    return Grid(columns, rows, "Epochs", frozenset(columns), "epochs", folded=True)


def _confusion(run: Run) -> Grid:
    """Show which label was taken for which; of many classes, the most frequent confusions."""
    matrix, labels = run.confusion, [str(label) for label in run.confusion.index]
    if len(labels) <= _MATRIX_CLASSES:
        columns = ("label", *(f"as {label}" for label in labels))
        rows = [
            (label, *(f"{int(n):,}" for n in numbers))
            for label, numbers in zip(labels, matrix.to_numpy(), strict=True)
        ]
        return Grid(columns, rows, "Validation pictures by label and prediction",
                    frozenset(columns[1:]), "labels")  # fmt: skip
    found = [
        (labels[row], labels[column], int(number))
        for (row, column), number in _entries(matrix.to_numpy())
        if row != column and number
    ]
    found.sort(key=lambda one: (-one[2], one[:2]))
    columns = ("label", "taken for", "pictures")
    return Grid(columns, found, "Most frequent confusions", frozenset({"pictures"}),
                "confusions", most=_MISTAKES)  # fmt: skip


def _entries(matrix: Any) -> list[tuple[tuple[int, int], int]]:
    rows, columns = matrix.shape
    return [((r, c), int(matrix[r, c])) for r in range(rows) for c in range(columns)]


def _mistakes(run: Run) -> list[ViewPart]:
    """Show the picture of the worst mistakes, and name them; nothing if it is gone."""
    made = Album().make(run.folder, "mistakes.png", _MISTAKES_PX)
    if made is None:
        return []
    rows = _worst(run)
    words = "; ".join(f"{short(path)}: {said} {share}" for path, _, said, share in rows)
    caption = "The most confident wrong answers"
    parts: list[ViewPart] = [Drawing(made, caption, words or caption)]
    if rows:
        columns = ("file", "label", "predicted", "probability")
        parts.append(Grid(columns, rows, caption, frozenset({"probability"}), folded=True))
    return parts


def _worst(run: Run) -> list[tuple[str, str, str, str]]:
    """Read the most confident wrong answers of the pictures that the score is about."""
    names_of = ["path", "label", "split", "predicted", "probability"]
    try:
        table = read_parquet(run.folder / "predictions.parquet", names_of)
        columns = [to_numpy(table.column(name)).tolist() for name in names_of]
        judged = _judged(run)
    except (OSError, ValueError, KeyError, pa.ArrowException, TrainingUsageError):
        return []  # somebody changed the folder since
    wrong = [
        (float(share), names.text(str(path)), str(label), str(said))
        for path, label, split, said, share in zip(*columns, strict=True)
        if label != said and (judged is None or split in judged)
    ]
    wrong.sort(key=lambda one: (-one[0], one[1]))
    return [(path, label, said, f"{share:.2f}") for share, path, label, said in wrong[:_MISTAKES]]


def _judged(run: Run) -> list[str] | None:
    """Return the names of the splits that validated a run; None: all pictures did."""
    if run.folds is not None:
        return None
    found = read_record(run.folder)["splits"]["val"]
    return [found] if isinstance(found, str) else list(found)
