"""Pictures of a training run: curves, confusion matrix, worst mistakes.

They are drawn with matplotlib's Agg canvas directly: no window, no global state, no display needed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catsclean.training.backend import require
from catsclean.training.learning_curve import LearningCurve

if TYPE_CHECKING:
    import pandas as pd

# distinguishable by colour-blind people, and by dashes in print
_TRAINING = {"color": "#0072b2", "linestyle": "-", "label": "training"}
_VALIDATION = {"color": "#d55e00", "linestyle": "--", "label": "validation"}
_AXES = {"accuracy": "share of right answers", "loss": "loss (lower is better)"}
_GRID_COLUMNS = 6
# more letters than this do not fit above a picture of the grid
_CAPTION_LETTERS = 27


def plot_curves(
    history: list[dict[str, float]],
    best_epoch: int,
    path: Path,
    folds: Iterable[list[dict[str, float]]] = (),
) -> None:
    """Draw accuracy and loss of every epoch, and mark the lowest validation loss.

    Args:
        history: One row per epoch; with folds, their mean.
        best_epoch: The epoch to mark.
        path: The file.
        folds: The history of each fold, drawn as a pale line.
    """
    figure, (left, right) = _make_figure(9.0, 3.6, 2)
    epochs = [row["epoch"] for row in history]
    for axes, name in ((left, "accuracy"), (right, "loss")):
        for fold in folds:
            for key, style in ((name, _TRAINING), (f"val_{name}", _VALIDATION)):
                pale = style | {"label": None, "alpha": 0.25, "linewidth": 0.8}
                axes.plot(epochs, [row[key] for row in fold], **pale)
        marker = "o" if len(epochs) == 1 else ""  # a single point draws no line
        axes.plot(epochs, [row[name] for row in history], marker=marker, **_TRAINING)
        axes.plot(epochs, [row[f"val_{name}"] for row in history], marker=marker, **_VALIDATION)
        axes.axvline(best_epoch, color="#666666", linewidth=0.8, linestyle=":")
        axes.set_xlabel("epoch")
        axes.set_ylabel(_AXES[name])
        axes.set_title(f"Training and validation {name} by epoch", fontsize=10)
        axes.grid(alpha=0.25)
        axes.xaxis.get_major_locator().set_params(integer=True)
    late = best_epoch > sum(right.get_xlim()) / 2  # then the words go left of the line
    right.annotate(
        f"lowest validation loss: epoch {best_epoch}", (best_epoch, 1),
        xycoords=("data", "axes fraction"), xytext=(-4 if late else 4, -4),
        textcoords="offset points", ha="right" if late else "left", va="top",
        fontsize=8, color="#444444",
    )  # fmt: skip
    left.legend(frameon=False)
    _save(figure, path)


def plot_learning_curve(curve: LearningCurve, models: pd.DataFrame, path: Path) -> None:
    """Draw the accuracy of every model by its number of pictures, and the forecast.

    Args:
        curve: The learning curve.
        models: One row per model: ``pictures``, ``accuracy``.
        path: The file.
    """
    figure, (axes,) = _make_figure(6.0, 4.0, 1)
    axes.scatter(models["pictures"], models["accuracy"], s=10, alpha=0.5, color="#0072b2",
                 label="a model")  # fmt: skip
    for points, style in ((curve.points, _TRAINING), (curve.forecasts, _VALIDATION)):
        if not points:
            continue
        middle = [one.accuracy for one in points]
        below = [one.accuracy - min(one.low, one.accuracy) for one in points]
        above = [max(one.high, one.accuracy) - one.accuracy for one in points]
        label = "mean, 95 % interval" if style is _TRAINING else "forecast, 95 % interval"
        axes.errorbar([one.pictures for one in points], middle, yerr=[below, above], capsize=3,
                      marker="o", **(style | {"label": label}))  # fmt: skip
    axes.axhline(curve.chance, color="#666666", linewidth=0.8, linestyle=":",
                 label="always the most frequent class")  # fmt: skip
    every = [one.pictures for one in (*curve.points, *curve.forecasts)]
    axes.set_xscale("log", base=2)
    axes.set_xticks(every, [f"{number:,}" for number in every], rotation=30)
    axes.minorticks_off()
    axes.set_xlabel("training pictures")
    axes.set_ylabel("validation accuracy")
    axes.set_title("Would more pictures help?")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


def plot_confusion(confusion: pd.DataFrame, path: Path) -> None:
    """Draw a confusion matrix, its counts in the cells."""
    count = len(confusion)
    side = min(12.0, 2.6 + 0.6 * count)
    figure, (axes,) = _make_figure(side, side, 1)
    values = confusion.to_numpy()
    axes.imshow(values / values.sum(axis=1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(count))
    axes.set_yticks(range(count))
    names = [_short(name) for name in confusion.columns]
    fonts = _fonts_for(names)
    # a "$" in a name must not start a formula
    axes.set_xticklabels(names, parse_math=False, family=fonts, rotation=45, ha="right")
    axes.set_yticklabels(names, parse_math=False, family=fonts)
    axes.set_xlabel("what the model says")
    axes.set_ylabel("label")
    axes.set_title("Pictures by label and answer", fontsize=10)
    if count <= 30:
        for row in range(count):
            share = values[row] / max(1, values[row].sum())
            for column in range(count):
                axes.text(
                    column, row, str(values[row, column]), ha="center", va="center",
                    color="white" if share[column] > 0.5 else "black",
                )  # fmt: skip
    _save(figure, path)


def plot_grid(squares: NDArray[np.uint8], captions: list[str], title: str, path: Path) -> None:
    """Draw pictures with one caption each, below a title."""
    columns = min(_GRID_COLUMNS, len(squares))
    rows = max(1, math.ceil(len(squares) / columns))
    figure, axes = _make_figure(columns * 1.7, rows * 2.15 + 0.4, rows, columns)
    figure.suptitle(title, fontsize=11)
    fonts = _fonts_for(captions)
    for axis in axes:
        axis.axis("off")
    for axis, square, caption in zip(axes, squares, captions, strict=False):
        axis.imshow(square)
        axis.set_title(caption, fontsize=7, parse_math=False, family=fonts)
    _save(figure, path)


def caption_mistake(name: str, label: str, said: str, probability: float) -> str:
    """Write below each other a file's name, its label, and the answer of the model."""
    if len(name) > _CAPTION_LETTERS:
        name = f"…{name[1 - _CAPTION_LETTERS :]}"
    return f"{name}\nlabelled {_short(label, 17)},\nmodel says {_short(said, 12)} {probability:.2f}"


def _make_figure(width: float, height: float, rows: int, columns: int = 0) -> tuple[Any, list[Any]]:
    require("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    shape = (rows, columns) if columns else (1, rows)
    return figure, list(figure.subplots(*shape, squeeze=False).flat)


def _save(figure: Any, path: Path) -> None:
    with warnings.catch_warnings():
        # ignore it, because the box in place of the letter is visible in the plot
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(path, dpi=110)


def _fonts_for(texts: Iterable[str]) -> list[str]:
    """Choose fonts for some texts: the usual one, then another with the characters it lacks."""
    from matplotlib import font_manager

    def lacking(file: str, letters: set[str]) -> set[str]:
        font = font_manager.get_font(file)
        return {letter for letter in letters if not font.get_char_index(ord(letter))}

    usual = "DejaVu Sans"  # part of matplotlib
    letters = {letter for text in texts for letter in text if letter.isprintable()}
    missing = lacking(font_manager.findfont(usual), letters)
    families = [usual]
    for entry in font_manager.fontManager.ttflist if missing else ():
        if entry.name.startswith("Last Resort"):  # a font that draws boxes for all characters
            continue
        try:
            left = lacking(entry.fname, missing)
        except (OSError, RuntimeError):  # a font that was removed, or cannot be read
            continue
        if left < missing:
            families.append(entry.name)
            missing = left
        if not missing:
            break
    return families


def _short(name: Any, letters: int = 24) -> str:
    text = str(name)
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
